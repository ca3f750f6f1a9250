/**
 * Job: the plan of a rollback of some hunks of one file.
 * Boundary: content comes from the caller; how a hunk is put back stands in hunk.ts, and a plan is carried out by apply.ts.
 * Rules: C6 the lines are of the version that the supervisor looked at: where another one lies there now, or an editor holds
 *   unsaved changes, nothing is planned but a conflict. What else they or the run changed in the file stays.
 */
import { createHash } from 'node:crypto';
import type { RollbackPlan } from '../../protocol/messages.ts';
import type { FileLines } from '../../run/entry.ts';
import { formatCounted } from '../../run/forDisplay.ts';
import { limits } from '../../run/limits.ts';
import { isBinary } from './compare.ts';
import { hunksBack } from './hunk.ts';
import { leafAt } from './manifest.ts';
import type { MergePorts } from './merge.ts';
import { planWith, unsavedReason, type PlanParams } from './plan.ts';

type Ports = Pick<MergePorts, 'read' | 'keep'>;

export async function planHunks(params: PlanParams, lines: FileLines, ports: Ports): Promise<RollbackPlan> {
  const [path = ''] = params.only?.paths ?? [];
  const present = leafAt(params.now, path);
  const outcome = await withHunksBack(params, path, lines, ports);
  if (typeof outcome === 'string')
    return planWith(params, [{ path, action: 'conflict', bytes: present?.size ?? 0, reason: outcome }]);
  const { content, hunks, mode } = outcome;
  const reason = `${formatCounted(hunks, 'hunk')}, ${linesWords(lines)}`;
  const written = { digest: ports.keep(content), mode };
  return planWith(params, [{ path, action: 'write', bytes: content.length, reason, content: written }]);
}

/** The new content, or why there is none. */
async function withHunksBack(
  { checkpoint, to, now, unsaved }: PlanParams,
  path: string,
  lines: FileLines,
  { read }: Ports,
): Promise<{ readonly content: Buffer; readonly hunks: number; readonly mode: number } | string> {
  const [then, present] = [leafAt(to, path), leafAt(now, path)];
  if (present?.type !== 'file') return 'there is no such file in the folder now';
  if (then?.type !== 'file') return `there is no such file at checkpoint ${String(checkpoint)}`;
  if (unsaved?.has(path) === true) return unsavedReason;
  if (Math.max(then.size, present.size) > limits.mergedFileBytes)
    return 'it is too large for its hunks to be told apart';
  const [target, content] = [await read(then), await read(present)];
  if (target === null || content === null) return 'it changed while it was read';
  if (isBinary(target) || isBinary(content)) return 'it is no text';
  if (createHash('sha256').update(content).digest('hex') !== lines.digest)
    return 'it has changed since these lines were shown';
  const done = hunksBack(content, target, lines);
  if (done === null) return 'too much of it differs for its hunks to be told apart';
  if (done.hunks === 0) return `nothing differs at ${linesWords(lines)}`;
  return { content: done.content, hunks: done.hunks, mode: present.mode };
}

/** "line 12", "lines 12 to 15" */
function linesWords({ first, last }: Pick<FileLines, 'first' | 'last'>): string {
  return first === last ? `line ${String(first)}` : `lines ${String(first)} to ${String(last)}`;
}
