/** Job: the sheet of a recording's row and of what was recorded at a gate; see styles.ts for the rules. */
import { css } from 'lit';

export const recording = css`
  .recording {
    display: flex;
    gap: 4px 10px;
    align-items: flex-start;
    flex-wrap: wrap;
    margin-bottom: 6px;
    padding-bottom: 6px;
    border-bottom: 1px solid var(--vscode-sideBarSectionHeader-border, var(--vscode-widget-border, transparent));
  }
  .recording p {
    flex: 1 1 140px;
    color: var(--vscode-descriptionForeground);
  }
  .pace {
    display: flex;
    flex: none;
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
    border-radius: 4px;
  }
  .pace .choice {
    min-width: 30px;
    padding: 1px 6px;
  }
  .pace .choice + .choice {
    border-left: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
  }
  .pace .choice[aria-pressed='true'] {
    background: var(--vscode-inputOption-activeBackground);
    color: var(--vscode-inputOption-activeForeground, var(--vscode-foreground));
    outline: 1px solid var(--vscode-inputOption-activeBorder, transparent);
    outline-offset: -1px;
    font-weight: 600;
  }
  .pace .choice:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
  .recorded {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 8px;
    align-items: center;
    overflow-wrap: anywhere;
  }
  /* A long directive stays below the decisions, and its whole in the tooltip. */
  .recorded p {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
  }
`;
