/**
 * Job: the sheet of the Run Report.
 * Rules: colours are the theme's; a curve and a mark are told by dash and shape, and in high contrast by the text's own colour.
 *   From 280 to 1,200 px nothing is wider than the page; printed it is black on white.
 */
import { css } from 'lit';

export const reportStyles = css`
  :host {
    height: auto;
  }
  main {
    display: block;
    height: auto;
    max-width: 1000px;
    margin: 0 auto;
    padding: 16px clamp(12px, 4vw, 32px) 40px;
    overflow: visible;
  }
  header,
  .chart-head {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 16px;
    align-items: center;
    justify-content: space-between;
  }
  h1 {
    margin: 0;
    font-size: 1.6em;
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: 1.15em;
  }
  h2 .dim {
    font-weight: 400;
  }
  .standing {
    margin: 4px 0 12px;
    overflow-wrap: anywhere;
  }
  section {
    margin-top: 24px;
  }
  section > h2 {
    margin-bottom: 6px;
  }
  .heads {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 132px), 1fr));
    gap: 10px;
    margin: 0;
  }
  .figure-head {
    min-width: 0;
    padding: 8px 10px;
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
    border-radius: 4px;
    overflow-wrap: anywhere;
  }
  .figure-head.warn {
    border-left: 3px solid var(--vscode-charts-yellow);
  }
  .figure-head dt {
    color: var(--vscode-descriptionForeground);
  }
  .figure-head .big {
    font-size: 1.35em;
    font-weight: 600;
  }
  .entries > li {
    padding: 8px 0;
    border-top: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
    overflow-wrap: anywhere;
  }
  .head > button.link,
  .readout > button.link {
    margin-left: 6px;
  }
  .words {
    white-space: pre-wrap;
  }
  .flag {
    padding: 0 6px;
    border: 1px solid var(--vscode-charts-yellow);
    border-radius: 3px;
  }
  table {
    border-collapse: collapse;
  }
  .spend {
    width: 100%;
    max-width: 560px;
    margin-bottom: 6px;
  }
  th,
  td {
    padding: 2px 12px 2px 0;
    text-align: left;
    font-weight: 400;
    vertical-align: top;
  }
  thead th {
    color: var(--vscode-descriptionForeground);
  }
  th.number,
  td.number {
    text-align: right;
    white-space: nowrap;
  }
  th.number:last-child,
  td.number:last-child {
    padding-right: 0;
  }
  .spend tbody tr:last-child > * {
    border-top: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
    font-weight: 600;
  }
  .scrolled {
    max-width: 620px;
    max-height: 24em;
    overflow: auto;
  }
  .scrolled th,
  .scrolled td {
    padding-left: 6px;
  }
  .scrolled.cases {
    position: relative; /* words for a screen reader stay inside */
    max-width: 100%;
    max-height: 32em;
  }
  .cases thead th {
    position: sticky;
    top: 0;
    background: var(--vscode-editor-background);
  }
  .cases thead th:first-child,
  .cases tbody th {
    position: sticky;
    left: 0;
    z-index: 1;
    min-width: min(200px, 34vw);
    max-width: 320px;
    background: var(--vscode-editor-background);
    overflow-wrap: anywhere;
  }
  .cases thead th:first-child {
    z-index: 2;
  }
  .cases tbody th > button:first-child {
    display: block;
    text-align: left;
  }
  .cases tbody tr > * {
    border-top: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
  }
  .cases td.change {
    font-weight: 700;
  }
  .cases td.fail.change,
  .cases td.timeout.change {
    color: var(--vscode-errorForeground);
  }
  .spans {
    margin: 10px 0 6px;
    overflow-wrap: anywhere;
  }
  .spans svg {
    max-width: 100%;
    fill: var(--vscode-charts-blue);
  }
  summary {
    cursor: pointer;
  }
  footer {
    margin-top: 28px;
    overflow-wrap: anywhere;
  }
  .notice {
    margin-bottom: 10px;
    padding: 4px 8px;
    border: 1px solid var(--vscode-inputValidation-infoBorder);
    background: var(--vscode-inputValidation-infoBackground);
    color: var(--vscode-inputValidation-infoForeground, var(--vscode-foreground));
    overflow-wrap: anywhere;
  }
  .notice.error {
    border-color: var(--vscode-inputValidation-errorBorder);
    background: var(--vscode-inputValidation-errorBackground);
  }
  @media print {
    vscode-button,
    button.link:not(.place),
    .axis,
    details {
      display: none;
    }
    button.place {
      color: inherit;
    }
  }
`;

export const chartStyles = css`
  belay-report-chart {
    display: block;
    min-width: 0;
    overflow: hidden;
  }
  .chart {
    display: block;
    cursor: pointer;
  }
  .chart text {
    fill: var(--vscode-descriptionForeground);
    font-size: 11px;
  }
  .grid path,
  .rail {
    stroke: var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border)));
    stroke-width: 1;
  }
  .row {
    --line: var(--vscode-foreground);
    outline: none;
  }
  .row.visible {
    --line: var(--vscode-charts-blue);
  }
  .row.heldOut {
    --line: var(--vscode-charts-green);
  }
  .row.regressions {
    --line: var(--vscode-charts-red);
  }
  .row.gates {
    --line: var(--vscode-charts-yellow);
  }
  .row .line {
    stroke: var(--line);
    stroke-width: 1.8;
    stroke-linejoin: round;
  }
  .row.heldOut .line {
    stroke-dasharray: 6 3;
  }
  .row .dots {
    fill: var(--line);
  }
  .row:focus-visible .line {
    stroke-width: 3;
  }
  .row:focus-visible .lane {
    fill: var(--vscode-foreground);
    text-decoration: underline;
  }
  .ahead path {
    fill: none;
    stroke: var(--vscode-charts-purple, var(--vscode-foreground));
  }
  .ahead .beyond {
    fill: var(--vscode-foreground);
    opacity: 0.04;
  }
  .ahead .area {
    fill: var(--vscode-charts-purple, var(--vscode-foreground));
    stroke: none;
    opacity: 0.14;
  }
  .ahead .edge {
    stroke-dasharray: 3 3;
  }
  .ahead .middle {
    stroke-dasharray: 8 4;
    stroke-width: 1.5;
  }
  .pointer path {
    stroke: var(--vscode-descriptionForeground);
    stroke-dasharray: 2 2;
  }
  .pointer circle {
    fill: none;
    stroke: var(--vscode-focusBorder);
    stroke-width: 2;
  }
  .readout {
    min-height: 3.2em;
    padding-top: 4px;
    overflow-wrap: anywhere;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 18px;
    padding: 4px 0;
  }
  .key::before {
    content: '';
    display: inline-block;
    width: 22px;
    margin-right: 6px;
    border-top: 2px solid var(--vscode-charts-blue);
    vertical-align: middle;
  }
  .key.ahead::before {
    border-top: 2px dotted var(--vscode-charts-purple, var(--vscode-foreground));
  }
  .key.heldOut::before {
    border-top: 2px dashed var(--vscode-charts-green);
  }
  .axis {
    display: flex;
  }
  .axis button {
    padding: 2px 10px;
    border: 1px solid var(--vscode-contrastBorder, var(--vscode-button-secondaryBorder, var(--vscode-widget-border)));
  }
  .axis button + button {
    border-left: 0;
  }
  .axis button[aria-pressed='true'] {
    background: var(--vscode-button-background);
    color: var(--vscode-button-foreground);
    text-decoration: underline;
  }
`;
