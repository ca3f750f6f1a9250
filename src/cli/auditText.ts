/**
 * Job: what `belay verify-audit` says of a journal.
 * Boundary: pure text.
 */
import type { auditRun } from '../client/auditRun.ts';
import type { FoundRun } from '../client/runs.ts';
import { formatCounted } from '../run/forDisplay.ts';

export function auditText(found: FoundRun, audit: Awaited<ReturnType<typeof auditRun>>): string {
  const counts = [
    formatCounted(audit.entries, 'entry', 'entries'),
    formatCounted(audit.segments, 'segment'),
    formatCounted(audit.blobs, 'blob'),
    formatCounted(audit.checkpoints, 'checkpoint'),
  ].join(', ');
  const unfinished =
    audit.unfinishedBytes === 0
      ? ''
      : `; ${formatCounted(audit.unfinishedBytes, 'byte')} of an unfinished entry at its end`;
  const lines = audit.ok
    ? [`${found.runId}: whole (${counts}${unfinished})`]
    : [
        `${found.runId}: ${formatCounted(audit.problems.length, 'problem')} in ${found.folder}`,
        ...audit.problems.map((problem) => `  ${problem}`),
      ];
  return lines.join('\n');
}
