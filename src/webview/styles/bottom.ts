/** Job: the sheet of the redirect box and the answer box, and what changes with the width of the view; see styles.ts for the rules. */
import { css } from 'lit';

export const redirect = css`
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
  .why {
    display: block;
    margin: 6px 0;
  }
  .why .input {
    margin-top: 2px;
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
  textarea:placeholder-shown {
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  textarea:focus-visible {
    outline: none;
  }
  textarea::placeholder {
    color: var(--vscode-input-placeholderForeground);
    opacity: 1;
  }
`;

export const answer = css`
  belay-answer {
    display: block;
  }
  .answer {
    display: flex;
    flex-direction: column;
    gap: 6px;
    margin-top: 8px;
  }
  .answer textarea {
    flex: none;
    max-height: 9em;
    padding: 6px 8px;
    background: var(--vscode-input-background);
    border: 1px dashed var(--vscode-contrastBorder, var(--vscode-descriptionForeground));
    border-radius: 4px;
    font-family: var(--vscode-editor-font-family, monospace);
  }
  .answer textarea:placeholder-shown {
    font-family: inherit;
    white-space: normal;
  }
  .answer textarea:focus-visible {
    border: 1px solid var(--vscode-focusBorder);
  }
  .answer.over textarea {
    border: 1px solid var(--vscode-focusBorder);
    background: var(--vscode-list-dropBackground, var(--vscode-input-background));
  }
`;

export const widths = css`
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
    .figure,
    .figure:has(> .bar) {
      grid-template-columns: auto minmax(0, 1fr);
    }
    .points {
      grid-column: 2;
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
    .calls-count,
    .tokens {
      display: inline;
      min-width: 5em;
    }
    .tokens {
      min-width: 8em;
    }
    .cost {
      min-width: 5em;
    }
    vscode-button.primary {
      width: fit-content;
    }
  }
  @container (min-width: 500px) {
    .note p {
      display: flex;
      gap: 10px;
    }
    .note .words {
      flex: 1 1 0;
    }
    .note .when {
      display: inline-flex;
      gap: 10px;
      align-items: baseline;
    }
  }
  @container (min-width: 700px) {
    .model {
      display: inline;
      max-width: 14em;
      overflow: hidden;
      text-overflow: ellipsis;
    }
  }
`;
