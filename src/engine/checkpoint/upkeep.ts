/**
 * Job: keep the store small: gather the many small packs of checkpoints into few, and drop what no kept checkpoint needs.
 * Boundary: the files of the private store; which checkpoints are kept is the journal's, when it is done housekeeping's.
 * Rules: C7 the store stays whole whatever is cut: new packs are durable and named before an old one goes, and only what was
 *   there when the work began goes. Checkpoints are taken and read meanwhile. J8 it is not begun where it might fill the disk.
 *
 * Gathering is geometric: each pack is at least twice as large as the next smaller one, so that over a long run each object is
 * packed anew a logarithmic number of times (git-repack(1), --geometric). It drops nothing.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { limits } from '../../run/limits.ts';
import { replaceFile, syncFolder } from './durable.ts';
import { breather, looseFiles, type ObjectStore } from './objects.ts';
import { clearHalfPacks, startQuietGit, type QuietGit } from './quietGit.ts';

/** How the store lets upkeep in between its own work. */
export interface UpkeepPorts {
  readonly folder: string;
  readonly objects: ObjectStore;
  /** Runs work while no checkpoint is taken and no folder looked at, and git finds all that was taken. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  /** The last commit of the chain. */
  readonly head: () => string | null;
  /** Objects went: what was found in the store before may not be there any more. */
  readonly onDropped: () => void;
}

/** It was ended before it was done; nothing is lost. */
export class UpkeepEnded extends Error {
  override readonly name = 'UpkeepEnded';
}

/** The files of the store at a moment, below it. */
interface Contents {
  /** Names without extension. */
  readonly packs: readonly string[];
  readonly loose: readonly string[];
  readonly head: string | null;
}

export class Upkeep {
  private readonly ports: UpkeepPorts;
  private running: QuietGit | null = null;
  private working: Promise<void> | null = null;
  private ended = false;

  constructor(ports: UpkeepPorts) {
    this.ports = ports;
  }

  /** How many packs the objects lie in. */
  get packs(): number {
    return this.ports.objects.packSizes.length;
  }

  /** What the store takes on disk, bytes. */
  get bytes(): number {
    return this.ports.objects.bytes;
  }

  /** Gathers the packs. Rejects when git fails or it is ended; nothing is lost. One piece of upkeep at a time. */
  repack(): Promise<void> {
    return this.one(async () => {
      await this.settle();
      const sizes = [...this.ports.objects.packSizes].sort((a, b) => b - a);
      const [largest = 0, ...rest] = sizes;
      const small = rest.reduce((sum, size) => sum + size, 0);
      this.needRoom(largest > 2 * small ? small : largest + small);
      // -f: git takes for granted that what lies whole in one pack has no delta worth having, but the log's packs were never asked.
      await this.git(['repack', '--geometric=2', '-d', '-f', '-q', '-n', '--no-write-bitmap-index']);
      await this.ports.objects.reload();
    });
  }

  /**
   * Drops all objects that none of these commits holds. Run again after a crash it finishes.
   * @param kept commits; the newest is always among what stays
   */
  sweep(kept: readonly string[]): Promise<void> {
    return this.one(async () => {
      const { folder, alone } = this.ports;
      const old = await alone(() => Promise.resolve(this.contents()));
      const commits = [...new Set([...kept, ...(old.head === null ? [] : [old.head])])];
      this.needRoom(this.bytes);
      await this.graft(commits);
      const made = `${folder}/tmp/sweep`;
      mkdirSync(made);
      try {
        await this.git(['pack-objects', '--revs', '-q', `${made}/pack`], `${commits.join('\n')}\n`);
        await alone(() => this.replace(old, made));
      } finally {
        rmSync(made, { recursive: true, force: true });
      }
    });
  }

  /** About how many bytes the objects take that these commits hold. */
  async bytesOf(commits: readonly string[]): Promise<number> {
    let bytes = 0;
    const args = ['rev-list', '--objects', '--no-walk=unsorted', '--disk-usage', '--stdin'];
    await this.one(async () => {
      await this.settle();
      bytes = Number(await this.git(args, `${commits.join('\n')}\n`));
    });
    return bytes;
  }

  /** Ends what is being done, and resolves when it has ended. A piece that is asked for later is done. */
  async cancel(): Promise<void> {
    const { working } = this;
    if (working === null) return;
    this.ended = true;
    this.running?.cancel();
    await working.catch(() => undefined); // whoever asked for it is told
    this.ended = false;
  }

  private settle(): Promise<void> {
    return this.ports.alone(() => Promise.resolve());
  }

  private async one(work: () => Promise<void>): Promise<void> {
    while (this.working !== null) await this.working.catch(() => undefined); // its asker is told
    const working = work().finally(() => {
      this.working = null;
    });
    this.working = working;
    await working;
  }

  private async git(args: readonly string[], input?: string): Promise<string> {
    this.refuseEnded();
    const running = startQuietGit(this.ports.folder, args, input);
    this.running = running;
    try {
      return await running.done;
    } catch (error) {
      clearHalfPacks(this.ports.folder);
      this.refuseEnded(error);
      throw error;
    } finally {
      this.running = null;
    }
  }

  private refuseEnded(cause?: unknown): void {
    if (this.ended) throw new UpkeepEnded('ended before it was done', { cause });
  }

  private needRoom(bytes: number): void {
    const { bavail, bsize } = statfsSync(this.ports.folder);
    const needed = bytes + limits.roomLeftBytes;
    if (bavail * bsize < needed)
      throw new Error(
        `there is no room for it: ${String(bavail * bsize)} bytes are free, ${String(needed)} are needed`,
      );
  }

  private contents(): Contents {
    const { folder, head } = this.ports;
    const indexes = readdirSync(`${folder}/objects/pack`).filter((name) => name.endsWith('.idx'));
    return { packs: indexes.map((name) => name.slice(0, -4)), loose: looseFiles(folder), head: head() };
  }

  /** So that git's own tools don't look for the parents that went (gitformat: `shallow`). */
  private async graft(commits: readonly string[]): Promise<void> {
    const { objects, folder } = this.ports;
    const kept = new Set(commits);
    const breathe = breather();
    const withoutParent: string[] = [];
    for (const commit of commits) {
      await breathe();
      const parent = /\nparent ([0-9a-f]{40})\n/.exec((await objects.read(commit, 'commit')).toString('latin1'))?.[1];
      if (parent !== undefined && !kept.has(parent)) withoutParent.push(commit);
    }
    await replaceFile(folder, 'shallow', withoutParent.map((commit) => `${commit}\n`).join(''));
  }

  /** Puts the packs of a folder in the place of the old contents. */
  private async replace(old: Contents, made: string): Promise<void> {
    const { folder, objects, head, onDropped } = this.ports;
    const newest = head();
    // What was taken meanwhile may lean on what is about to go.
    if (newest !== null && newest !== old.head) {
      const since = old.head === null ? [newest] : [newest, `^${old.head}`];
      await this.git(['pack-objects', '--revs', '-q', `${made}/pack`], `${since.join('\n')}\n`);
    }
    const packs = `${folder}/objects/pack`;
    const names = readdirSync(made);
    // An index comes last: from then on git reads its pack.
    for (const name of names.sort((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx'))))
      renameSync(`${made}/${name}`, `${packs}/${name}`);
    await syncFolder(packs);
    const goes = old.packs.filter((name) => !names.includes(`${name}.pack`));
    for (const name of goes) rmSync(`${packs}/${name}.idx`, { force: true });
    for (const file of old.loose) await rm(`${folder}/${file}`, { force: true });
    await objects.reload();
    onDropped();
    for (const name of goes) for (const end of ['pack', 'rev']) await rm(`${packs}/${name}.${end}`, { force: true });
  }
}
