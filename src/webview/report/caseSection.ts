/**
 * Job: the section of the report that shows which cases were lost, at which checkpoints: a table of case × checkpoint.
 * Boundary: draws the report; what a click asks for is the caller's.
 * Rules: ids are a suite's, drawn by `visibleControls`, as text. A verdict is told by a sign and by words, never by colour alone. B3 a
 *   page of cases at a time, the newest checkpoints first; wider than the page it scrolls by itself.
 */
import { html, nothing, type TemplateResult } from 'lit';
import type { VerdictKind } from '../../run/entry.ts';
import { formatCount, formatCounted, visibleControls } from '../../run/forDisplay.ts';
import { verdictAt } from '../../run/report/caseHistory.ts';
import type { ChangedCase, ReportCases } from '../../run/report/report.ts';
import { casesNotes, changedWords, verdictWords } from '../../run/report/words.ts';

/** Rows that are drawn at first, and more of at each click. */
export const caseRows = 20;

export interface CasePage {
  readonly cases: ReportCases;
  readonly rows: number;
  readonly showMore: () => void;
  readonly openCheckpoint: (checkpoint: number) => void;
  readonly openCase: (id: string, checkpoint: number) => void;
  readonly findBreak: (id: string) => void;
}

const signs: Readonly<Record<VerdictKind, string>> = { pass: '✓', fail: '✗', error: '!', timeout: '◷', flaky: '~' };

export function caseSection(page: CasePage): TemplateResult | typeof nothing {
  const { cases, rows, showMore } = page;
  const { checkpoint, changed, failing } = cases;
  if (checkpoint === null) return nothing;
  const shown = changed.items.slice(0, rows);
  const failingWords =
    failing.total === 0
      ? 'All pass'
      : `${formatCounted(failing.total, 'case')} ${failing.total === 1 ? 'does' : 'do'} not pass`;
  return html`<section aria-labelledby="cases">
    <h2 id="cases">Cases that changed <span class="dim">${formatCount(changed.total)}</span></h2>
    <p class="dim">${failingWords} as of checkpoint ${formatCount(checkpoint)}. ${casesNotes(cases).join(' ')}</p>
    ${shown.length === 0 ? nothing : matrix(page, shown)}
    ${
      shown.length === changed.items.length
        ? nothing
        : html`<button class="link" @click=${showMore}>
            Show ${formatCount(Math.min(caseRows, changed.items.length - shown.length))} more
          </button>`
    }
  </section>`;
}

function matrix(page: CasePage, shown: readonly ChangedCase[]): TemplateResult {
  const columns = page.cases.checkpoints.toReversed();
  return html`<p class="legend" aria-hidden="true">
      ${(['pass', 'fail', 'timeout', 'flaky'] as const).map((kind) => html`<span>${signs[kind]} ${verdictWords[kind]}</span>`)}
    </p>
    <div
      class="scrolled cases"
      tabindex="0"
      role="region"
      aria-label="Cases that changed, by checkpoint, the newest first"
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Case</th>
            ${columns.map(
              ({ checkpoint, step }) =>
                html`<th scope="col" class="number">
                  <button
                    class="link place"
                    title="Open the diff of ${step === null ? 'this checkpoint' : `step ${formatCount(step)}`}"
                    @click=${() => {
                      page.openCheckpoint(checkpoint);
                    }}
                  >
                    ${formatCount(checkpoint)}
                  </button>
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${shown.map((one) => caseRow(page, one, columns))}
        </tbody>
      </table>
    </div>`;
}

function caseRow(page: CasePage, one: ChangedCase, columns: ReportCases['checkpoints']): TemplateResult {
  const { id, kind } = one;
  return html`<tr>
    <th scope="row">
      <button
        class="link place"
        title="Open the case"
        @click=${() => {
          page.openCase(id, page.cases.checkpoint ?? 0);
        }}
      >
        ${visibleControls(id)}
      </button>
      <span class=${kind === 'regressed' ? 'flag' : 'dim'}>${changedWords[kind]}</span>
      ${kind === 'regressed' ? findButton(page, id) : nothing}
    </th>
    ${columns.map(({ checkpoint }) => cell(one, checkpoint))}
  </tr>`;
}

function findButton({ findBreak }: CasePage, id: string): TemplateResult {
  return html`<button
    class="link"
    aria-label="Find Step that broke ${visibleControls(id)}"
    title="Find the step that broke it"
    @click=${() => {
      findBreak(id);
    }}
  >
    Find Step
  </button>`;
}

function cell(one: ChangedCase, checkpoint: number): TemplateResult {
  const verdict = verdictAt(one, checkpoint);
  if (verdict === null) return html`<td class="number dim">·<span class="visually-hidden">not known</span></td>`;
  const isChange = one.changes.some((change) => change.checkpoint === checkpoint);
  return html`<td class="number ${verdict} ${isChange ? 'change' : 'dim'}">
    <span aria-hidden="true">${signs[verdict]}</span><span class="visually-hidden">${verdictWords[verdict]}</span>
  </td>`;
}
