/**
 * Job: the sections of the Markdown report that say how far its figures hold: debt by tag, and what checks of integrity found.
 * Boundary: pure; everything that is not ours goes through `plain`. Sections with nothing are left out.
 */
import { tagRow } from '../debtWords.ts';
import { capitalised, formatCount } from '../forDisplay.ts';
import { plain, section, table } from './markdownText.ts';
import type { RunReport } from './report.ts';
import { cutNote, findingNotes, integrityNotes } from './words.ts';

export function debtByTag({ debt }: RunReport): string {
  if (debt === null || debt.tags.length === 0) return '';
  const rows = debt.tags.map((pair) => tagRow(pair).map(plain));
  return section('Correctness debt by tag', [
    `Of checkpoint ${formatCount(debt.checkpoint)}, widest first. Among many tags some gap by chance: a single row is not tested.`,
    table(['Tag', 'Visible', 'Held-out', 'Debt, points', '95 %'], rows, [1, 2, 3, 4]),
  ]);
}

export function integrity(report: RunReport): string {
  if (report.integrity === null) return '';
  const rows = report.findings.items.map((finding) => {
    const [severity = '', ...notes] = findingNotes(finding);
    return [
      formatCount(finding.checkpoint),
      capitalised(severity),
      plain(capitalised(finding.flag.text)),
      plain(notes.join('; ')),
    ];
  });
  const found = rows.length === 0 ? 'Nothing was found.' : table(['Checkpoint', '', 'What', 'Where'], rows, [0]);
  return section('Integrity', [integrityNotes(report).map(plain).join(' '), cutNote(report.findings), found]);
}
