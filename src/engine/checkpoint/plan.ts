/**
 * Job: what a rollback would do to each path, decided before anything is touched.
 * Boundary: pure, but for what the caller answers (ignore rules then and now, what stands at a path that is not covered now,
 *   what the supervisor's edits come to when they are merged into the target's version).
 * Rules: C4 only paths that differ; deleted is only what a checkpoint shows the run created. C5 what is ignored then or now
 *   is never deleted. C6 the supervisor's own edits are kept; where the run changed the same path they are merged, or it is a
 *   conflict and the present version stays, as it does where an editor holds what is not saved; a pipe or socket in the place of what a checkpoint holds has no content, and gives way. S3 what nobody is known to have made is never deleted.
 *
 * A folder that the run made and that its files leave empty goes with them without a line of its own; a line (its path ends
 * with `/`) stands where the folder itself is empty, changes its mode, or is kept.
 */
import { createHash } from 'node:crypto';
import type { CheckpointKind, PathChange, RollbackPart } from '../../run/entry.ts';
import type { RollbackAction, RollbackPlan, RollbackPlanPath } from '../../protocol/messages.ts';
import {
  changesBetween,
  childrenOf,
  entryAt,
  folderAt,
  holdsEntries,
  keyOf,
  leafAt,
  sameEntry,
  type Manifest,
  type ManifestEntry,
} from './manifest.ts';
import { NotCoveredPaths } from './notCoveredPaths.ts';
import { ancestorsOf, byPath, parentOf } from './paths.ts';

export type Author = 'run' | 'supervisor' | 'unattributed';

/** What one checkpoint since the target changed, and whose work that was. */
export interface HistoryItem {
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  /** Complete, as `changesBetween` gives them. */
  readonly changes: readonly PathChange[];
  /**
   * Whose work it was, where the kind does not say it. By itself a step and a rollback are the run's (the content is in the
   * store), a supervisor's and a safety checkpoint hold what the supervisor did. 'unattributed' is for a step that was cut:
   * such a change is written back, but what it added is not deleted.
   */
  readonly author?: Author | undefined;
  /** Of an item of the supervisor's: the files that they changed, for a merge. */
  readonly edits?: readonly FileChange[];
}

export interface FileChange {
  readonly before: ManifestEntry;
  readonly after: ManifestEntry;
}

export interface PlanParams {
  /** The number of the checkpoint that `to` belongs to. */
  readonly checkpoint: number;
  readonly to: Manifest;
  /** A fresh detection. */
  readonly now: Manifest;
  /**
   * Every checkpoint after `checkpoint` in the order of the chain, and at its end, as the supervisor's, whatever the
   * detection found since the last of them (with the next number, so that the plan stays the same when a checkpoint takes
   * this in). A differing path that no item names is treated as the supervisor's.
   */
  readonly history: readonly HistoryItem[];
  /** Only this; all else stays as it is, but for a folder of the run that a deletion leaves empty. Absent: everything. */
  readonly only?: RollbackPart;
  /** Paths that an editor holds unsaved changes of. */
  readonly unsaved?: ReadonlySet<string>;
}

export interface PlanQuestions {
  readonly ignoredThen: (path: string, isFolder: boolean) => boolean;
  readonly ignoredNow: (path: string, isFolder: boolean) => boolean;
  /** Whether something stands at a path that `now` does not cover. */
  readonly exists: (path: string) => boolean;
  /** The target's version with the supervisor's edits in it, of paths where that can be had (`merge.ts`). */
  readonly merged?: ReadonlyMap<string, ManifestEntry>;
}

export interface Touched {
  readonly by: Set<Author>;
  /** The first checkpoint that holds a change of the supervisor. */
  supervisorIn: number | null;
  addedByRun: boolean;
  /** The rollback's checkpoint that shows it as put back, if nothing changed it since. */
  putBackIn: number | null;
}

type Line = RollbackPlanPath;

export function planRollback(params: PlanParams, questions: PlanQuestions): RollbackPlan {
  return planWith(params, new Planner(params, questions).lines());
}

export function planWith(params: Omit<PlanParams, 'history'>, paths: readonly Line[]): RollbackPlan {
  const count = (action: RollbackAction) => paths.filter((line) => line.action === action).length;
  const merge = count('merge');
  return {
    to: params.checkpoint,
    ...(params.only && { only: params.only }),
    write: count('write'),
    ...(merge > 0 && { merge }),
    delete: count('delete'),
    keep: count('keep'),
    conflict: count('conflict'),
    paths,
    digest: planDigest(params, paths),
  };
}

class Planner {
  private readonly params: PlanParams;
  private readonly questions: PlanQuestions;
  private readonly touched: ReadonlyMap<string, Touched>;
  private readonly notCoveredThen: NotCoveredPaths;
  private readonly notCoveredNow: NotCoveredPaths;

  constructor(params: PlanParams, questions: PlanQuestions) {
    this.params = params;
    this.questions = questions;
    this.touched = touchedBy(params.history);
    this.notCoveredThen = new NotCoveredPaths(params.to);
    this.notCoveredNow = new NotCoveredPaths(params.now);
  }

  lines(): Line[] {
    const { now, only } = this.params;
    const planned = only ? this.linesOf(only.paths) : this.allLines();
    const lines = new Map(planned.map((line) => [line.path, this.unlessUnsaved(line)]));
    this.dropNoise(lines);
    for (const line of lines.values()) {
      if (line.action !== 'write') continue;
      const blocked = this.blockedBy(line.path, lines);
      const bytes = leafAt(now, line.path)?.size ?? 0;
      if (blocked !== null) lines.set(line.path, { ...line, action: 'conflict', bytes, reason: blocked });
    }
    return [...lines.values()].sort(byPath);
  }

  private allLines(isWanted: (path: string) => boolean = () => true): Line[] {
    const { to, now } = this.params;
    const changed = changesBetween(to, now).map(({ path }) => (path.endsWith('/') ? path.slice(0, -1) : path));
    const paths = new Set(changed.filter(isWanted));
    return [...paths].flatMap((path) => [this.leafLine(path), this.folderLine(path)]).filter((line) => line !== null);
  }

  /** Of the folders above a path only that they are kept is said: it keeps them from going with it. */
  private linesOf(only: readonly string[]): Line[] {
    const folders = [...new Set(only.flatMap(ancestorsOf))].map((path) => this.folderLine(path));
    const stay = folders
      .filter((line) => line !== null)
      .filter(({ action }) => action === 'keep' || action === 'conflict');
    return [...this.allLines(isWithin(only)), ...stay];
  }

  /** What an editor holds is on no disk, and would be written over what is put back, or lost. */
  private unlessUnsaved(line: Line): Line {
    const { path, action } = line;
    if (action === 'keep' || action === 'conflict' || this.params.unsaved?.has(path) !== true) return line;
    return { path, action: 'conflict', bytes: leafAt(this.params.now, path)?.size ?? 0, reason: unsavedReason };
  }

  /** That a folder is kept says something only where all that is in it goes. */
  private dropNoise(lines: Map<string, Line>): void {
    const isNoisy = ({ path, action }: Line) =>
      path.endsWith('/') &&
      action !== 'write' &&
      action !== 'delete' &&
      folderAt(this.params.to, path.slice(0, -1)) === null &&
      holdsEntries(this.params.now, path.slice(0, -1));
    const noisy = [...lines.values()].filter(isNoisy);
    if (noisy.length === 0) return;
    const goes = foldersThatGo(
      this.params,
      [...lines.values()].filter((line) => !isNoisy(line)),
    );
    for (const { path } of noisy) if (!goes.has(path.slice(0, -1))) lines.delete(path);
  }

  private leafLine(path: string): Line | null {
    const then = leafAt(this.params.to, path);
    const now = leafAt(this.params.now, path);
    if (sameEntry(then, now)) return null;
    const bytes = now?.size ?? 0;
    const pipe = this.notCoveredNow.pipeAt(path);
    if (then !== null && now === null && pipe === null && this.staysUncovered(path)) {
      return { path, action: 'keep', bytes, reason: 'not covered now: the present version could not be brought back' };
    }
    const kept = this.keptForAuthor(path, bytes);
    if (kept) return kept;
    if (then !== null) {
      const reason = pipe === null ? {} : { reason: `a ${pipe} in its place goes` };
      return { path, action: 'write', bytes: then.digest === now?.digest ? 0 : then.size, ...reason };
    }
    return this.deletion(path, false, bytes);
  }

  /** Something stands there that no checkpoint could bring back. */
  private staysUncovered(path: string): boolean {
    return this.notCoveredNow.holds(path) && this.questions.exists(path);
  }

  private folderLine(path: string): Line | null {
    const { to, now } = this.params;
    const then = folderAt(to, path);
    const present = folderAt(now, path);
    if (sameEntry(then, present)) return null;
    const key = `${path}/`;
    const isEmpty = !holdsEntries(then ? to : now, path);
    if (then !== null) {
      if (present === null && !isEmpty) return null; // made along with the files in it
      if (present === null && this.notCoveredNow.pipeAt(path) === null && this.staysUncovered(path)) return null;
      return this.keptForAuthor(key, 0) ?? { path: key, action: 'write', bytes: 0 };
    }
    const line = this.keptForAuthor(key, 0) ?? this.deletion(key, true, 0);
    // A folder with files needs no line, unless it must stay although they go.
    return isEmpty || line.action !== 'delete' ? line : null;
  }

  /** C6 and S3: a line that keeps the present version; null when the run alone (or nobody known) changed the path. */
  private keptForAuthor(key: string, bytes: number): Line | null {
    const touched = this.touched.get(key);
    const since = `checkpoint ${String(this.params.checkpoint)}`;
    if (touched === undefined)
      return { path: key, action: 'keep', bytes, reason: `changed since ${since}, but not by the run` };
    if (touched.supervisorIn === null) return null;
    const edited = `checkpoint ${String(touched.supervisorIn - 1)}`;
    if (touched.by.has('run')) {
      return (
        this.mergedLine(key) ?? {
          path: key,
          action: 'conflict',
          bytes,
          reason: `you edited it after ${edited}, and so did the run`,
        }
      );
    }
    return { path: key, action: 'keep', bytes, reason: `you edited it after ${edited}` };
  }

  private mergedLine(path: string): Line | null {
    const merged = this.questions.merged?.get(path);
    if (merged === undefined) return null;
    const { digest, mode, size } = merged;
    if (sameEntry(merged, leafAt(this.params.now, path)))
      return { path, action: 'keep', bytes: size, reason: 'what you edited is all that differs' };
    return { path, action: 'merge', bytes: size, reason: 'with what you edited', content: { digest, mode } };
  }

  private deletion(key: string, isFolder: boolean, bytes: number): Line {
    const path = isFolder ? key.slice(0, -1) : key;
    const keep = (reason: string): Line => ({ path: key, action: 'keep', bytes, reason });
    const then = `checkpoint ${String(this.params.checkpoint)}`;
    const touched = this.touched.get(key);
    const isUndo = touched?.putBackIn === this.params.checkpoint + 1; // the rollback found nothing there then
    if (!isUndo && this.notCoveredThen.holds(path)) return keep(`${then} does not cover it`);
    if (touched?.addedByRun !== true) return keep(`no checkpoint since ${then} shows that the run created it`);
    // What a rollback wrote is in its target too: ignored or not, nothing is lost with it.
    const isPutBack = touched.putBackIn !== null;
    if (!isPutBack && this.questions.ignoredThen(path, isFolder)) return keep(`it was ignored at ${then}`);
    if (!isPutBack && this.questions.ignoredNow(path, isFolder)) return keep('it is ignored');
    if (Object.hasOwn(this.params.now.repositories, path)) return keep('it holds a repository');
    if (isFolder && this.notCoveredNow.below(path)) return keep('it holds what Belay does not cover');
    return { path: key, action: 'delete', bytes };
  }

  /** Why a path can't be written although it should be: something that stays stands in its way. */
  private blockedBy(key: string, lines: ReadonlyMap<string, Line>): string | null {
    const path = key.endsWith('/') ? key.slice(0, -1) : key;
    const { now } = this.params;
    const stays = (leaf: string) => leafAt(now, leaf) !== null && lines.get(leaf)?.action !== 'delete';
    const folders = key.endsWith('/') ? [...ancestorsOf(path), path] : ancestorsOf(path);
    for (const folder of folders) {
      if (stays(folder)) return `${folder} is a file now, and stays`;
      if (this.notCoveredNow.isInTheWay(folder)) return `${folder} stands in its way, and is not covered`;
    }
    if (!key.endsWith('/')) {
      if (this.notCoveredNow.isInTheWay(path)) return 'something that Belay does not cover stands in its place';
      if (folderAt(now, path) && !foldersThatGo(this.params, [...lines.values()]).has(path)) {
        return 'a folder stands in its place, and holds what stays';
      }
    }
    return null;
  }
}

/**
 * The folders of `now` that a rollback removes: those that are none in `to`, that no line keeps, and of which everything
 * goes.
 */
export function foldersThatGo(
  side: { readonly to: Manifest; readonly now: Manifest },
  lines: readonly Line[],
): Set<string> {
  const added = changesBetween(side.to, side.now)
    .filter(({ path, change }) => path.endsWith('/') && change === 'added')
    .map(({ path }) => path.slice(0, -1));
  const deleted = new Set(lines.filter((line) => line.action === 'delete').map((line) => line.path));
  const kept = new Set(
    lines.filter((line) => line.action === 'keep' || line.action === 'conflict').map((line) => line.path),
  );
  const notCovered = new NotCoveredPaths(side.now);
  const stay = new Set<string>();
  const holdAbove = (path: string): void => {
    for (let folder = parentOf(path); folder !== '' && !stay.has(folder); folder = parentOf(folder)) stay.add(folder);
  };
  for (const folder of added) {
    let isEmpty = true;
    for (const { path, type } of childrenOf(side.now, folder)) {
      isEmpty = false;
      if (type !== 'directory' && !deleted.has(path)) holdAbove(path);
    }
    const stays =
      kept.has(`${folder}/`) ||
      notCovered.below(folder) ||
      Object.hasOwn(side.now.repositories, folder) ||
      (isEmpty && !deleted.has(`${folder}/`));
    if (!stays) continue;
    holdAbove(folder);
    stay.add(folder);
  }
  return new Set(added.filter((path) => !stay.has(path)));
}

/** Whether a path is one of these, or stands in one that is a folder. */
export function isWithin(paths: readonly string[]): (path: string) => boolean {
  const chosen = new Set(paths);
  return (path) => chosen.has(path) || ancestorsOf(path).some((folder) => chosen.has(folder));
}

export const unsavedReason = 'it has unsaved changes in an editor: save or close it first';

/** Who changed which path, in the keys of changes. */
export function touchedBy(history: readonly HistoryItem[]): Map<string, Touched> {
  const touched = new Map<string, Touched>();
  for (const item of history) {
    const by = authorOf(item);
    for (const { path, change } of item.changes) {
      const record = touched.get(path) ?? untouched();
      touched.set(path, record);
      record.by.add(by);
      if (by === 'supervisor') record.supervisorIn ??= item.checkpoint;
      if (by === 'run' && change === 'added') record.addedByRun = true;
      const isRollback = by === 'run' && (item.kind === 'rollback' || item.kind === 'reject');
      record.putBackIn = isRollback && change === 'added' ? item.checkpoint : null;
    }
  }
  return touched;
}

function untouched(): Touched {
  return { by: new Set(), supervisorIn: null, addedByRun: false, putBackIn: null };
}

export function authorOf({ author, kind }: Pick<HistoryItem, 'author' | 'kind'>): Author {
  return author ?? (kind === 'supervisor' || kind === 'safety' ? 'supervisor' : 'run');
}

/** SHA-256 over the lines, the target and the present state of every path in them. */
export function planDigest({ checkpoint, to, now, only }: Omit<PlanParams, 'history'>, lines: readonly Line[]): string {
  const stateOf = (manifest: Manifest, path: string) => {
    const entry = entryAt(manifest, path);
    return entry ? [keyOf(entry), entry.type, entry.mode, entry.digest] : null;
  };
  const rows = lines.map(({ path, action, bytes, reason, content }) => {
    const plain = path.endsWith('/') ? path.slice(0, -1) : path;
    const states = [stateOf(to, plain), stateOf(now, plain)];
    return [path, action, bytes, reason ?? null, ...states, ...(content ? [content] : [])];
  });
  return createHash('sha256')
    .update(JSON.stringify([checkpoint, rows, ...(only ? [only] : [])]))
    .digest('hex');
}
