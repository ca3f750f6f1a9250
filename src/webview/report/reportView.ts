/**
 * Job: the Run Report as a whole: head figures, chart, its table, sections; live while the run goes on.
 * Boundary: draws the report that the host sent and posts what the supervisor asks; decides nothing.
 * Rules: H2, H4: beside the held-out figure stands as of when it is, how often it was looked at, and that it is not sealed. One live
 *   region, for notices only.
 */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { LitElement, html, nothing, type TemplateResult } from 'lit';
import type { ReportHostMessage, ReportPageMessage } from '../../protocol/reportPage.ts';
import { debtOf } from '../../run/debt.ts';
import {
  debtIntervalWords,
  notRunNotes,
  debtValue,
  debtVerdict,
  rateIntervalWords,
  sinceGateWords,
} from '../../run/debtWords.ts';
import {
  capitalised,
  formatCount,
  formatCounted,
  formatDurationLong,
  formatRate,
  forkWords,
  visibleControls,
} from '../../run/forDisplay.ts';
import type { CurvePoint, ReportFigure, ReportRun, ReportSample, RunReport, Spend } from '../../run/report/report.ts';
import { thinned } from '../../run/report/thin.ts';
import { heldOutNotes, isolationWords, reportPlaceWords, spentTotal, usdIn } from '../../run/report/words.ts';
import type { BandPoint } from '../../run/forecastFacts.ts';
import { sampleIntervalWords, sampleNotes } from '../../run/sampleWords.ts';
import { frame } from '../styles/frame.ts';
import { caseRows, caseSection } from './caseSection.ts';
import './chart.ts';
import { chartRows, hasCosts, type Axis, type ChartItem, type ChartRow } from './chartRows.ts';
import { sections } from './sections.ts';
import { chartStyles, reportStyles } from './styles.ts';

/** The table for who can't use the chart; more rows help nobody. */
const tableRows = 200;

export class ReportView extends LitElement {
  static override styles = [frame, reportStyles, chartStyles];
  static override properties = {
    report: { state: true },
    known: { state: true },
    notice: { state: true },
    axis: { state: true },
    whole: { state: true },
    caseRows: { state: true },
    tableOpen: { state: true },
  };

  declare private report: RunReport | null;
  declare private known: boolean;
  declare private notice: { readonly severity: 'info' | 'error'; readonly text: string } | null;
  declare axis: Axis;
  declare private whole: ReadonlySet<string>;
  declare private tableOpen: boolean;
  declare private caseRows: number;
  post: (message: ReportPageMessage) => void = () => undefined;
  keepAxis: (axis: Axis) => void = () => undefined;
  timeOfDay: (at: number) => string = String;
  private rowsOf: { readonly report: RunReport; readonly rows: readonly ChartRow[] } | null = null;

  constructor() {
    super();
    this.report = null;
    this.known = false;
    this.notice = null;
    this.axis = 'cost';
    this.whole = new Set();
    this.tableOpen = false;
    this.caseRows = caseRows;
  }

  take(message: ReportHostMessage): void {
    if (message.type === 'notice') this.notice = message;
    else {
      if (message.report?.run?.runId !== this.report?.run?.runId) this.notice = null;
      this.report = message.report;
      this.known = true;
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.known) return nothing;
    const { report } = this;
    const run = report?.run ?? null;
    return html`<main>
      <div role="status" class="notice-place">${this.noticeBox()}</div>
      ${report === null || run === null ? empty() : this.page(report, run)}
    </main>`;
  }

  private noticeBox(): TemplateResult | typeof nothing {
    return this.notice === null ? nothing : html`<p class="notice ${this.notice.severity}">${this.notice.text}</p>`;
  }

  private page(report: RunReport, run: ReportRun): TemplateResult {
    return html`<header>
        <h1>${run.name}</h1>
        <div class="buttons">
          ${hasFailing(report) ? this.button('Failing Cases…', { type: 'showFailing' }) : nothing}
          ${this.button('Copy as Markdown', { type: 'copyMarkdown' })}
          ${this.button('Save as Markdown…', { type: 'saveMarkdown' })} ${this.button('Show Run', { type: 'showRun' })}
        </div>
      </header>
      <p class="standing"><strong>${report.standing.word}</strong> ${report.standing.detail}</p>
      ${this.figures(report, run)} ${this.chart(report)} ${this.cases(report)}
      ${sections({
        report,
        timeOfDay: this.timeOfDay,
        whole: this.whole,
        showWhole: (title) => {
          this.whole = new Set([...this.whole, title]);
        },
        openCheckpoint: (checkpoint) => {
          this.post({ type: 'openCheckpoint', checkpoint });
        },
        openGate: (gate) => {
          this.post({ type: 'openGate', gate });
        },
      })}
      <footer class="dim">
        Run ${run.runId}, started ${this.timeOfDay(run.createdAt)} by
        ${run.supervisor}${run.forkedFrom ? `, ${forkWords(run.forkedFrom)},` : nothing} with Belay ${run.belay}, in
        ${run.workspace}. As of ${this.timeOfDay(report.at)}.
      </footer>`;
  }

  private button(label: string, message: ReportPageMessage): TemplateResult {
    return html`<vscode-button
      secondary
      @click=${() => {
        this.post(message);
      }}
      >${label}</vscode-button
    >`;
  }

  private figures(report: RunReport, run: ReportRun): TemplateResult {
    const { figures, sample, best, spend, time, steps, checkpoints } = report;
    const perHour = spend.usdPerHour === null ? '' : `${usdIn(spend.certainty, spend.usdPerHour)} an hour`;
    const waited = `${formatDurationLong(time.gatesMs)} at gates, ${formatDurationLong(time.stoppedMs)} stopped`;
    return html`<dl class="heads">
      ${head('Visible', rate(figures.visible), [cases(figures.visible), rateIntervalWords(figures.visible), sinceGateWords(figures.visible?.sinceGate), best === null ? '' : `best ${formatRate(best)} at checkpoint ${formatCount(best.checkpoint)}`])}
      ${sample === null ? nothing : head('Visible, sample', rate(sample), [drawnCases(sample), sampleIntervalWords(sample), ...sampleNotes(sample)])}
      ${run.hasHeldOut ? head('Held-out', rate(figures.heldOut), [cases(figures.heldOut), rateIntervalWords(figures.heldOut), ...heldOutNotes(report)], !run.seal.sealed) : nothing}
      ${run.hasHeldOut ? this.debt(report) : nothing}
      ${head('Spent', spentTotal(spend), [perHour, `${run.model.name} (${run.model.provider})`])}
      ${head('Steps', formatCount(steps), [formatCounted(checkpoints.total, 'checkpoint'), `accepted up to ${formatCount(checkpoints.accepted)}`])}
      ${head('Running', formatDurationLong(time.runningMs), [waited])}
    </dl>`;
  }

  private debt({ debt: counts }: RunReport): TemplateResult {
    const debt = counts && debtOf(counts);
    if (counts === null || debt === null) return head('Correctness debt', '–', ['not known yet']);
    const notes = [debtIntervalWords(debt), debtVerdict(debt), `checkpoint ${formatCount(counts.checkpoint)}`];
    return head('Correctness debt', debtValue(counts), [...notes, ...notRunNotes(counts)], debt.significant);
  }

  private cases({ cases: told }: RunReport): TemplateResult | typeof nothing {
    return caseSection({
      cases: told,
      rows: this.caseRows,
      showMore: () => {
        this.caseRows += caseRows;
      },
      openCheckpoint: (checkpoint) => {
        this.post({ type: 'openCheckpoint', checkpoint });
      },
      openCase: (id, checkpoint) => {
        this.post({ type: 'openCase', id, checkpoint });
      },
      findBreak: (id) => {
        this.post({ type: 'findBreak', id });
      },
    });
  }

  private chart(report: RunReport): TemplateResult {
    const costs = hasCosts(report);
    const axis = costs ? this.axis : 'step';
    const rows = this.rows(report);
    if (!rows.some(({ items }) => items[0]?.rate !== null))
      return html`<section aria-labelledby="rates">
        <h2 id="rates">Pass rate</h2>
        <p class="dim">No checkpoint is verified yet. The curves begin with the first one.</p>
      </section>`;
    return html`<section aria-labelledby="rates">
      <div class="chart-head">
        <h2 id="rates">Pass rate</h2>
        <div class="axis" role="group" aria-label="Horizontal axis">
          ${this.axisButton('cost', 'Dollars', axis, costs)} ${this.axisButton('step', 'Steps', axis, true)}
        </div>
      </div>
      <p class="legend" aria-hidden="true">
        <span class="key visible">Visible</span
        >${rows.some(({ id }) => id === 'heldOut') ? html`<span class="key heldOut">Held-out, as shown at gates</span>` : nothing}
        ${axis === 'cost' && bandOf(report).length > 0 ? html`<span class="key ahead">Forecast: 90 of 100 times</span>` : nothing}
      </p>
      ${report.isolation === null ? nothing : html`<p class="dim">${visibleControls(capitalised(isolationWords(report.isolation)))}.</p>`}
      <belay-report-chart
        .rows=${rows}
        .axis=${axis}
        .band=${bandOf(report)}
        .go=${(item: ChartItem) => {
          this.post(item.goesTo);
        }}
      ></belay-report-chart>
      ${this.table(report)}
    </section>`;
  }

  private axisButton(axis: Axis, label: string, chosen: Axis, enabled: boolean): TemplateResult {
    return html`<button
      aria-pressed=${axis === chosen}
      ?disabled=${!enabled}
      title=${enabled ? '' : 'The dollars of this run are not known'}
      @click=${() => {
        this.axis = axis;
        this.keepAxis(axis);
      }}
    >
      ${label}
    </button>`;
  }

  private rows(report: RunReport): readonly ChartRow[] {
    if (this.rowsOf?.report !== report) this.rowsOf = { report, rows: chartRows(report) };
    return this.rowsOf.rows;
  }

  private table({ curves, gates, spend }: RunReport): TemplateResult {
    const { points, total } = curves.visible;
    const heldOut = new Map(curves.heldOut.points.map((point) => [point.checkpoint, point]));
    const pinned = gates.items.map(({ checkpoint }) => checkpoint);
    const shown = this.tableOpen ? thinned(points, tableRows, pinned) : [];
    return html`<details
      @toggle=${(event: Event) => {
        this.tableOpen = (event.target as HTMLDetailsElement).open;
      }}
    >
      <summary>As a table</summary>
      ${shown.length < total && this.tableOpen ? html`<p class="dim">${formatCount(shown.length)} of ${formatCounted(total, 'checkpoint')}: gates, highest and lowest are kept.</p>` : nothing}
      <div class="scrolled" tabindex="0" role="region" aria-label="Pass rate as a table">
        <table>
          <thead>
            <tr>
              ${['Checkpoint', 'Step', 'Spent', 'Visible', 'Held-out'].map((name) => html`<th scope="col" class="number">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${shown.map((point) => this.tableRow(point, heldOut.get(point.checkpoint), spend.certainty))}
          </tbody>
        </table>
      </div>
    </details>`;
  }

  private tableRow(point: CurvePoint, heldOut: CurvePoint | undefined, certainty: Spend['certainty']): TemplateResult {
    const { checkpoint, step, costUsd } = point;
    return html`<tr>
      <th scope="row" class="number">
        <button
          class="link"
          title="Open the checkpoint’s diff"
          @click=${() => {
            this.post({ type: 'openCheckpoint', checkpoint });
          }}
        >
          ${formatCount(checkpoint)}
        </button>
      </th>
      <td class="number">${formatCount(step)}</td>
      <td class="number">${usdIn(certainty, costUsd)}</td>
      <td class="number">${formatRate(point)}</td>
      <td class="number">${heldOut === undefined ? '' : formatRate(heldOut)}</td>
    </tr>`;
  }
}

function empty(): TemplateResult {
  return html`<h1>Run Report</h1>
    <p class="dim">
      This folder has no run yet. Start one with “Belay: Start Reconstruction”; its report is here from the first step
      on.
    </p>`;
}

/** Up to the limit where that lies on the band: what is beyond can't be bought. */
function bandOf({ forecast: told }: RunReport): readonly BandPoint[] {
  if (told?.forecast.kind !== 'band') return [];
  const { band, atBudget } = told.forecast;
  return atBudget === null ? band : [...band.filter(({ costUsd }) => costUsd < atBudget.costUsd), atBudget];
}

function rate(figure: ReportFigure | null): string {
  return figure === null ? '–' : formatRate(figure);
}

function hasFailing({ figures: { visible } }: RunReport): boolean {
  return visible !== null && visible.pass < visible.total;
}

function drawnCases(sample: ReportSample): string {
  const { pass, total, of } = sample;
  return `${formatCount(pass)} of ${formatCount(total)} drawn from ${formatCount(of)}, ${reportPlaceWords(sample)}`;
}

function cases(figure: ReportFigure | null): string {
  if (figure === null) return 'not verified yet';
  const { pass, total } = figure;
  return `${formatCount(pass)} of ${formatCount(total)}, ${reportPlaceWords(figure)}`;
}

function head(name: string, value: string, notes: readonly string[], warn = false): TemplateResult {
  return html`<div class="figure-head ${warn ? 'warn' : ''}">
    <dt>${name}</dt>
    <dd class="big">${value}</dd>
    ${notes.filter((note) => note !== '').map((note) => html`<dd class="dim">${note}</dd>`)}
  </div>`;
}

customElements.define('belay-report', ReportView);
