/**
 * Job: the version of a file that a rollback writes where run and supervisor both changed it: the target's, with each edit of
 *   the supervisor's made again on it, in their order.
 * Boundary: three-way merges of texts by `git merge-file` on copies inside the store. Content comes from the caller.
 * Rules: C6 an edit that can't be made again without a doubt (overlap, binary, a file that came or went) is no merge: the plan
 *   shows a conflict, and the present version stays.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { limits } from '../../run/limits.ts';
import { storeEnvironment } from './catFile.ts';
import { isBinary } from './compare.ts';
import { leafAt, type ManifestEntry } from './manifest.ts';
import { authorOf, isWithin, touchedBy, type FileChange, type PlanParams } from './plan.ts';

export interface MergePorts {
  /** The bytes of an entry; null where they can't be had any more. */
  readonly read: (entry: ManifestEntry) => Promise<Buffer | null>;
  /** Takes the outcome in, and names it. */
  readonly keep: (content: Buffer) => string;
  /** The store's folder. */
  readonly store: string;
}

/** By path, what can be merged. */
export async function mergedVersions(params: PlanParams, ports: MergePorts): Promise<Map<string, ManifestEntry>> {
  const merged = new Map<string, ManifestEntry>();
  for (const { target, edits } of mergeable(params)) {
    const entry = await withEdits(target, edits, ports);
    if (entry !== null) merged.set(target.path, entry);
  }
  return merged;
}

interface Mergeable {
  readonly target: ManifestEntry;
  readonly edits: readonly FileChange[];
}

/** Files on both sides that the run and the supervisor changed, and of which every edit of the supervisor's is known. */
function mergeable({ to, now, only, history }: PlanParams): readonly Mergeable[] {
  const isWanted = only ? isWithin(only.paths) : () => true;
  const edits = editsOf(history);
  return [...touchedBy(history)].flatMap(([path, { by, supervisorIn }]) => {
    const target = leafAt(to, path);
    const present = leafAt(now, path);
    if (supervisorIn === null || !by.has('run') || !isWanted(path) || !target || !present) return [];
    const theirs = edits.get(path);
    const are = [target, present, ...(theirs ?? []).flatMap(({ before, after }) => [before, after])];
    const fits = are.every(({ type, size }) => type === 'file' && size <= limits.mergedFileBytes);
    return theirs && fits ? [{ target, edits: theirs }] : [];
  });
}

/** The supervisor's edits of each path, in order; null where one of them is more than an edit. */
function editsOf(history: PlanParams['history']): ReadonlyMap<string, readonly FileChange[] | null> {
  const edits = new Map<string, FileChange[] | null>();
  for (const item of history) {
    if (authorOf(item) !== 'supervisor') continue;
    const known = new Map(item.edits?.map((edit) => [edit.after.path, edit]));
    for (const { path } of item.changes) {
      const edit = known.get(path);
      const before = edits.get(path);
      if (edit === undefined || before === null) edits.set(path, null);
      else edits.set(path, [...(before ?? []), edit]);
    }
  }
  return edits;
}

async function withEdits(
  target: ManifestEntry,
  edits: readonly FileChange[],
  { read, keep, store }: MergePorts,
): Promise<ManifestEntry | null> {
  let content = await read(target);
  let { mode } = target;
  for (const { before, after } of edits) {
    if (after.mode !== before.mode) ({ mode } = after);
    const [base, theirs] = [await read(before), await read(after)];
    if (content === null || base === null || theirs === null) return null;
    content = await mergeTexts(content, base, theirs, store);
  }
  if (content === null) return null;
  return {
    path: target.path,
    type: 'file',
    mode,
    size: content.length,
    digest: keep(content),
    stamp: '',
    ignored: false,
  };
}

/** `onto` with the change from `base` to `edited` made on it; null where that overlaps with what differs, or is no text. */
export async function mergeTexts(onto: Buffer, base: Buffer, edited: Buffer, store: string): Promise<Buffer | null> {
  if (onto.equals(base) || base.equals(edited)) return onto.equals(base) ? edited : onto;
  if ([onto, base, edited].some(isBinary)) return null;
  const folder = mkdtempSync(`${store}/tmp/merge-`);
  try {
    for (const [name, content] of Object.entries({ onto, base, edited })) writeFileSync(`${folder}/${name}`, content);
    return await new Promise((resolve) => {
      const args = ['merge-file', '--stdout', '--quiet', 'onto', 'base', 'edited'];
      const options = {
        cwd: folder,
        env: storeEnvironment(store),
        encoding: 'buffer',
        maxBuffer: 4 * limits.mergedFileBytes,
      } as const;
      // It ends with the number of conflicts; without git there is no merge, and the plan shows a conflict.
      execFile('git', args, options, (error, stdout) => {
        resolve(error === null ? stdout : null);
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
