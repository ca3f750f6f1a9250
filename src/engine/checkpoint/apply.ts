/**
 * Job: carry out a planned rollback in the workspace, exactly that and nothing else.
 * Boundary: the only code of the store that writes into the workspace. Never runs git.
 * Rules: C4 everything is checked before anything is touched: a path must be as the plan saw it, or already as it shall be
 *   (so that a rollback cut by a crash is completed by running it again). A file is written beside its place, synced, and
 *   renamed. A folder of ours that does not let us write is opened for the time of the rollback. C6 what changed after the plan refuses the rollback. A parent that is a link is never followed.
 */
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  lchownSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  type BigIntStats,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import type { RollbackPlan, RollbackPlanPath } from '../../protocol/messages.ts';
import { codeOf, digestOnly, lstatInside, lstatOf, readFile, readLink } from './content.ts';
import { syncFolder } from './durable.ts';
import { folderAt, leafAt, sameEntry, type Manifest, type ManifestEntry } from './manifest.ts';
import { ancestorsOf, joined, onDisk, parentOf } from './paths.ts';
import { isPipeReason } from './notCoveredPaths.ts';
import { foldersThatGo, planDigest } from './plan.ts';
import { namesIn } from './listing.ts';
import { bitsOf, identity, isOurs, isPipe } from './stats.ts';
import { setFileMode, writeFileSynced } from './writeFile.ts';

/** The rollback was not begun, or stopped at a path that changed meanwhile; the message is for a person. */
export class RollbackRefused extends Error {
  override readonly name = 'RollbackRefused';
}

export interface RollbackResult {
  readonly written: number;
  readonly deleted: number;
  readonly kept: number;
  /** Paths that differ still because both changed them. */
  readonly conflicts: readonly string[];
}

export interface ApplyParams {
  readonly workspace: string;
  readonly plan: RollbackPlan;
  readonly to: Manifest;
  /** The detection that the plan was made from. */
  readonly now: Manifest;
  /** Content of the store by blob id; in pieces where it is too large to hold. */
  readonly read: (digest: string, size: number) => Promise<Buffer | AsyncIterable<Buffer>>;
}

interface Present {
  readonly entry: ManifestEntry | null;
  readonly stat: BigIntStats | null;
}

export function applyRollback(params: ApplyParams): Promise<RollbackResult> {
  return new Rollback(params).run();
}

class Rollback {
  private readonly params: ApplyParams;
  private readonly writes: readonly ManifestEntry[];
  private readonly deletes: readonly string[];
  /** Folders that must be there, outermost first; with a mode to set, or null to leave it. */
  private readonly folders: readonly ManifestEntry[];
  /** Folders to remove, innermost first. */
  private readonly removed: readonly string[];
  /** Pipes and sockets in the place of what is written. */
  private readonly pipes: readonly string[];
  /** Folders in which something is made, replaced or removed, outermost first. */
  private readonly parents: readonly string[];
  /** The mode that a folder which was opened gets at the end. */
  private readonly opened = new Map<string, number>();
  private readonly temporaries = new Map<string, string>();
  private readonly present = new Map<string, Present>();
  private readonly touchedFolders = new Set<string>();

  constructor(params: ApplyParams) {
    this.params = params;
    const { plan, to, now } = params;
    const pathsOf = (action: string) => plan.paths.filter((line) => line.action === action).map((line) => line.path);
    const isLeaf = (path: string) => !path.endsWith('/');
    this.writes = plan.paths
      .filter(({ path, action }) => (action === 'write' || action === 'merge') && isLeaf(path))
      .map((line) => written(line, to));
    this.deletes = pathsOf('delete').filter(isLeaf);
    const listed = pathsOf('write')
      .filter((path) => !isLeaf(path))
      .map((path) => path.slice(0, -1));
    const above = [...this.writes.map(({ path }) => path), ...listed].flatMap(ancestorsOf);
    const absent = above.filter((path) => folderAt(now, path) === null);
    this.folders = [...new Set([...listed, ...absent])].sort().map((path) => wanted(folderAt(to, path), path));
    this.removed = [...foldersThatGo({ to, now }, plan.paths)].sort().reverse();
    const made = new Set([...this.writes, ...this.folders].map(({ path }) => path));
    this.pipes = now.notCovered.filter((n) => isPipeReason(n.reason) && made.has(n.path)).map(({ path }) => path);
    const touched = [
      ...this.writes.map(({ path }) => path),
      ...this.deletes,
      ...this.removed,
      ...absent,
      ...this.pipes,
    ];
    this.parents = [...new Set(touched.map(parentOf))].sort();
  }

  async run(): Promise<RollbackResult> {
    this.checkPlan();
    await this.check();
    try {
      for (const folder of this.parents) this.openFolder(folder);
      await this.carryOut();
    } finally {
      this.closeFolders();
    }
    for (const folder of this.touchedFolders) {
      if (lstatInside(this.params.workspace, folder)?.isDirectory()) await syncFolder(this.at(folder));
    }
    await this.verify();
    const { plan } = this.params;
    const conflicts = plan.paths.filter((line) => line.action === 'conflict').map((line) => line.path);
    return { written: plan.write + (plan.merge ?? 0), deleted: plan.delete, kept: plan.keep, conflicts };
  }

  private async carryOut(): Promise<void> {
    for (const { path } of this.writes) this.takeTemporary(path);
    for (const path of this.deletes) this.remove(path);
    for (const path of this.pipes) this.removePipe(path);
    for (const path of this.removed) this.removeFolder(path);
    for (const folder of this.folders) this.makeFolder(folder);
    for (const entry of this.writes) await this.write(entry);
    for (const folder of [...this.folders].reverse()) this.setFolderMode(folder);
  }

  private at(path: string): string | Buffer {
    return onDisk(this.params.workspace, path);
  }

  /** A plan speaks of one present state; another one would let an edit made in between be overwritten. */
  private checkPlan(): void {
    const { plan, to, now } = this.params;
    const { only } = plan;
    if (planDigest({ checkpoint: plan.to, to, now, ...(only && { only }) }, plan.paths) === plan.digest) return;
    throw new RollbackRefused(
      'The workspace changed since this rollback was planned. Nothing was touched; plan it again.',
    );
  }

  /** Looks at every path before the first one is touched. Throws RollbackRefused. */
  private async check(): Promise<void> {
    const { to, now } = this.params;
    const outcome = new Map(this.writes.map((entry) => [entry.path, entry]));
    for (const path of [...outcome.keys(), ...this.deletes]) {
      const present = await this.look(path);
      this.present.set(path, present);
      const isDone = sameEntry(present.entry, outcome.get(path) ?? null);
      const asSeen = isDone || sameEntry(present.entry, leafAt(now, path));
      if (!asSeen) refuse(path, 'has changed since the rollback was planned');
      const isFolder = present.stat?.isDirectory() === true;
      const isPipeAsSeen = present.stat !== null && isPipe(present.stat) && this.pipes.includes(path);
      if (present.stat && !present.entry && !isFolder && !isPipeAsSeen) refuse(path, 'is no longer a file');
      if (isFolder && !folderAt(now, path) && !folderAt(to, path))
        refuse(path, 'has become a folder since the rollback was planned');
    }
    for (const path of this.removed) this.checkRemoved(path);
    for (const path of this.folders.map((folder) => folder.path)) {
      const stat = lstatInside(this.params.workspace, path);
      const isPipeAsSeen = stat !== null && isPipe(stat) && this.pipes.includes(path);
      if (stat && !stat.isDirectory() && leafAt(now, path) === null && !isPipeAsSeen)
        refuse(path, 'is in the way of a folder');
    }
    for (const parent of this.parents) this.checkWritable(parent);
  }

  private checkRemoved(path: string): void {
    if (!lstatInside(this.params.workspace, path)?.isDirectory()) return;
    for (const name of namesIn(this.at(path))) {
      const inside = joined(path, name);
      const planned = leafAt(this.params.now, inside) !== null || this.removed.includes(inside);
      if (!planned) refuse(inside, 'appeared since the rollback was planned, in a folder that it would remove');
    }
  }

  private checkWritable(folder: string): void {
    const stat = this.folderStat(folder);
    if (!stat) return; // will be made
    try {
      accessSync(this.at(folder), constants.W_OK | constants.X_OK);
    } catch (error) {
      if (codeOf(error) === 'EACCES' && isOurs(stat)) return; // will be opened
      refuse(folder === '' ? 'the workspace' : folder, `can't be written to (${codeOf(error) ?? 'unknown'})`);
    }
  }

  /** Of a folder in the workspace, '' is the workspace; null where none is. */
  private folderStat(folder: string): BigIntStats | null {
    const stat = folder === '' ? lstatOf(this.at('')) : lstatInside(this.params.workspace, folder);
    return stat?.isDirectory() ? stat : null;
  }

  /** Also after a crash that left it open: what it gets at the end is what the manifests say, not what it has now. */
  private openFolder(folder: string): void {
    const stat = this.folderStat(folder);
    if (!stat || !isOurs(stat)) return;
    const listed = this.folders.find(({ path }) => path === folder);
    const mode = (listed ?? folderAt(this.params.now, folder))?.mode ?? bitsOf(stat);
    const open = bitsOf(stat) | 0o700;
    if ((mode & 0o700) !== 0o700) this.opened.set(folder, mode);
    if (open !== bitsOf(stat)) chmodSync(this.at(folder), open);
  }

  /** Innermost first: what is inside can't be reached afterwards. */
  private closeFolders(): void {
    for (const [folder, mode] of [...this.opened].reverse()) {
      const stat = this.folderStat(folder);
      if (stat && bitsOf(stat) !== mode) chmodSync(this.at(folder), mode);
    }
  }

  /** A file or link as it is now; a folder, like nothing at all, is no entry. */
  private async look(path: string): Promise<Present> {
    const { workspace } = this.params;
    const stat = lstatInside(workspace, path);
    if (!stat || !(stat.isFile() || stat.isSymbolicLink())) return { entry: null, stat };
    const read = stat.isFile() ? await readFile(workspace, path, digestOnly) : readLink(workspace, path, digestOnly);
    return { entry: read && { path, ignored: false, ...read }, stat };
  }

  /** Throws unless the path is still what `check` saw, and its parents are real folders. */
  private stillAsChecked(path: string): void {
    const seen = this.present.get(path);
    assert(seen, 'each path is checked before it is touched');
    this.requireRealParents(path);
    const stat = lstatOf(this.at(path));
    const wasLeaf = seen.entry !== null;
    if (stat === null ? wasLeaf : wasLeaf && identity(stat) !== identity(seen.stat))
      refuse(path, 'changed during the rollback');
    if (stat !== null && !wasLeaf) refuse(path, 'appeared during the rollback');
  }

  private requireRealParents(path: string): void {
    for (const folder of ancestorsOf(path)) {
      const stat = lstatOf(this.at(folder));
      if (!stat?.isDirectory()) refuse(folder, 'is no longer a folder');
    }
  }

  private remove(path: string): void {
    if (this.present.get(path)?.entry === null) return; // done before a crash
    this.stillAsChecked(path);
    unlinkSync(this.at(path));
    this.touchedFolders.add(parentOf(path));
  }

  private removePipe(path: string): void {
    const stat = lstatInside(this.params.workspace, path);
    if (!stat || !isPipe(stat)) return; // done before a crash
    unlinkSync(this.at(path));
    this.touchedFolders.add(parentOf(path));
  }

  private removeFolder(path: string): void {
    if (!lstatInside(this.params.workspace, path)?.isDirectory()) return;
    try {
      rmdirSync(this.at(path));
    } catch (error) {
      if (codeOf(error) === 'ENOTEMPTY') refuse(path, 'got a new file during the rollback');
      throw error;
    }
    this.touchedFolders.add(parentOf(path));
  }

  private makeFolder({ path, mode }: ManifestEntry): void {
    this.requireRealParents(path);
    const stat = lstatOf(this.at(path));
    if (stat?.isDirectory()) return;
    if (stat) refuse(path, 'is in the way of a folder');
    mkdirSync(this.at(path), { mode: mode | 0o700 });
    this.takeOwner(path, lstatOf(this.at(parentOf(path))));
    this.touchedFolders.add(parentOf(path));
  }

  private setFolderMode({ path, mode }: ManifestEntry): void {
    this.requireRealParents(path);
    const stat = lstatOf(this.at(path));
    if (!stat?.isDirectory()) refuse(path, 'is no longer a folder');
    if (bitsOf(stat) !== mode) chmodSync(this.at(path), mode);
  }

  private async write(entry: ManifestEntry): Promise<void> {
    const { path } = entry;
    const seen = this.present.get(path);
    if (sameEntry(seen?.entry ?? null, entry)) return; // done before a crash
    this.stillAsChecked(path);
    if (seen?.entry?.digest === entry.digest && seen.entry.type === 'file' && entry.type === 'file') {
      await setFileMode(this.at(path), entry.mode);
      return;
    }
    const content = await this.params.read(entry.digest, entry.size);
    const temporary = this.temporaries.get(path);
    assert(temporary !== undefined, 'each file has its temporary name before it is written');
    try {
      if (entry.type === 'symlink' && content instanceof Buffer) symlinkSync(content, this.at(temporary));
      else await writeFileSynced(this.at(temporary), content, entry.mode);
      this.takeOwner(temporary, seen?.stat ?? lstatOf(this.at(parentOf(path))));
      if (entry.type === 'file') chmodSync(this.at(temporary), entry.mode); // a change of owner clears setuid
      this.stillAsChecked(path);
      renameSync(this.at(temporary), this.at(path));
    } catch (error) {
      this.takeTemporary(path); // a full disk leaves half a file
      throw error;
    }
    this.touchedFolders.add(parentOf(path));
  }

  /** As root a file keeps the owner that it had, a new one gets the folder's; others own what they write anyway. */
  private takeOwner(path: string, model: BigIntStats | null): void {
    const stat = lstatOf(this.at(path));
    if (process.getuid?.() !== 0 || !model || !stat || (model.uid === stat.uid && model.gid === stat.gid)) return;
    const change = stat.isSymbolicLink() ? lchownSync : chownSync;
    change(this.at(path), Number(model.uid), Number(model.gid));
  }

  /**
   * Settles the temporary name beside a path, and removes what a crash left there. A name that something else holds (a folder,
   * a pipe, what a checkpoint covers) is passed over: whoever planted it must not stop the rollback, nor lose a file by it.
   */
  private takeTemporary(path: string): void {
    for (let attempt = 0; ; attempt++) {
      const temporary = temporaryFor(path, attempt);
      const stat = lstatInside(this.params.workspace, temporary);
      if (stat && !this.isLeftover(temporary, stat)) continue;
      if (stat) unlinkSync(this.at(temporary));
      this.temporaries.set(path, temporary);
      return;
    }
  }

  private isLeftover(temporary: string, stat: BigIntStats): boolean {
    const { to, now } = this.params;
    if (!stat.isFile() && !stat.isSymbolicLink()) return false;
    const isCovered = leafAt(to, temporary) !== null || leafAt(now, temporary) !== null;
    return !isCovered && !now.notCovered.some((n) => n.path === temporary);
  }

  /** C4: the outcome is looked at, not believed. */
  private async verify(): Promise<void> {
    for (const entry of this.writes) {
      const { entry: present } = await this.look(entry.path);
      if (!sameEntry(present, entry))
        throw new Error(`the rollback did not restore ${entry.path}: something else writes to it`);
    }
    for (const path of this.deletes) {
      const { entry } = await this.look(path);
      if (entry !== null) throw new Error(`the rollback did not delete ${path}: something else writes to it`);
    }
    for (const { path, mode } of this.folders) {
      const stat = lstatInside(this.params.workspace, path);
      if (!stat?.isDirectory() || bitsOf(stat) !== mode)
        throw new Error(`the rollback did not restore the folder ${path}`);
    }
  }
}

function refuse(path: string, why: string): never {
  throw new RollbackRefused(`${path.toWellFormed()} ${why}. Nothing of it was overwritten; plan the rollback again.`);
}

function wanted(entry: ManifestEntry | null, path: string): ManifestEntry {
  assert(entry, `the plan writes ${path}, which the checkpoint does not hold`);
  return entry;
}

/** The target's version, or another that the plan names. */
function written({ path, bytes, content }: RollbackPlanPath, to: Manifest): ManifestEntry {
  if (content === undefined) return wanted(leafAt(to, path), path);
  return { path, type: 'file', ...content, size: bytes, stamp: '', ignored: false };
}

/** The same for one path each time, so that a second run finds what a cut one left. */
function temporaryFor(path: string, attempt: number): string {
  const mark = createHash('sha1').update(JSON.stringify(path)).digest('hex').slice(0, 16);
  return joined(parentOf(path), `.belay-rollback-${mark}${attempt === 0 ? '' : `-${String(attempt)}`}`);
}
