/** Job: the sheet of the state line, the boxes and the figures; see styles.ts for the rules. */
import { css } from 'lit';

export const states = css`
  .state {
    flex: none;
    padding: 6px 12px 8px;
  }
  .state > .since {
    float: right;
    padding-left: 8px;
    color: var(--vscode-descriptionForeground);
    white-space: nowrap;
  }
  .state [role='status'] {
    position: relative;
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
    gap: 10px;
    color: var(--vscode-descriptionForeground);
    overflow-wrap: anywhere;
  }
  /* Names stand below each other, and so do words: what moves each second moves nothing else. */
  .life {
    display: grid;
    margin: 2px 0 0;
    padding: 0 0 0 20px;
    list-style: none;
    font-size: 0.92em;
    color: var(--vscode-descriptionForeground);
  }
  .life li {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .life .part {
    display: inline-block;
    min-width: 4.6em;
  }
  .life .silent {
    white-space: normal;
    color: var(--vscode-foreground);
  }
  .life .silent .icon {
    width: 13px;
    height: 13px;
    margin-right: 4px;
    color: var(--vscode-charts-yellow);
    vertical-align: -2px;
  }
  /* While it runs this changes all the time: always one line of each, so that the log below does not jump. */
  .tone-running .word,
  .tone-running .detail > span:first-child {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .state .buttons {
    padding: 6px 0 2px 20px;
  }
  .tone-running .tone {
    color: var(--vscode-charts-green);
  }
  .tone-waiting .tone {
    color: var(--vscode-charts-yellow);
  }
  .tone-paused .tone,
  .tone-stopped .tone,
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
  .away {
    display: flex;
    gap: 6px;
    align-items: flex-start;
    margin: 0 -4px 6px 0;
  }
  .away p {
    flex: 1;
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
  .box.stall {
    border-left: 3px solid var(--vscode-charts-red);
  }
  .box.stall .icon {
    color: var(--vscode-charts-red);
    vertical-align: text-bottom;
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
  .paths .said {
    flex: 1 1 0;
    min-width: 3em;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .paths .conflict {
    flex-wrap: wrap;
  }
  .paths .conflict .said {
    flex: 1 1 auto;
    white-space: normal;
  }
  .paths .conflict > .dim:first-child {
    color: inherit;
    font-weight: 600;
  }
  summary {
    cursor: pointer;
  }
`;

export const figureRows = css`
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
  .brief {
    flex: none;
    display: flex;
    flex-wrap: wrap;
    gap: 0 8px;
    padding: 0 12px 4px;
    font-size: 0.92em;
    border-bottom: 1px solid var(--vscode-sideBarSectionHeader-border, var(--vscode-widget-border, transparent));
    color: var(--vscode-descriptionForeground);
  }
  .brief + .body .recording {
    margin-top: 6px;
  }
  .brief b {
    color: var(--vscode-foreground);
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
  .build-output {
    flex: 0 1 auto;
    min-width: 0;
  }
  .build-output[open] {
    flex-basis: 100%;
  }
  .build-output summary {
    color: var(--vscode-textLink-foreground);
    cursor: pointer;
  }
  .clip {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .figure:has(> .bar) {
    grid-template-columns: 4.6em auto minmax(0, 1fr);
  }
  .bar {
    grid-column: 3 / -1;
    display: flex;
    align-items: center;
    min-width: 0;
    overflow: hidden;
  }
  /* "about $41.20 of $60" leaves less for the bar than a rate leaves for its points. */
  .figure:has(> .bar) {
    grid-template-columns: 4.6em auto minmax(0, 1fr);
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
