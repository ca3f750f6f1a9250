/**
 * Job: delete a run of this machine: say what that frees, ask once, do it.
 * Boundary: the run directory goes, the folder that it worked on stays; a run that goes on is refused by the client layer.
 */
import type { KnownRun } from '../../client/knownRuns.ts';
import { formatBytes, formatCounted } from '../../run/forDisplay.ts';
import { ask, tell } from '../notify.ts';
import type { Parts } from '../parts.ts';

export async function deleteRun(parts: Parts, { runId, state }: KnownRun): Promise<void> {
  const runtime = await parts.runtime();
  const { bytes, files, words } = await runtime.whatDeleting(runId);
  const detail = `${words} It frees ${formatBytes(bytes)} in ${formatCounted(files, 'file')}. This can’t be undone.`;
  const name = state?.run?.task.name ?? runId;
  if ((await ask({ text: `Delete the run “${name}”?`, detail, grave: true }, 'Delete')) === undefined) return;
  await runtime.deleteRun(runId);
  if (parts.session.runId === runId) parts.session.forget();
  void tell(`Belay: deleted run ${runId}; ${formatBytes(bytes)} are free.`);
}
