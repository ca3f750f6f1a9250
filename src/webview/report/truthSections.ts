/**
 * Job: the sections of the report that say how far its figures hold: correctness debt by tag.
 * Boundary: draws the report. Rules: text of a suite is drawn by `visibleControls`, as text. Empty sections are left out.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { tagRow } from '../../run/debtWords.ts';
import { formatCount, visibleControls } from '../../run/forDisplay.ts';
import type { RunReport } from '../../run/report/report.ts';

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
