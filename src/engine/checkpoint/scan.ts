/**
 * Job: find out what stands in the workspace: one walk, or a look at the paths that somebody tells; lstat against the previous
 *   manifest, content read where it differs.
 * Boundary: reads the workspace; writes only through the sink. Never enters a `.git`, never runs git.
 * Rules: C2 raw bytes, modes, folders. C3 what is left out is listed: ignored folders, ignored files over the limit,
 *   sockets, pipes, devices, what can't be read. What the previous manifest covers stays covered, as what git tracks does,
 *   whatever rule comes later: a new ignore rule takes nothing out of the checkpoints (C5: `ignored` says so). An entry is taken over from the previous manifest only if its stamp and
 *   size agree and it was last changed clearly before that walk began (otherwise a write in the same tick would be missed).
 */
import { readdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { NotCovered } from '../../protocol/messages.ts';
import { limits } from '../../run/limits.ts';
import {
  codeOf,
  ContentMoved,
  largeBytes,
  lstatOf,
  readFile,
  readLink,
  readSmallFile,
  stampOf,
  type ContentSink,
  type Read,
} from './content.ts';
import { ruleTexts, type IgnoreRules, type IgnoreScope } from './ignoreRules.ts';
import { emptyManifest, entryAt, holdsEntries, type Manifest, type ManifestEntry } from './manifest.ts';
import { ancestorsOf, byPath, joined, nameOf, onDisk, parentOf, pathText } from './paths.ts';
import { excludeText, ruleFileText, type Tracked } from './repository.ts';

export interface ScanParams {
  readonly root: string;
  readonly previous: Manifest | null;
  /** Only these paths are looked at, with the folders above them; all else is as in `previous`. null: everything. */
  readonly told: readonly string[] | null;
  /** Whether content of the previous manifest may be taken over: false where it is not in the store. */
  readonly reusable: (digest: string) => boolean;
  readonly sink: ContentSink;
  /** The resulting manifest's `stored`. */
  readonly stored: boolean;
  readonly rules: IgnoreRules;
  /** Of the rule files above the root. */
  readonly above: IgnoreScope;
  readonly tracked: Tracked;
  /** Time of the file system now, ns since the epoch. */
  readonly nowNs: bigint;
  readonly coveredIgnoredFileBytes: number;
}

/** File systems round times by up to two seconds (FAT); what changed later than this before a walk is read again. */
const racyNs = 2_000_000_000n;
const sliceMs = 12;

interface Folder {
  readonly path: string;
  readonly scope: IgnoreScope;
  /** Inside an ignored folder only what the user's index tracks, or was covered before, is covered. */
  readonly trackedOnly: boolean;
}

/** Paths to look at, with every folder above them. */
class ToldPaths {
  readonly paths: ReadonlySet<string>;
  readonly namesIn: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(told: readonly string[]) {
    const namesIn = new Map<string, Set<string>>();
    this.paths = new Set(told.flatMap((path) => [...ancestorsOf(path), path]));
    this.namesIn = namesIn;
    for (const path of this.paths) {
      const names = namesIn.get(parentOf(path)) ?? new Set<string>();
      namesIn.set(parentOf(path), names.add(nameOf(path)));
    }
  }
}

/**
 * Whether looking at these paths tells as much as a walk: not where a rule file is among them, which may change what is
 * covered elsewhere, and not where there are so many that a walk is as quick.
 */
export function canBeTold(paths: readonly string[]): boolean {
  return paths.length <= limits.toldPaths && !paths.some((path) => nameOf(path) === '.gitignore');
}

/** Throws when the root itself can't be read; a problem with one path inside is listed in `notCovered`. */
export function scan(params: ScanParams): Promise<Manifest> {
  return new Scan(params).run();
}

class Scan {
  private readonly params: ScanParams;
  private readonly previous: Manifest;
  private readonly known: (path: string) => ManifestEntry | null;
  private readonly told: ToldPaths | null;
  private readonly settledBeforeNs: bigint;
  private readonly entries: ManifestEntry[] = [];
  private readonly notCovered: NotCovered[] = [];
  private readonly repositories = new Map<string, string | null>();
  private readonly large: { readonly path: string; readonly ignored: boolean }[] = [];
  private readonly folders: Folder[];

  constructor(params: ScanParams) {
    this.params = params;
    const previous = params.previous ?? emptyManifest;
    this.previous = previous;
    this.folders = [{ path: '', scope: params.above, trackedOnly: false }];
    this.told = params.told && params.previous ? new ToldPaths(params.told) : null;
    this.known = this.told ? (path) => entryAt(previous, path) : lookupIn(previous);
    this.settledBeforeNs = BigInt(previous.takenNs) - racyNs;
  }

  async run(): Promise<Manifest> {
    let sliceEnds = performance.now() + sliceMs;
    for (let folder = this.folders.pop(); folder; folder = this.folders.pop()) {
      for (const name of this.open(folder)) {
        if (performance.now() > sliceEnds) {
          await new Promise((resolve) => setImmediate(resolve));
          sliceEnds = performance.now() + sliceMs;
        }
        this.look(name.folder, name.path);
        const room = this.params.sink.room();
        if (room) await room;
      }
    }
    for (const { path, ignored } of this.large) {
      try {
        this.add(path, await readFile(this.params.root, path, this.params.sink), ignored);
      } catch (error) {
        this.notRead(path, error);
      }
    }
    return this.told ? this.merged(this.told) : this.whole();
  }

  private whole(): Manifest {
    return {
      takenNs: String(this.params.nowNs),
      stored: this.params.stored,
      repositories: Object.fromEntries(this.repositories),
      entries: this.entries.sort(byPath),
      notCovered: this.notCovered.sort(byPath),
    };
  }

  /**
   * What was looked at, and the rest as it was. The time stays that of the last whole walk: what is new since counts as too
   * young to be taken over, and is read again then.
   */
  private merged(told: ToldPaths): Manifest {
    const { takenNs, repositories, entries, notCovered } = this.previous;
    const folders = new Set(this.entries.filter(({ type }) => type === 'directory').map(({ path }) => path));
    const emptied = [...told.paths].filter((path) => !folders.has(path) && holdsEntries(this.previous, path));
    const isNews = (path: string) =>
      told.paths.has(path) || (emptied.length > 0 && ancestorsOf(path).some((above) => emptied.includes(above)));
    const listed = new Set(this.notCovered.map(({ path }) => path));
    const leftOut = notCovered.filter(
      ({ path }) => !listed.has(path) && !isNews(path.endsWith('/') ? path.slice(0, -1) : path),
    );
    const kept = entries.filter(({ path }) => !isNews(path));
    return {
      takenNs,
      stored: this.params.stored,
      repositories: Object.fromEntries([...Object.entries(repositories), ...this.repositories]),
      entries: inOrder(kept, this.entries.sort(byPath)),
      notCovered: inOrder(leftOut, this.notCovered.sort(byPath)),
    };
  }

  /** Lists a folder's names and takes in its rule files. */
  private open(folder: Folder): { readonly folder: Folder; readonly path: string }[] {
    const { root, rules } = this.params;
    let names: string[];
    try {
      names = this.told === null ? namesIn(onDisk(root, folder.path)) : this.toldNames(this.told, folder.path);
    } catch (error) {
      if (folder.path === '') throw error;
      if (codeOf(error) !== 'ENOENT') this.leaveOut(`${folder.path}/`, unreadable(error), null);
      return [];
    }
    const isRepository = names.includes('.git');
    const exclude = isRepository ? excludeText(root, folder.path) : undefined;
    if (isRepository) this.repositories.set(folder.path, exclude ?? null);
    if (isRepository && folder.path !== '')
      this.leaveOut(`${folder.path}/.git/`, 'a repository of its own: its files are covered', null);
    const gitignore = names.includes('.gitignore')
      ? ruleFileText(onDisk(root, joined(folder.path, '.gitignore')))
      : undefined;
    const inside = { ...folder, scope: rules.enter(folder.scope, folder.path, ruleTexts(exclude, gitignore)) };
    const looked = this.told === null ? names : [...(this.told.namesIn.get(folder.path) ?? [])];
    return looked
      .filter((name) => name !== '.git')
      .map((name) => ({ folder: inside, path: joined(folder.path, name) }));
  }

  /** The told names in a folder, and those of the files that say what is covered. */
  private toldNames(told: ToldPaths, folder: string): string[] {
    const isThere = (name: string) => lstatOf(onDisk(this.params.root, joined(folder, name))) !== null;
    return [...new Set([...(told.namesIn.get(folder) ?? []), ...['.git', '.gitignore'].filter(isThere)])];
  }

  private look(folder: Folder, path: string): void {
    const stat = this.statOf(path);
    if (!stat) return;
    const isFolder = stat.isDirectory();
    if (folder.trackedOnly && !(isFolder ? this.holdsCovered(path) : this.staysCovered(path))) return;
    const matched = folder.trackedOnly || this.params.rules.matches(folder.scope, path, isFolder);
    if (isFolder) this.lookAtFolder(folder, path, stat, matched);
    else if (stat.isSymbolicLink()) this.lookAtLink(path, stat, matched);
    else if (stat.isFile()) this.lookAtFile(path, stat, matched);
    else this.leaveOut(path, specialName(stat), null);
  }

  private lookAtFolder(folder: Folder, path: string, stat: BigIntStats, matched: boolean): void {
    if (matched && !folder.trackedOnly) {
      const holdsCovered = this.holdsCovered(path);
      const covered = this.params.tracked.folders.has(path)
        ? 'its tracked files are covered'
        : 'what was covered before it was ignored stays covered';
      this.leaveOut(`${path}/`, holdsCovered ? `ignored folder (${covered})` : 'ignored folder', null);
      if (!holdsCovered) return;
    }
    const found = { type: 'directory', mode: modeOf(stat), size: 0, digest: '', stamp: '' } as const;
    this.add(path, found, matched);
    if (this.told === null || this.told.namesIn.has(path))
      this.folders.push({ path, scope: folder.scope, trackedOnly: matched });
  }

  /** A file or link that an ignore rule does not take out: git tracks it, or the previous checkpoint covers it. */
  private staysCovered(path: string): boolean {
    const known = this.known(path);
    return this.params.tracked.files.has(path) || (known !== null && known.type !== 'directory');
  }

  private holdsCovered(folder: string): boolean {
    return this.params.tracked.folders.has(folder) || holdsEntries(this.previous, folder);
  }

  private lookAtLink(path: string, stat: BigIntStats, ignored: boolean): void {
    const same = this.unchanged(path, stat, 'symlink');
    this.take(path, ignored, () => same ?? readLink(this.params.root, path, stat, this.params.sink));
  }

  private lookAtFile(path: string, stat: BigIntStats, ignored: boolean): void {
    const over = stat.size > BigInt(this.params.coveredIgnoredFileBytes);
    if (ignored && over && !this.staysCovered(path)) {
      this.leaveOut(path, 'ignored file over the limit', Number(stat.size));
      return;
    }
    const same = this.unchanged(path, stat, 'file');
    if (same) this.add(path, { ...same, mode: modeOf(stat) }, ignored);
    else if (stat.size > BigInt(largeBytes)) this.large.push({ path, ignored });
    else this.take(path, ignored, () => readSmallFile(this.params.root, path, this.params.sink));
  }

  private unchanged(path: string, stat: BigIntStats, type: Read['type']): ManifestEntry | null {
    const known = this.known(path);
    if (known?.type !== type || BigInt(known.size) !== stat.size || known.stamp !== stampOf(stat)) return null;
    const settled = stat.mtimeNs < this.settledBeforeNs && stat.ctimeNs < this.settledBeforeNs;
    return settled && this.params.reusable(known.digest) ? known : null;
  }

  private add(path: string, read: Read | null, ignored: boolean): void {
    if (!read) return; // gone, or no longer what lstat saw: the next walk tells
    const { type, mode, size, digest, stamp } = read;
    const known = this.known(path);
    // The same object where it is the same file: see manifest.ts.
    const isKnown =
      known?.type === type &&
      known.mode === mode &&
      known.size === size &&
      known.digest === digest &&
      known.stamp === stamp &&
      known.ignored === ignored;
    this.entries.push(isKnown ? known : { path, type, mode, size, digest, stamp, ignored });
  }

  private statOf(path: string): BigIntStats | null {
    try {
      return lstatOf(onDisk(this.params.root, path));
    } catch (error) {
      this.leaveOut(path, unreadable(error), null);
      return null;
    }
  }

  private take(path: string, ignored: boolean, read: () => Read | null): void {
    try {
      this.add(path, read(), ignored);
    } catch (error) {
      this.notRead(path, error);
    }
  }

  /** A path that may not be read is not covered; anything else (a full store, a bug) is thrown on. */
  private notRead(path: string, error: unknown): void {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'EINVAL') return; // gone or replaced between lstat and read: the next walk tells
    if (error instanceof ContentMoved) this.leaveOut(path, 'kept changing while it was read', null);
    else if (code === 'EACCES' || code === 'EPERM' || code === 'EIO') this.leaveOut(path, unreadable(error), null);
    else throw error;
  }

  private leaveOut(path: string, reason: string, bytes: number | null): void {
    this.notCovered.push({ path, reason, bytes });
  }
}

function lookupIn({ entries }: Manifest): (path: string) => ManifestEntry | null {
  const byPathText = new Map(entries.map((entry) => [entry.path, entry]));
  return (path) => byPathText.get(path) ?? null;
}

/** Two lists in order as one. */
function inOrder<T extends { readonly path: string }>(many: readonly T[], few: readonly T[]): T[] {
  const all: T[] = [];
  let at = 0;
  for (const one of few) {
    for (let next = many[at]; next !== undefined && next.path < one.path; next = many[at]) {
      all.push(next);
      at += 1;
    }
    all.push(one);
  }
  return at === 0 ? [...all, ...many] : all.concat(many.slice(at));
}

/** The names in a folder as text, sorted; bytes are asked for only where the quick answer may have lost some. */
export function namesIn(folder: string | Buffer): string[] {
  let names = readdirSync(folder);
  if (names.some((name) => name.includes('\uFFFD'))) names = readdirSync(folder, { encoding: 'buffer' }).map(pathText);
  return names.sort();
}

function modeOf(stat: BigIntStats): number {
  return Number(stat.mode) & 0o7777;
}

function unreadable(error: unknown): string {
  const code = codeOf(error);
  return code === 'EACCES' || code === 'EPERM' ? 'not readable' : `not readable (${code ?? String(error)})`;
}

function specialName(stat: BigIntStats): string {
  if (stat.isSocket()) return 'socket';
  if (stat.isFIFO()) return 'pipe';
  return 'device';
}
