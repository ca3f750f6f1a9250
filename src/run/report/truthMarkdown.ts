/**
 * Job: the sections of the Markdown report that say how far its figures hold: cases that changed, debt by tag, what checks of integrity
 *   found.
 * Boundary: pure; everything that is not ours goes through `plain`. Sections with nothing are left out.
 */
import { tagRow } from '../debtWords.ts';
import { capitalised, formatCount } from '../forDisplay.ts';
import { plain, section, table } from './markdownText.ts';
import type { RunReport } from './report.ts';
import {
  casesNotes,
  changedWords,
  changesWords,
  cutNote,
  findingNotes,
  integrityNotes,
  verdictWords,
} from './words.ts';

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

/** More rows are no table for a reader, more ids no list; the page and `--json` have more. */
const caseRows = 60;
const failingIds = 100;

/** The cases that were lost since they passed, and the ids of those that do not pass now. */
export function cases({ cases: told }: RunReport): string {
  const { checkpoint, changed, failing } = told;
  if (checkpoint === null) return '';
  const items = changed.items.slice(0, caseRows);
  const rows = items.map((one) => [plain(one.id), capitalised(changedWords[one.kind]), changesWords(one)]);
  const ids = failing.items.slice(0, failingIds);
  const list = ids.map(({ id, verdict }) => `- ${plain(id)}${verdict === 'fail' ? '' : `: ${verdictWords[verdict]}`}`);
  const rest = failing.total - ids.length;
  return section('Cases that changed', [
    casesNotes({ ...told, changed: { items, total: changed.total } }).join(' '),
    table(['Case', '', 'At checkpoint'], rows),
    ...(failing.total === 0
      ? []
      : [
          `### Failing as of checkpoint ${formatCount(checkpoint)}`,
          [...list, ...(rest === 0 ? [] : [`- and ${formatCount(rest)} more`])].join('\n'),
        ]),
  ]);
}
