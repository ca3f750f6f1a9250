/** Job: the sheet of what all parts share: the page, buttons, links, focus; see styles.ts for the rules. */
import { css } from 'lit';

export const frame = css`
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
    overflow: hidden;
  }
  .body {
    position: relative;
    flex: 1 1 0;
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  /* A long sentence above never takes all: a plan to confirm or an open gate is in there. */
  .low .body {
    display: block;
    min-height: min(45%, 190px);
    overflow-y: auto;
  }
  .low .state {
    flex: 0 1 auto;
    min-height: 0;
    overflow-y: auto;
  }
  .top {
    flex: none;
    padding: 0 12px 8px;
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
