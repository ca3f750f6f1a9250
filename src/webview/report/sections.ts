/**
 * Job: the sections of the report below its chart: spend, gates, directives, rollbacks and regressions, stops, looks.
 * Boundary: draws the report; what a click asks for is the caller's. Lists and not wide tables, so that they fit 280 px.
 * Rules: text of a model or a program is drawn by `visibleControls`, as text. Sections with nothing are left out.
 */
import { html, nothing, svg, type TemplateResult } from 'lit';
import {
  capitalised,
  formatCount,
  formatCounted,
  formatDurationLong,
  formatRate,
  formatUsd,
  visibleControls,
} from '../../run/forDisplay.ts';
import { isBelowZero } from '../../run/forecast.ts';
import { forecastSentences } from '../../run/forecastWords.ts';
import type { Listed, Place, ReportStop, RunReport } from '../../run/report/report.ts';
import {
  cutNote,
  decisionWords,
  gateReasonWords,
  rollbackWordsOf,
  shownWords,
  spendNotes,
  spendRows,
  stopWords,
  underWords,
} from '../../run/report/words.ts';
import { debtByTag, integrity } from './truthSections.ts';

type Drawn = TemplateResult | typeof nothing;

export interface SectionPage {
  readonly report: RunReport;
  readonly timeOfDay: (at: number) => string;
  readonly openCheckpoint: (checkpoint: number) => void;
  readonly openGate: (gate: number) => void;
  /** Sections that were opened to their whole length. */
  readonly whole: ReadonlySet<string>;
  readonly showWhole: (title: string) => void;
}

const shownMost = 10;

export function sections(page: SectionPage): Drawn {
  return html`${debtByTag(page.report)} ${integrity(page.report, page.openCheckpoint)} ${forecast(page)} ${gates(page)}
  ${spend(page)} ${directives(page)} ${rollbacks(page)} ${rejections(page)} ${regressions(page)} ${stops(page)}
  ${looks(page)}`;
}

function gates(page: SectionPage): Drawn {
  return list(page, 'Gates and decisions', page.report.gates, (gate) => {
    const shown = shownWords(gate);
    return html`<p class="head">
        <strong>Gate ${formatCount(gate.gate)}</strong> <span class="dim">${when(page, gate)}</span>
        ${link(gate.decided === null ? 'Open Gate' : 'Open Diffs', () => {
          page.openGate(gate.gate);
        })}
      </p>
      <p>${visibleControls(gateReasonWords(gate))}</p>
      <p>
        <span class=${gate.decided === null ? 'flag' : ''}>${capitalised(decisionWords(gate))}</span>${
          shown === '' ? nothing : html`<span class="dim"> · shown: ${shown}</span>`
        }
      </p>`;
  });
}

function forecast({ report: { forecast: told } }: SectionPage): Drawn {
  if (told === null) return nothing;
  const isBelow = isBelowZero(told.forecast);
  const sentences = forecastSentences(told.forecast, told.policy);
  return html`<section aria-labelledby="forecast">
    <h2 id="forecast">Forecast</h2>
    ${sentences.map((sentence, i) => html`<p class=${isBelow && i === sentences.length - 1 ? 'flag' : ''}>${sentence}</p>`)}
    <p class="dim">From the visible pass rate against cost alone. It may open a gate; you decide.</p>
  </section>`;
}

function spend({ report, timeOfDay }: SectionPage): Drawn {
  const { spend: spent, run, limitChanges } = report;
  return html`<section aria-labelledby="spend">
    <h2 id="spend">Spend</h2>
    <table class="spend">
      <thead>
        <tr>
          <th scope="col">Kind</th>
          <th scope="col" class="number">Tokens</th>
          <th scope="col" class="number">Dollars</th>
        </tr>
      </thead>
      <tbody>
        ${spendRows(spent).map(
          (row) =>
            html`<tr>
              <th scope="row">${row.name}</th>
              <td class="number">${row.tokens}</td>
              <td class="number">${row.usd}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${spendNotes(spent, run?.model ?? null).map((note) => html`<p class="dim">${note}</p>`)} ${spans(report)}
    ${limitChanges.items.map((change) => html`<p>Limits changed ${timeOfDay(change.at)} by ${change.by}: ${change.text}</p>`)}
  </section>`;
}

/** Dollars over the time since the start, as bars with their sum in words for who does not see them. */
function spans({ spend: { spans: over, certainty } }: RunReport): Drawn {
  const most = Math.max(...over.usd, 0);
  if (certainty === 'unknown' || over.usd.length < 2 || most === 0) return nothing;
  const wide = 12;
  const high = 36;
  const span = formatDurationLong(over.spanMs);
  const words = `Dollars in each ${span} since the start: ${over.usd.map(formatUsd).join(', ')}`;
  const bars = over.usd.map((usd, index) => {
    const tall = usd === 0 ? 0 : Math.max(2, (usd / most) * high);
    return svg`<rect x=${index * wide} y=${high - tall} width=${wide - 3} height=${tall}><title>${formatUsd(usd)}</title></rect>`;
  });
  const width = over.usd.length * wide;
  return html`<figure class="spans">
    <svg viewBox="0 0 ${width} ${high}" width=${width} height=${high} role="img" aria-label=${words}>${bars}</svg>
    <figcaption class="dim">Dollars in each ${span} since the start, at most ${formatUsd(most)}</figcaption>
  </figure>`;
}

function directives(page: SectionPage): Drawn {
  return list(page, 'Directives', page.report.directives, (d) => {
    const withdrawn =
      d.withdrawn === null ? nothing : html`<p>Withdrawn ${page.timeOfDay(d.withdrawn.at)} by ${d.withdrawn.by}</p>`;
    return html`<p class="head">
        <strong>Directive ${formatCount(d.directive)}</strong> <span class="dim">${when(page, d)}, by ${d.by}</span>
      </p>
      <p class="words" .textContent=${visibleControls(d.text)}></p>
      <p class="dim">In the requests of: ${underWords(d)}</p>
      ${withdrawn}`;
  });
}

function rollbacks(page: SectionPage): Drawn {
  return list(
    page,
    'Rollbacks',
    page.report.rollbacks,
    (r) =>
      html`<p class="head"><strong>${rollbackWordsOf(r)}</strong></p>
        ${r.reason === undefined ? nothing : html`<p class="words" .textContent=${visibleControls(r.reason)}></p>`}
        <p class="dim">${when(page, r)}, by ${r.by}</p>`,
  );
}

function rejections(page: SectionPage): Drawn {
  return list(
    page,
    'Rejected files',
    page.report.rejections,
    (r) =>
      html`<p class="head">
          <strong>${visibleControls(r.path)}</strong> <span class="dim">${when(page, r)}, by ${r.by}</span>
        </p>
        <p>
          ${r.reason === '' ? '' : `${visibleControls(r.reason)} · `}directive
          ${formatCount(r.directive)}${r.takenBack ? ', taken back' : ''}
        </p>`,
  );
}

function regressions(page: SectionPage): Drawn {
  return list(
    page,
    'Regressions',
    page.report.regressions,
    (r) =>
      html`<p class="head">
        <strong>${formatCounted(r.cases, 'case')} lost</strong> ${formatRate(r.before)} → ${formatRate(r.after)}
        <span class="dim">${when(page, r)}</span>
        ${link('Open Diff', () => {
          page.openCheckpoint(r.checkpoint);
        })}
      </p>`,
  );
}

function stops(page: SectionPage): Drawn {
  return list(
    page,
    'Stops and pauses',
    page.report.stops,
    (stop) =>
      html`<p class="head"><strong>${stopWords(stop)}</strong> <span class="dim">${when(page, stop)}</span></p>
        <p>${visibleControls(stop.message)}${lasted(stop)}</p>`,
  );
}

function lasted({ at, until, by, resumedBy }: ReportStop): Drawn {
  const words = [
    ...(by === null ? [] : [`by ${by}`]),
    ...(until === null ? [] : [`for ${formatDurationLong(until - at)}`]),
    ...(resumedBy === null ? [] : [`resumed by ${resumedBy}`]),
  ].join(', ');
  return words === '' ? nothing : html`<span class="dim"> · ${words}</span>`;
}

function looks(page: SectionPage): Drawn {
  return list(
    page,
    'Looks at held-out between gates',
    page.report.looks,
    (look) =>
      html`<p class="head">
        <strong>${(look.rate * 100).toFixed(1)} %</strong> <span class="dim">${when(page, look)}, by ${look.by}</span>
      </p>`,
  );
}

/** When it was, and the place where the workspace stood, which leads to its diff. */
function when({ timeOfDay, openCheckpoint }: SectionPage, { at, step, checkpoint }: Place): TemplateResult {
  const words = `step ${formatCount(step)} · checkpoint ${formatCount(checkpoint)}`;
  if (checkpoint === 0) return html`${timeOfDay(at)} · ${words}`;
  return html`${timeOfDay(at)} ·
    <button
      class="link place"
      title="Open the diff of checkpoint ${formatCount(checkpoint)}"
      @click=${() => {
        openCheckpoint(checkpoint);
      }}
    >
      ${words}
    </button>`;
}

function link(label: string, click: () => void): TemplateResult {
  return html`<button class="link" @click=${click}>${label}</button>`;
}

/** Newest first; the first of them, until all are asked for. */
function list<T>(page: SectionPage, title: string, items: Listed<T>, draw: (item: T) => TemplateResult): Drawn {
  if (items.items.length === 0) return nothing;
  const id = title.toLowerCase().replaceAll(' ', '-');
  const newest = [...items.items].reverse();
  const shown = page.whole.has(title) ? newest : newest.slice(0, shownMost);
  const cut = cutNote(items);
  return html`<section aria-labelledby=${id}>
    <h2 id=${id}>${title} <span class="dim">${formatCount(items.total)}</span></h2>
    ${cut === '' ? nothing : html`<p class="dim">${cut}</p>`}
    <ul class="entries">
      ${shown.map((item) => html`<li>${draw(item)}</li>`)}
    </ul>
    ${
      shown.length === newest.length
        ? nothing
        : link(`Show all ${formatCount(newest.length)}`, () => {
            page.showWhole(title);
          })
    }
  </section>`;
}
