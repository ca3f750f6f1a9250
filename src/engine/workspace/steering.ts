/**
 * Job: find what steers the supervisor's editor or git in the workspace, know what of it was there before the agent's
 * commands, and move what a command made out of the way.
 * Boundary: looks at names, moves what is new into the quarantine in the run directory; deletes nothing.
 * Rules: H2 what the agent writes there would be run with the supervisor's rights: a task when the folder is opened, a file
 *   system monitor when git looks. S3 what was there before is never touched, nor what the window says the supervisor saved.
 *   B3 the walk and what it moves are bounded.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { limits } from '../../run/limits.ts';
import { steeringNames } from './paths.ts';

type Kind = 'folder' | 'file' | 'link';

export interface SteeringPlace {
  /** Real path of the workspace. */
  readonly workspace: string;
  /** What was there before is remembered here, for an engine that takes the run over. */
  readonly record: string;
  /** Takes what a command made. */
  readonly quarantine: string;
  /** Paths that the windows report as saved by the supervisor, relative to the workspace. */
  readonly saved: () => ReadonlySet<string>;
}

/** Times of a file system are coarser than the clock. */
const clockSlackMs = 50;
/** Names that a walk passes over: git and editor don't look there, and such a folder has more names than all others. */
const passedOver = new Set(['node_modules']);

export class Steering {
  private readonly place: SteeringPlace;
  private readonly known: Map<string, Kind>;
  /** Moved for a command whose outcome was lost: told with the next one. */
  private readonly untold: string[] = [];
  private moves = 0;

  private constructor(place: SteeringPlace, known: Map<string, Kind>) {
    this.place = place;
    this.known = known;
  }

  /** @param cutAt when a command began that an earlier engine did not see end, ms since the epoch; null: none */
  static async open(place: SteeringPlace, cutAt: number | null): Promise<Steering> {
    const known = existsSync(place.record)
      ? new Map(JSON.parse(readFileSync(place.record, 'utf8')) as [string, Kind][])
      : null;
    const steering = new Steering(place, known ?? (await found(place.workspace)));
    if (known !== null && cutAt !== null) steering.untold.push(...(await steering.sweep(cutAt)));
    else steering.remember();
    return steering;
  }

  /** What was there before, relative to the workspace, the shortest paths first; to be covered for every command. */
  present(): readonly string[] {
    for (const name of steeringNames) {
      const kind = kindAt(join(this.place.workspace, name));
      if (kind !== null && !this.known.has(name)) this.known.set(name, kind); // the supervisor's: no command runs now
    }
    return [...this.known.keys()].sort((a, b) => a.length - b.length).slice(0, limits.steeringCovered);
  }

  /**
   * Moves what a command that began at `since` (ms since the epoch) made into the quarantine.
   * @returns the paths that were moved, relative to the workspace
   */
  async sweep(since: number): Promise<readonly string[]> {
    const { workspace, saved } = this.place;
    const moved = this.untold.splice(0);
    const now = await found(workspace);
    const bySupervisor = [...saved()];
    for (const [path, kind] of now) {
      if (this.known.get(path) === kind) continue;
      const stat = await lstat(join(workspace, path)).catch(() => null); // it has gone since
      if (stat === null) continue;
      const isOld = stat.ctimeMs < since - clockSlackMs;
      if (isOld || bySupervisor.some((one) => one === path || one.startsWith(`${path}/`))) this.known.set(path, kind);
      else if (moved.length < limits.quarantinedPaths && (await this.move(path))) moved.push(path);
    }
    for (const path of this.known.keys()) if (!now.has(path)) this.known.delete(path);
    this.remember();
    return moved;
  }

  private async move(path: string): Promise<boolean> {
    const { workspace, quarantine } = this.place;
    const from = join(workspace, path);
    let to: string;
    do to = join(quarantine, String(++this.moves), path);
    while (existsSync(to));
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    try {
      await moveWhole(from, to);
    } catch {
      // a folder without permissions can't be moved by its owner
      await Promise.all([from, dirname(from)].map((one) => chmod(one, 0o700).catch(() => undefined)));
      await moveWhole(from, to);
    }
    return true;
  }

  private remember(): void {
    const { record } = this.place;
    mkdirSync(dirname(record), { recursive: true });
    writeFileSync(`${record}.new`, JSON.stringify([...this.known]), { mode: 0o600 });
    renameSync(`${record}.new`, record);
  }
}

async function moveWhole(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    await rm(from, { recursive: true });
  }
}

/** Everything of such a name, by its path relative to the workspace. Links are not entered. */
async function found(workspace: string): Promise<Map<string, Kind>> {
  const all = new Map<string, Kind>();
  const waiting = [''];
  let seen = 0;
  for (
    let folder = waiting.shift();
    folder !== undefined && seen < limits.steeringNamesSeen;
    folder = waiting.shift()
  ) {
    // a folder that can't be read can't be used by the editor either
    const entries = await readdir(join(workspace, folder), { withFileTypes: true }).catch(() => []);
    seen += entries.length;
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (steeringNames.has(entry.name.toLowerCase()))
        all.set(path, entry.isSymbolicLink() ? 'link' : entry.isDirectory() ? 'folder' : 'file');
      else if (entry.isDirectory() && !passedOver.has(entry.name)) waiting.push(path);
    }
  }
  return all;
}

function kindAt(path: string): Kind | null {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  return stat.isSymbolicLink() ? 'link' : stat.isDirectory() ? 'folder' : 'file';
}
