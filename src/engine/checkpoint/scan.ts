/**
 * Job: find out what stands in the workspace: one walk, or a look at the paths that somebody tells; lstat against the previous
 *   manifest, content read where it differs.
 * Boundary: reads the workspace; writes only through the sink. Never enters a `.git`, never runs git.
 * Rules: C2 raw bytes, modes, folders. C3 what is left out is listed: ignored folders, ignored files over the limit,
 *   sockets, pipes, devices, what can't be read. What the previous manifest covers stays covered, as what git tracks does,
 *   whatever rule comes later: a new ignore rule takes nothing out of the checkpoints (C5: `ignored` says so). An entry is taken over from the previous manifest only if its stamp and
 *   size agree and it was last changed clearly before that walk began (otherwise a write in the same tick would be missed).
 */
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
  type ContentSink,
  type Read,
} from './content.ts';
import type { EntriesByPath } from './entriesByPath.ts';
import { ruleTexts, type IgnoreRules, type IgnoreScope } from './ignoreRules.ts';
import type { Listers, ListingsAhead } from './listers.ts';
import { listFolder, lookAt, type Listed } from './listing.ts';
import { emptyManifest, entryAt, holdsEntries, type Manifest, type ManifestEntry } from './manifest.ts';
import { ancestorsOf, byPath, joined, nameOf, onDisk, parentOf } from './paths.ts';
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
  /** Threads that list folders ahead of the walk; null: it lists each itself. */
  readonly listers: Listers | null;
  readonly entriesByPath: EntriesByPath;
}

/** File systems round times by up to two seconds (FAT); what changed later than this before a walk is read again. */
const racyMs = 2_000;
const sliceMs = 12;

interface Folder {
  readonly path: string;
  /** As its parent's listing said; '' of the root. */
  readonly stamp: string;
  readonly scope: IgnoreScope;
  /** Inside an ignored folder only what the user's index tracks, or was covered before, is covered. */
  readonly trackedOnly: boolean;
}

interface Opened {
  readonly inside: Folder;
  readonly listing: readonly Listed[];
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
  private readonly ahead: ListingsAhead | null;
  private readonly settledBeforeMs: number;
  private readonly entries: ManifestEntry[] = [];
  private readonly notCovered: NotCovered[] = [];
  private readonly repositories = new Map<string, string | null>();
  private readonly large: { readonly path: string; readonly ignored: boolean }[] = [];
  private readonly folders: Folder[];
  /** Folders of the one that is looked at. */
  private readonly below: Folder[] = [];

  constructor(params: ScanParams) {
    this.params = params;
    const previous = params.previous ?? emptyManifest;
    this.previous = previous;
    this.folders = [{ path: '', stamp: '', scope: params.above, trackedOnly: false }];
    this.told = params.told && params.previous ? new ToldPaths(params.told) : null;
    this.ahead = this.told ? null : (params.listers?.list(params.root, foldersOf(previous)) ?? null);
    const known = this.told ? null : params.entriesByPath.of(previous);
    this.known = (path) => (known ? (known.get(path) ?? null) : entryAt(previous, path));
    this.settledBeforeMs = Number(previous.takenNs) / 1e6 - racyMs;
  }

  async run(): Promise<Manifest> {
    let sliceEnds = performance.now() + sliceMs;
    for (let folder = this.folders.pop(); folder; folder = this.folders.pop()) {
      const listed = this.ahead && (await this.ahead.listingOf(folder.path, folder.stamp));
      const opened = this.open(folder, listed);
      for (const found of opened?.listing ?? []) {
        if (performance.now() > sliceEnds) {
          await new Promise((resolve) => setImmediate(resolve));
          sliceEnds = performance.now() + sliceMs;
        }
        if (opened && found.name !== '.git') this.look(opened.inside, joined(folder.path, found.name), found);
        const room = this.params.sink.room();
        if (room) await room;
      }
      this.folders.push(...this.below.splice(0).reverse()); // in the order of their paths, as they are listed ahead
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

  /** What is to be looked at in a folder, and the rules that hold there; null where it can't be listed. */
  private open(folder: Folder, ahead: readonly Listed[] | null): Opened | null {
    const { root, rules } = this.params;
    try {
      const told = this.told?.namesIn.get(folder.path) ?? [];
      const listing = this.told ? lookAt(root, folder.path, [...told]) : (ahead ?? listFolder(root, folder.path));
      const names = this.told ? this.toldNames(this.told, folder.path) : listing.map(({ name }) => name);
      const isRepository = names.includes('.git');
      const exclude = isRepository ? excludeText(root, folder.path) : undefined;
      if (isRepository) this.repositories.set(folder.path, exclude ?? null);
      if (isRepository && folder.path !== '')
        this.leaveOut(`${folder.path}/.git/`, 'a repository of its own: its files are covered', null);
      const gitignore = names.includes('.gitignore')
        ? ruleFileText(onDisk(root, joined(folder.path, '.gitignore')))
        : undefined;
      const scope = rules.enter(folder.scope, folder.path, ruleTexts(exclude, gitignore));
      return { inside: { ...folder, scope }, listing };
    } catch (error) {
      if (folder.path === '') throw error;
      if (codeOf(error) !== 'ENOENT')
        this.leaveOut(`${folder.path}/`, unreadable(codeOf(error) ?? String(error)), null);
      return null;
    }
  }

  /** The told names in a folder, and those of the files that say what is covered. */
  private toldNames(told: ToldPaths, folder: string): string[] {
    const isThere = (name: string) => lstatOf(onDisk(this.params.root, joined(folder, name))) !== null;
    return [...new Set([...(told.namesIn.get(folder) ?? []), ...['.git', '.gitignore'].filter(isThere)])];
  }

  private look(folder: Folder, path: string, stat: Listed): void {
    const isFolder = stat.type === 'directory';
    if (folder.trackedOnly && !(isFolder ? this.holdsCovered(path) : this.staysCovered(path))) return;
    const matched = folder.trackedOnly || this.params.rules.matches(folder.scope, path, isFolder);
    if (isFolder) this.lookAtFolder(folder, path, stat, matched);
    else if (stat.type === 'symlink') this.lookAtLink(path, stat, matched);
    else if (stat.type === 'file') this.lookAtFile(path, stat, matched);
    else this.leaveOut(path, stat.type === 'unreadable' ? unreadable(stat.stamp) : stat.type, null);
  }

  private lookAtFolder(folder: Folder, path: string, stat: Listed, matched: boolean): void {
    if (matched && !folder.trackedOnly) {
      const holdsCovered = this.holdsCovered(path);
      const covered = this.params.tracked.folders.has(path)
        ? 'its tracked files are covered'
        : 'what was covered before it was ignored stays covered';
      this.leaveOut(`${path}/`, holdsCovered ? `ignored folder (${covered})` : 'ignored folder', null);
      if (!holdsCovered) return;
    }
    const found = { type: 'directory', mode: stat.mode, size: 0, digest: '', stamp: '' } as const;
    this.add(path, found, matched);
    if (this.told === null || this.told.namesIn.has(path))
      this.below.push({ path, stamp: stat.stamp, scope: folder.scope, trackedOnly: matched });
  }

  /** A file or link that an ignore rule does not take out: git tracks it, or the previous checkpoint covers it. */
  private staysCovered(path: string): boolean {
    const known = this.known(path);
    return this.params.tracked.files.has(path) || (known !== null && known.type !== 'directory');
  }

  private holdsCovered(folder: string): boolean {
    return this.params.tracked.folders.has(folder) || holdsEntries(this.previous, folder);
  }

  private lookAtLink(path: string, stat: Listed, ignored: boolean): void {
    const same = this.unchanged(path, stat, 'symlink');
    if (same) this.keep(same, same.mode, ignored);
    else this.take(path, ignored, () => readLink(this.params.root, path, stat.stamp, this.params.sink));
  }

  private lookAtFile(path: string, stat: Listed, ignored: boolean): void {
    const over = stat.size > this.params.coveredIgnoredFileBytes;
    if (ignored && over && !this.staysCovered(path)) {
      this.leaveOut(path, 'ignored file over the limit', stat.size);
      return;
    }
    const same = this.unchanged(path, stat, 'file');
    if (same) this.keep(same, stat.mode, ignored);
    else if (stat.size > largeBytes) this.large.push({ path, ignored });
    else this.take(path, ignored, () => readSmallFile(this.params.root, path, this.params.sink));
  }

  private unchanged(path: string, stat: Listed, type: Read['type']): ManifestEntry | null {
    const known = this.known(path);
    if (known?.type !== type || known.size !== stat.size || known.stamp !== stat.stamp) return null;
    const isSettled = stat.changedMs < this.settledBeforeMs;
    return isSettled && this.params.reusable(known.digest) ? known : null;
  }

  /** The same object where nothing is new: see manifest.ts. */
  private keep(known: ManifestEntry, mode: number, ignored: boolean): void {
    this.entries.push(known.mode === mode && known.ignored === ignored ? known : { ...known, mode, ignored });
  }

  private add(path: string, read: Read | null, ignored: boolean): void {
    if (!read) return; // gone, or no longer what lstat saw: the next walk tells
    const { type, mode, size, digest, stamp } = read;
    const known = this.known(path);
    // The same object where it is the same file, as in `keep`.
    const isKnown =
      known?.type === type &&
      known.mode === mode &&
      known.size === size &&
      known.digest === digest &&
      known.stamp === stamp &&
      known.ignored === ignored;
    this.entries.push(isKnown ? known : { path, type, mode, size, digest, stamp, ignored });
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
    else if (code === 'EACCES' || code === 'EPERM' || code === 'EIO') this.leaveOut(path, unreadable(code), null);
    else throw error;
  }

  private leaveOut(path: string, reason: string, bytes: number | null): void {
    this.notCovered.push({ path, reason, bytes });
  }
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

/** The covered folders, in the order of their paths. */
function foldersOf({ entries }: Manifest): string[] {
  return entries.flatMap(({ type, path }) => (type === 'directory' ? [path] : []));
}

function unreadable(code: string): string {
  return code === 'EACCES' || code === 'EPERM' ? 'not readable' : `not readable (${code})`;
}
