/** Job: the sheet of the log, its rows and the Follow button; see styles.ts for the rules. */
import { css } from 'lit';

export const log = css`
  belay-log {
    position: relative;
    flex: 1 1 0;
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .log {
    flex: 1 1 0;
    min-height: 0;
    overflow-y: auto;
    padding: 4px 0;
    contain: strict;
  }
  .low .log {
    flex: none;
    overflow: visible;
    contain: none;
  }
  .slot,
  belay-live-step {
    contain: layout style;
  }
  belay-step,
  belay-live-step {
    display: block;
  }
  belay-step {
    min-height: 22px;
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
  belay-step[expanded] .chevron {
    transform: rotate(90deg);
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
  .tokens,
  .model,
  .calls-count {
    flex: none;
    color: var(--vscode-descriptionForeground);
    text-align: right;
    white-space: nowrap;
  }
  .step-head:hover > span {
    color: inherit;
  }
  .calls-count,
  .tokens,
  .model {
    display: none;
  }
  .time {
    min-width: 2.8em;
  }
  belay-step[expanded] .title {
    white-space: normal;
  }
  .step-body {
    max-width: 820px;
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
    align-items: flex-start;
    min-height: 22px;
    padding: 2px 12px 2px 4px;
    color: var(--vscode-descriptionForeground);
  }
  .note .icon {
    margin-top: 1px;
  }
  .note p {
    flex: 1 1 0;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .note .words {
    padding-right: 6px;
  }
  .note .when {
    /* Whole on a line of its own before it breaks. */
    display: inline-block;
    font-size: 0.92em;
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
  .low .follow {
    position: sticky;
    align-self: flex-end;
    margin: -30px 14px 0 0;
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
