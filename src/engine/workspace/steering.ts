/**
 * Job: know what in the workspace steers the supervisor's editor or git and is theirs, and move what a command made out of the way.
 * Boundary: `steeringWalk.ts` finds the names; this file says whose they are, moves the agent's into the quarantine in the run
 *   directory, and deletes nothing.
 * Rules: H2 what the agent writes there would be run with the supervisor's rights: a task when the folder is opened, a file
 *   system monitor when git looks. S3 what was there before is never touched, nor what the window says the supervisor saved.
 *   B3 the look and what it moves are bounded; where a bound was met it is told, and nothing becomes the supervisor's by it.
 */
import {
  chmodSync,
  closeSync,
  fdatasyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../../base/assert.ts';
import { limits } from '../../run/limits.ts';
import { ancestorsOf, fitting, joined, nameOf, onDisk, parentOf } from '../checkpoint/paths.ts';
import { SteeringWalk, type Kind, type Look } from './steeringWalk.ts';

export interface SteeringPlace {
  /** Real path of the workspace. */
  readonly workspace: string;
  /** What is the supervisor's is remembered here, for an engine that takes the run over. */
  readonly record: string;
  /** Takes what a command made. */
  readonly quarantine: string;
  /** Paths that the windows report as saved by the supervisor, relative to the workspace. */
  readonly saved: () => ReadonlySet<string>;
  /** So many names more than before are looked at after a command; limits.steeringNamesSeen where absent. */
  readonly newNamesMost?: number;
}

/** What a command made that steers editor or git. */
export interface Swept {
  /** Taken out of the way, relative to the workspace; as many as fit into an entry. */
  readonly moved: readonly string[];
  /** What can't be said with `moved` alone, for a person, without a full stop: more of them, or some that are still there. */
  readonly problem: string | null;
}

/** What the last look could not settle. */
interface Unsettled {
  /** Folders that were closed, and the agent's that could not be moved. */
  readonly places: ReadonlySet<string>;
  readonly isCut: boolean;
}

const settled: Unsettled = { places: new Set(), isCut: false };
/** A folder may be closed within a closed one; so many within each other are opened. */
const openedMost = 50;

export class Steering {
  private readonly place: SteeringPlace;
  private readonly walk: SteeringWalk;
  private readonly known: Map<string, Kind>;
  private unsettled: Unsettled;
  /** How many names the last look saw that was not cut. */
  private names = Number.POSITIVE_INFINITY;
  /** Moved, and not told yet: with the end of the next command. */
  private untold: string[] = [];
  private moves = 0;
  private remembered = '';

  private constructor(place: SteeringPlace, known: Map<string, Kind>, unsettled: Unsettled) {
    this.place = place;
    this.walk = new SteeringWalk(place.workspace);
    this.known = known;
    this.unsettled = unsettled;
  }

  /** @param isCut whether an earlier engine did not see the end of a command, which is over by now */
  static async open(place: SteeringPlace, isCut: boolean): Promise<Steering> {
    const record = recordIn(place.record);
    const steering = new Steering(place, record?.known ?? new Map<string, Kind>(), record?.unsettled ?? settled);
    await steering.settle(record !== null && isCut);
    return steering;
  }

  /**
   * To be called before each command. What has come since the last one ended is the supervisor's.
   * @returns all that is, relative to the workspace, the shortest paths first; to be covered for the command
   */
  async before(): Promise<readonly string[]> {
    await this.settle(false);
    return [...this.known.keys()].sort((a, b) => a.length - b.length);
  }

  /** To be called when a command has ended: moves what it made into the quarantine. */
  async sweep(): Promise<Swept> {
    const left = await this.settle(true);
    const all = this.untold;
    this.untold = [];
    const moved = fitting(all, limits.quarantinedListed, (path) => path);
    const more = all.length - moved.length;
    const problems = [
      ...(more > 0 ? [`${String(more)} more were moved`] : []),
      ...(left.length > 0 ? [`${String(left.length)} are still there: ${left.slice(0, 3).join(', ')}`] : []),
      ...(this.unsettled.isCut ? ['the workspace has too many new names to look at all of them'] : []),
    ];
    return { moved, problem: problems.length === 0 ? null : problems.join('; ') };
  }

  /**
   * Whose it is what was not there, or was another, at the last look. This alone decides it. It is the supervisor's where a window
   * says that they saved it, and where it came while no command ran. But where the last look could not see, or had to leave
   * something, it may have been there before.
   */
  private isSupervisors(path: string, aCommandRan: boolean): boolean {
    if ([...this.place.saved()].some((saved) => saved === path || saved.startsWith(`${path}/`))) return true;
    return !aCommandRan && !this.isUnsettled(path);
  }

  /** Looks, and brings what is known up to date. @returns what of the agent's could not be moved away */
  private async settle(aCommandRan: boolean): Promise<readonly string[]> {
    const look = await this.lookAtAllKnown(aCommandRan);
    const left: string[] = [];
    let moved = 0;
    for (const [path, kind] of look.found) {
      if (this.known.get(path) === kind) continue;
      if (this.isSupervisors(path, aCommandRan)) this.known.set(path, kind);
      else {
        this.known.delete(path);
        if (moved++ < limits.quarantinedPaths && (await this.move(path))) this.untold.push(path);
        else left.push(path);
      }
    }
    if (!look.isCut) {
      this.names = look.names;
      const isHidden = (path: string) => ['', ...ancestorsOf(path)].some((folder) => look.closed.has(folder));
      for (const path of this.known.keys()) if (!look.found.has(path) && !isHidden(path)) this.known.delete(path);
    }
    // what was closed while no command ran was in sight before
    const closed = [...look.closed].filter((path) => aCommandRan || this.isUnsettled(path));
    this.unsettled = { places: new Set([...left, ...closed]), isCut: look.isCut };
    this.remember();
    return left;
  }

  private isUnsettled(path: string): boolean {
    const { places, isCut } = this.unsettled;
    return isCut || ['', ...ancestorsOf(path), path].some((one) => places.has(one));
  }

  /** What is known must be seen to be covered: a folder above it that was closed since is opened. */
  private async lookAtAllKnown(aCommandRan: boolean): Promise<Look> {
    const { newNamesMost = limits.steeringNamesSeen } = this.place;
    const above = new Set([...this.known.keys()].flatMap(ancestorsOf));
    // the supervisor may add as many names as they like
    const isBounded = aCommandRan || this.unsettled.isCut;
    for (let rounds = 0; ; rounds++) {
      const look = await this.walk.look(isBounded ? this.names + newNamesMost : Number.POSITIVE_INFINITY);
      const shut = [...look.closed].filter((folder) => above.has(folder));
      const opened = shut.filter((folder) => openFolder(onDisk(this.place.workspace, folder)));
      if (opened.length === 0 || rounds === openedMost) return look;
    }
  }

  /** Into the quarantine, or where that can't be under a harmless name beside; whether it is out of the way. */
  private async move(path: string): Promise<boolean> {
    const { workspace, quarantine } = this.place;
    const from = onDisk(workspace, path);
    const folder = freeName(
      (n) => join(quarantine, n),
      () => ++this.moves,
    );
    try {
      mkdirSync(onDisk(folder, parentOf(path)), { recursive: true, mode: 0o700 });
      await moveWhole(from, onDisk(folder, path));
      return true;
    } catch {
      // a folder without permissions can't be moved by its owner, nor what stands in one
      for (const closed of [parentOf(path), path]) openFolder(onDisk(workspace, closed));
    }
    try {
      await moveWhole(from, onDisk(folder, path));
      return true;
    } catch {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined); // half a copy is in nobody's way
    }
    try {
      const beside = (n: string) => onDisk(workspace, joined(parentOf(path), `quarantined-${n}-${nameOf(path)}`));
      renameSync(
        from,
        freeName(beside, () => ++this.moves),
      );
      return true;
    } catch (error) {
      console.error(`${path} steers the editor or git and can't be moved away: ${messageOf(error)}`);
      return false;
    }
  }

  private remember(): void {
    const { known, unsettled } = this;
    const text = JSON.stringify({ known: [...known], places: [...unsettled.places], isCut: unsettled.isCut });
    if (text === this.remembered) return;
    const { record } = this.place;
    mkdirSync(dirname(record), { recursive: true });
    const file = openSync(`${record}.new`, 'w', 0o600);
    try {
      writeSync(file, text);
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${record}.new`, record);
    this.remembered = text;
  }
}

interface Recorded {
  readonly known: Map<string, Kind>;
  readonly unsettled: Unsettled;
}

/** null for a run that has none yet, and where it is damaged: then all that stands there counts as the supervisor's. */
function recordIn(path: string): Recorded | null {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as
      | [string, Kind][] // as earlier versions wrote it
      | { known: [string, Kind][]; places: string[]; isCut: boolean };
    if (Array.isArray(record)) return { known: new Map(record), unsettled: settled };
    return { known: new Map(record.known), unsettled: { places: new Set(record.places), isCut: record.isCut } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') console.error(`${path} is damaged: ${messageOf(error)}`);
    return null;
  }
}

function freeName<T extends string | Buffer>(named: (n: string) => T, next: () => number): T {
  for (;;) {
    const name = named(String(next()));
    if (isFree(name)) return name;
  }
}

function isFree(path: string | Buffer): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return true; // no folder to look into: whoever uses the name is told why
  }
}

async function moveWhole(from: string | Buffer, to: string | Buffer): Promise<void> {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const [source, target] = [from, to].map(String) as [string, string];
    await cp(source, target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    await rm(from, { recursive: true });
  }
}

/** Whether it is open to its owner now. A link is left as it is: it may lead to anything of the supervisor's. */
function openFolder(path: string | Buffer): boolean {
  try {
    const stat = lstatSync(path);
    if (stat.isDirectory()) chmodSync(path, (stat.mode & 0o7777) | 0o700);
    return stat.isDirectory();
  } catch {
    return false; // another user's, which the agent's commands can't open either
  }
}
