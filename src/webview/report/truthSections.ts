/**
 * Job: the sections of the report that say how far its figures hold: debt by tag, and what checks of integrity found.
 * Boundary: draws the report. Rules: text of a suite is drawn by `visibleControls`, as text. Empty sections are left out.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { tagRow } from '../../run/debtWords.ts';
import { capitalised, formatCount, visibleControls } from '../../run/forDisplay.ts';
import { gravity } from '../../run/integrity.ts';
import type { ReportFinding, RunReport } from '../../run/report/report.ts';
import { cutNote, findingNotes, integrityNotes } from '../../run/report/words.ts';

export function debtByTag({ debt }: RunReport): TemplateResult | typeof nothing {
  if (debt === null || debt.tags.length === 0) return nothing;
  const names = ['Tag', 'Visible', 'Held-out', 'Debt, points', '95 %'];
  return html`<section aria-labelledby="debt">
    <h2 id="debt">Correctness debt by tag</h2>
    <p class="dim">
      Of checkpoint ${formatCount(debt.checkpoint)}, widest first. Among many tags some gap by chance: a single row is
      not tested.
    </p>
    <div class="scrolled" tabindex="0" role="region" aria-label="Correctness debt by tag, as a table">
      <table>
        <thead>
          <tr>
            ${names.map((name, column) => html`<th scope="col" class=${column === 0 ? '' : 'number'}>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${debt.tags.map((pair) => {
            const [tag = '', ...values] = tagRow(pair);
            return html`<tr>
              <th scope="row">${visibleControls(tag)}</th>
              ${values.map((value) => html`<td class="number">${value}</td>`)}
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** What stands first, the gravest on top; drawn also where nothing was found, so that it is known that somebody looked. */
export function integrity(
  { findings, integrity: last }: RunReport,
  openCheckpoint: (checkpoint: number) => void,
): TemplateResult | typeof nothing {
  if (last === null) return nothing;
  const cut = cutNote(findings);
  return html`<section aria-labelledby="integrity">
    <h2 id="integrity">Integrity <span class="dim">${formatCount(findings.total)}</span></h2>
    <p class="dim">${visibleControls(integrityNotes({ integrity: last }).join(' '))}</p>
    ${cut === '' ? nothing : html`<p class="dim">${cut}</p>`}
    ${findings.items.length === 0 ? html`<p>Nothing was found.</p>` : nothing}
    <ul class="entries">
      ${inOrder(findings.items).map((finding) => html`<li>${drawn(finding, openCheckpoint)}</li>`)}
    </ul>
  </section>`;
}

function inOrder(findings: readonly ReportFinding[]): readonly ReportFinding[] {
  const rank = ({ flag, goneAt }: ReportFinding) => gravity[flag.severity] + (goneAt === null ? 0 : 10);
  return findings.toSorted((a, b) => rank(a) - rank(b) || b.checkpoint - a.checkpoint);
}

function drawn(finding: ReportFinding, openCheckpoint: (checkpoint: number) => void): TemplateResult {
  const { flag, goneAt, checkpoint } = finding;
  const [severity = '', ...notes] = findingNotes(finding);
  return html`<p class="head">
      <strong class=${flag.severity !== 'listed' && goneAt === null ? 'flag' : ''}>${capitalised(severity)}</strong>
      ${visibleControls(capitalised(flag.text))}
    </p>
    <p class="dim">
      From checkpoint ${formatCount(checkpoint)}${notes.map((note) => ` · ${visibleControls(note)}`)}
      <button
        class="link"
        @click=${() => {
          openCheckpoint(checkpoint);
        }}
      >
        Open Diff
      </button>
    </p>`;
}
