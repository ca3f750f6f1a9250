/**
 * Job: the one sheet of the Run view. It is adopted by the view's shadow root, whose parts draw into the same tree.
 * Rules: colours come from the theme only, with borders where high contrast asks for them. A colour never says anything
 *   alone, and small text keeps the theme's text colours: many themes' warning and error colours are too pale to read.
 *   From 280 px up everything fits a line; under 220 px the sparklines go, then the costs.
 */
import { css } from 'lit';

const frame = css`
  :host {
    display: block;
    height: 100vh;
    container-type: inline-size;
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px);
    line-height: 1.45;
    font-variant-numeric: tabular-nums;
  }
  * {
    box-sizing: border-box;
  }
  main {
    display: flex;
    flex-direction: column;
    height: 100%;
    overflow-y: auto;
  }
  .top {
    flex: none;
    padding: 6px 12px 8px;
    border-bottom: 1px solid var(--vscode-sideBarSectionHeader-border, var(--vscode-widget-border, transparent));
  }
  h2,
  p,
  ul,
  dl,
  dd,
  pre {
    margin: 0;
    padding: 0;
  }
  h2 {
    font-size: inherit;
    font-weight: 600;
  }
  ul {
    list-style: none;
  }
  svg {
    flex: none;
  }
  .icon {
    vertical-align: -3px;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .dim {
    color: var(--vscode-descriptionForeground);
  }
  .links,
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    align-items: center;
  }
  .links {
    column-gap: 12px;
    row-gap: 2px;
  }
  vscode-button.primary {
    display: block;
    width: 100%;
  }
  vscode-button {
    flex: 0 1 auto;
  }
  vscode-button::part(base) {
    padding: 1px 7px;
  }
  vscode-button[secondary] {
    --vscode-button-border: var(
      --vscode-button-secondaryBorder,
      var(--vscode-contrastBorder, var(--vscode-widget-border, transparent))
    );
  }
  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 0;
    padding: 0;
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  button.link {
    color: var(--vscode-textLink-foreground);
    line-height: 1.6;
  }
  button.link:hover:enabled {
    color: var(--vscode-textLink-activeForeground);
    text-decoration: underline;
  }
  button.glyph {
    display: inline-grid;
    place-items: center;
    width: 22px;
    height: 22px;
    border-radius: 5px;
    color: var(--vscode-icon-foreground);
  }
  button.glyph:hover:enabled {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
  }
  :focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
`;

const states = css`
  .state {
    display: flex;
    flex-wrap: wrap;
    align-items: flex-start;
    column-gap: 8px;
  }
  .state [role='status'] {
    position: relative;
    flex: 1 1 0;
    min-width: 0;
    padding-left: 20px;
  }
  .state .tone {
    position: absolute;
    left: 0;
    top: 1px;
  }
  .state .word {
    font-weight: 600;
  }
  .state .phase,
  .state .detail {
    font-weight: 400;
  }
  .state .detail {
    display: flex;
    color: var(--vscode-descriptionForeground);
    overflow-wrap: anywhere;
  }
  .last-output {
    flex: none;
    white-space: nowrap;
  }
  /* While it runs this changes all the time: always one line of each, so that the log below does not jump. */
  .tone-running .word,
  .tone-running .detail > span:first-child {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .state .since {
    color: var(--vscode-descriptionForeground);
    white-space: nowrap;
  }
  .state button.glyph {
    margin: -2px -4px 0 0;
  }
  .state .buttons {
    flex: 1 0 100%;
    padding: 6px 0 2px 20px;
  }
  .tone-running .tone {
    color: var(--vscode-charts-green);
  }
  .tone-waiting .tone {
    color: var(--vscode-charts-yellow);
  }
  .tone-paused .tone,
  .tone-idle .tone {
    color: var(--vscode-descriptionForeground);
  }
  .tone-problem .tone {
    color: var(--vscode-charts-red);
  }
  .tone-done .tone {
    color: var(--vscode-charts-blue);
  }
  .notice {
    display: flex;
    gap: 6px;
    align-items: flex-start;
    margin: 4px 0 0 -20px;
    padding: 4px 4px 4px 6px;
    border: 1px solid var(--vscode-inputValidation-infoBorder);
    background: var(--vscode-inputValidation-infoBackground);
    color: var(--vscode-inputValidation-infoForeground, var(--vscode-foreground));
  }
  .notice.warning {
    border-color: var(--vscode-inputValidation-warningBorder);
    background: var(--vscode-inputValidation-warningBackground);
  }
  .notice.error {
    border-color: var(--vscode-inputValidation-errorBorder);
    background: var(--vscode-inputValidation-errorBackground);
  }
  .notice > span {
    flex: 1;
    overflow-wrap: anywhere;
  }
  .notice button.glyph {
    margin: 0;
    color: inherit;
  }
  .box {
    display: flex;
    flex-direction: column;
    gap: 6px;
    margin-top: 8px;
    padding: 8px;
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
    border-radius: 4px;
    background: var(--vscode-editorWidget-background);
    color: var(--vscode-editorWidget-foreground, var(--vscode-foreground));
  }
  .box.gate {
    border-left: 3px solid var(--vscode-charts-yellow);
  }
  .box.done {
    padding: 4px 8px;
  }
  .reason {
    overflow-wrap: anywhere;
  }
  ul.reasons {
    padding-left: 16px;
    list-style: disc;
  }
  .paths {
    max-height: 12em;
    overflow-y: auto;
  }
  .paths li {
    display: flex;
    gap: 6px;
    min-width: 0;
  }
  .paths .path {
    flex: 0 1 auto;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .paths .dim {
    flex: none;
  }
  .paths .dim:last-child {
    flex: 1 1 0;
    min-width: 3em;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .paths .conflict > .dim:first-child {
    color: inherit;
    font-weight: 600;
  }
  summary {
    cursor: pointer;
  }
`;

const figureRows = css`
  .figures {
    max-width: 640px;
    margin-top: 8px;
  }
  .figure {
    display: grid;
    grid-template-columns: 4.6em auto minmax(0, 1fr) minmax(4.4em, auto);
    column-gap: 8px;
    align-items: center;
    min-height: 22px;
  }
  dt {
    color: var(--vscode-descriptionForeground);
  }
  .value {
    font-weight: 600;
    white-space: nowrap;
  }
  .trend {
    display: flex;
    justify-content: flex-end;
    min-width: 0;
    overflow: hidden;
    color: var(--vscode-charts-blue);
  }
  .sparkline {
    flex: 0 1 auto;
    min-width: 0;
  }
  .points {
    text-align: right;
    white-space: nowrap;
  }
  .rose {
    color: var(--vscode-charts-green);
  }
  .fell,
  .bad {
    color: var(--vscode-charts-red);
  }
  .below {
    grid-column: 2 / -1;
    display: flex;
    flex-wrap: wrap;
    gap: 0 10px;
    min-width: 0;
    padding-bottom: 2px;
  }
  .flag {
    display: inline-flex;
    gap: 4px;
    align-items: center;
    min-width: 0;
    max-width: 100%;
  }
  .flag .icon {
    color: var(--vscode-charts-yellow);
  }
  .clip {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .bar {
    grid-column: 3 / -1;
    display: flex;
    align-items: center;
  }
  .share .track {
    fill: var(--vscode-scrollbarSlider-background, var(--vscode-widget-border));
    stroke: var(--vscode-contrastBorder, none);
  }
  .share .used {
    fill: var(--vscode-progressBar-background);
  }
  .share.warn .used {
    fill: var(--vscode-charts-yellow);
  }
  .share .soft {
    fill: var(--vscode-foreground);
  }
`;

const log = css`
  belay-log {
    position: relative;
    flex: 1 1 0;
    display: flex;
    flex-direction: column;
    min-height: 132px;
  }
  .log {
    flex: 1 1 0;
    min-height: 0;
    overflow-y: auto;
    padding: 4px 0;
  }
  belay-step,
  belay-live-step {
    display: block;
  }
  belay-step {
    content-visibility: auto;
    contain-intrinsic-block-size: auto 22px;
  }
  .step-head,
  .live-head {
    display: flex;
    gap: 6px;
    align-items: center;
    width: 100%;
    min-height: 22px;
    padding: 0 12px 0 4px;
    text-align: left;
  }
  .step-head:hover {
    background: var(--vscode-list-hoverBackground);
    color: var(--vscode-list-hoverForeground, inherit);
  }
  .step-head > .icon {
    color: var(--vscode-icon-foreground);
  }
  .number {
    flex: none;
    min-width: 2ch;
    text-align: right;
    color: var(--vscode-descriptionForeground);
  }
  .title {
    flex: 1 1 0;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .cost,
  .time,
  .calls-count {
    flex: none;
    color: var(--vscode-descriptionForeground);
    text-align: right;
    white-space: nowrap;
  }
  .step-head:hover > span {
    color: inherit;
  }
  .calls-count {
    display: none;
  }
  .time {
    min-width: 3.4em;
  }
  .step-body {
    padding: 0 12px 6px 26px;
  }
  .said {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    padding: 1px 0 3px;
  }
  .said.streaming::after {
    content: '▍';
    color: var(--vscode-descriptionForeground);
  }
  .call-head {
    display: flex;
    gap: 6px;
    min-width: 0;
    min-height: 20px;
    align-items: baseline;
  }
  .verb {
    flex: none;
    min-width: 2.6em;
    color: var(--vscode-descriptionForeground);
  }
  .what,
  .call-head .path {
    flex: 0 1 auto;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 0.92em;
  }
  .outcome {
    flex: 1 0 auto;
    text-align: right;
    white-space: nowrap;
  }
  .call.running .verb::before {
    content: '· ';
  }
  .output {
    margin: 2px 0 4px;
    padding: 4px 6px;
    background: var(--vscode-textCodeBlock-background);
    border: 1px solid var(--vscode-contrastBorder, transparent);
    border-radius: 3px;
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 0.92em;
    line-height: 1.35;
    tab-size: 4;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .note {
    display: flex;
    gap: 6px;
    align-items: center;
    min-height: 22px;
    padding: 0 12px 0 4px;
    color: var(--vscode-descriptionForeground);
  }
  .note.dim {
    padding-left: 12px;
  }
  .follow {
    position: absolute;
    right: 14px;
    bottom: 8px;
    display: inline-flex;
    gap: 4px;
    align-items: center;
    padding: 2px 10px 2px 6px;
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-button-border, transparent));
    border-radius: 12px;
    background: var(--vscode-button-background);
    color: var(--vscode-button-foreground);
  }
  .follow:hover {
    background: var(--vscode-button-hoverBackground);
  }
  .pulse {
    color: var(--vscode-charts-green);
    animation: pulse 1.6s ease-in-out infinite;
  }
  @keyframes pulse {
    50% {
      opacity: 0.35;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .pulse {
      animation: none;
    }
  }
`;

const redirect = css`
  belay-redirect {
    flex: none;
  }
  .redirect {
    padding: 6px 12px 10px;
    border-top: 1px solid var(--vscode-sideBarSectionHeader-border, var(--vscode-widget-border, transparent));
  }
  .directive {
    padding-bottom: 4px;
    overflow-wrap: anywhere;
  }
  .input {
    display: flex;
    align-items: flex-end;
    gap: 2px;
    padding: 2px;
    background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
    border-radius: 4px;
  }
  .input:focus-within {
    border-color: var(--vscode-focusBorder);
  }
  textarea {
    flex: 1 1 0;
    min-width: 0;
    max-height: 11em;
    padding: 2px 6px;
    font: inherit;
    color: var(--vscode-input-foreground);
    background: none;
    border: 0;
    outline: none;
    resize: none;
    field-sizing: content;
  }
  textarea:focus-visible {
    outline: none;
  }
  textarea::placeholder {
    color: var(--vscode-input-placeholderForeground);
    opacity: 1;
  }
`;

const widths = css`
  @container (max-width: 219px) {
    .top,
    .redirect {
      padding-inline: 6px;
    }
    .value {
      white-space: normal;
    }
    vscode-button::part(base) {
      line-height: 18px;
      white-space: normal;
    }
    .state .buttons {
      padding-left: 0;
    }
    .call-head {
      flex-wrap: wrap;
    }
    .step-body {
      padding: 0 6px 6px 10px;
    }
    .trend,
    .cost {
      display: none;
    }
    .figure {
      grid-template-columns: auto minmax(0, 1fr);
    }
    .points {
      grid-column: 2;
      text-align: left;
    }
    .bar,
    .below {
      grid-column: 1 / -1;
    }
    .value {
      text-align: right;
    }
  }
  @container (min-width: 500px) {
    .calls-count {
      display: inline;
      min-width: 5em;
    }
    .cost {
      min-width: 5em;
    }
    vscode-button.primary {
      width: fit-content;
    }
  }
`;

export const styles = [frame, states, figureRows, log, redirect, widths];
