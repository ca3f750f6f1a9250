/**
 * Job: what a rejection does to files, said before it is done.
 * Boundary: pure text.
 */
import type { ChangedFile } from '../../protocol/messages.ts';
import { formatCounted } from '../../run/forDisplay.ts';

/** @param changes of each file against what is accepted; one at least */
export function rejectWords(changes: readonly ChangedFile['change'][]): string {
  const added = changes.filter((change) => change === 'added').length;
  if (changes.length > 1) {
    if (added === 0) return 'Their accepted versions come back.';
    if (added === changes.length) return 'They are new: they are deleted.';
    return `Accepted versions come back; ${formatCounted(added, 'new file')} ${added === 1 ? 'is' : 'are'} deleted.`;
  }
  if (added === 1) return 'It is new: it is deleted.';
  return changes[0] === 'deleted' ? 'It comes back as it was accepted.' : 'It goes back to its accepted version.';
}
