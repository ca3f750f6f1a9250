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
import {
  codeOf,
  ContentMoved,
  isStampOf,
  largeBytes,
  lstatOf,
  readFile,
  readLink,
  readSmallFile,
  type ContentSink,
  type Read,
} from './content.ts';
import { ruleTexts, type IgnoreRules, type IgnoreScope } from './ignoreRules.ts';
import type { Folder, LastWalk, WalkedFolder } from './lastWalk.ts';
import type { Listers, ListingsAhead } from './listers.ts';
import { listedIn, listFolder, lookAt, namesOf, type Listed, type Listing } from './listing.ts';
import {
  childrenOf,
  emptyManifest,
  entriesIn,
  entryAt,
  holdsEntries,
  type Manifest,
  type ManifestEntry,
} from './manifest.ts';
import { breather } from './objects.ts';
import { byPath, inOrder, joined, onDisk } from './paths.ts';
import { excludeText, ruleFileText, type Tracked } from './repository.ts';
import { lookedAt, ToldPaths } from './toldPaths.ts';

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
  /** Of the walks before; those that are told paths pass it by. */
  readonly lastWalk: LastWalk;
}

/** File systems round times by up to two seconds (FAT); what changed later than this before a walk is read again. */
const racyMs = 2_000;

interface Opened {
  readonly inside: Folder;
  readonly listing: Listing;
}

/** What is found out about a folder while it is looked at. */
interface Looking {
  /** All in it was taken over, without a question that its own entries don't answer. */
  isAsItWas: boolean;
  /** It made a difference what git tracks. */
  asksTracked: boolean;
}

/** Throws when the root itself can't be read; a problem with one path inside is listed in `notCovered`. */
export function scan(params: ScanParams): Promise<Manifest> {
  return new Scan(params).run();
}

class Scan {
  private readonly params: ScanParams;
  private readonly previous: Manifest;
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
  private readonly breathe = breather();
  /** Of a whole walk: the folders that it came to. */
  private readonly walked = new Set<string>();
  /** Of a whole walk: the previous entries of the folders that were looked at, in place of which stands what was found there. */
  private readonly replaced: ManifestEntry[] = [];
  /** Of a whole walk: the previous entries of the folder that is looked at. */
  private children: ReadonlyMap<string, ManifestEntry> | null = null;
  private here: Looking = { isAsItWas: true, asksTracked: false };

  constructor(params: ScanParams) {
    this.params = params;
    const previous = params.previous ?? emptyManifest;
    this.previous = previous;
    const marks = { mtimeMs: 0, ctimeMs: 0, ino: 0 };
    this.folders = [{ path: '', marks, scope: params.above, trackedOnly: false }];
    this.told = params.told && params.previous ? new ToldPaths(params.told) : null;
    this.ahead = this.told ? null : (params.listers?.list(params.root, foldersOf(previous)) ?? null);
    this.settledBeforeMs = Number(previous.takenNs) / 1e6 - racyMs;
  }

  async run(): Promise<Manifest> {
    if (!this.told) this.params.lastWalk.begin(this.previous);
    for (let folder = this.folders.pop(); folder; folder = this.folders.pop()) {
      const opened = this.open(folder, await this.listedAhead(folder));
      const known = opened && this.recalled(opened);
      if (known) this.takeOver(known);
      else await this.lookInto(folder.path, opened);
      await this.breathe();
      append(this.folders, this.below.splice(0).reverse()); // in the order of their paths, as they are listed ahead
    }
    this.children = null;
    for (const { path, ignored } of this.large) {
      try {
        this.add(path, await readFile(this.params.root, path, this.params.sink), ignored);
      } catch (error) {
        this.notRead(path, error);
      }
    }
    const found = this.entries.sort(byPath);
    if (this.told) return lookedAt(this.previous, this.told, this.manifestOf(found));
    const manifest = this.manifestOf(inOrder(this.stillThere(), found));
    this.params.lastWalk.end(manifest);
    return manifest;
  }

  private listedAhead({ path, marks }: Folder): Listing | null | Promise<Listing | null> {
    return this.ahead?.listingOf(path, marks) ?? null;
  }

  /** What came of the folder in the last walk, where nothing is new and its content may be taken over. */
  private recalled({ inside, listing }: Opened): WalkedFolder | null {
    const { stored, tracked, lastWalk } = this.params;
    if (this.told || (stored && !this.previous.stored)) return null;
    return lastWalk.recall(inside, listing, tracked, this.settledBeforeMs);
  }

  private takeOver({ inside, below, notCovered }: WalkedFolder): void {
    this.walked.add(inside.path);
    append(this.below, below);
    append(this.notCovered, notCovered);
  }

  /** @param opened null: it could not be, and holds nothing */
  private async lookInto(path: string, opened: Opened | null): Promise<void> {
    if (!this.told) {
      const children = [...childrenOf(this.previous, path)];
      this.walked.add(path);
      append(this.replaced, children);
      this.children = new Map(children.map((entry) => [entry.path, entry]));
      this.params.lastWalk.forget(path);
    }
    if (!opened) return;
    this.here = { isAsItWas: true, asksTracked: false };
    const listed = this.notCovered.length;
    for (const found of listedIn(opened.listing)) {
      if (found.name !== '.git') this.look(opened.inside, joined(path, found.name), found);
      await this.breathe();
      const room = this.params.sink.room();
      if (room) await room;
    }
    if (this.told || !this.here.isAsItWas) return;
    const tracked = this.here.asksTracked ? this.params.tracked : null;
    this.params.lastWalk.remember({
      ...opened,
      below: [...this.below],
      notCovered: this.notCovered.slice(listed),
      tracked,
    });
  }

  private manifestOf(entries: readonly ManifestEntry[]): Manifest {
    return {
      takenNs: String(this.params.nowNs),
      stored: this.params.stored,
      repositories: Object.fromEntries(this.repositories),
      entries,
      notCovered: this.notCovered.sort(byPath),
    };
  }

  /** The previous entries of the folders that were not looked at, without those that the walk did not come to. */
  private stillThere(): readonly ManifestEntry[] {
    if (this.replaced.length === 0) return this.previous.entries;
    const gone = new Set(this.replaced);
    for (const { type, path } of this.replaced) {
      if (type !== 'directory' || this.walked.has(path)) continue;
      this.params.lastWalk.forget(path);
      for (const entry of entriesIn(this.previous, path)) {
        gone.add(entry);
        this.params.lastWalk.forget(entry.path);
      }
    }
    return this.previous.entries.filter((entry) => !gone.has(entry));
  }

  /** What is to be looked at in a folder, and the rules that hold there; null where it can't be listed. */
  private open(folder: Folder, ahead: Listing | null): Opened | null {
    const { root, rules } = this.params;
    try {
      const told = this.told?.namesIn.get(folder.path) ?? [];
      const listing = this.told ? lookAt(root, folder.path, [...told]) : (ahead ?? listFolder(root, folder.path));
      const names = this.told ? this.toldNames(this.told, folder.path) : ownNames(listing);
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
    else {
      if (stat.type === 'unreadable') this.here.isAsItWas = false;
      this.leaveOut(path, stat.type === 'unreadable' ? unreadable(stat.error) : stat.type, null);
    }
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
      this.below.push({ path, marks: stat, scope: folder.scope, trackedOnly: matched });
  }

  /** A file or link that an ignore rule does not take out: git tracks it, or the previous checkpoint covers it. */
  private staysCovered(path: string): boolean {
    const known = this.known(path);
    this.here.asksTracked = true;
    return this.params.tracked.files.has(path) || (known !== null && known.type !== 'directory');
  }

  private holdsCovered(folder: string): boolean {
    this.here.asksTracked = true;
    if (this.params.tracked.folders.has(folder)) return true;
    const isHeld = holdsEntries(this.previous, folder);
    if (isHeld) this.here.isAsItWas = false; // it may be gone after this walk
    return isHeld;
  }

  private known(path: string): ManifestEntry | null {
    return this.children ? (this.children.get(path) ?? null) : entryAt(this.previous, path);
  }

  private lookAtLink(path: string, stat: Listed, ignored: boolean): void {
    const same = this.unchanged(path, stat, 'symlink');
    if (same) this.keep(same, same.mode, ignored);
    else this.take(path, ignored, () => readLink(this.params.root, path, this.params.sink));
  }

  private lookAtFile(path: string, stat: Listed, ignored: boolean): void {
    const over = stat.size > this.params.coveredIgnoredFileBytes;
    if (ignored && over && !this.staysCovered(path)) {
      this.leaveOut(path, 'ignored file over the limit', stat.size);
      return;
    }
    const same = this.unchanged(path, stat, 'file');
    if (same) this.keep(same, stat.mode, ignored);
    else if (stat.size > largeBytes) this.postpone(path, ignored);
    else this.take(path, ignored, () => readSmallFile(this.params.root, path, this.params.sink));
  }

  private unchanged(path: string, stat: Listed, type: Read['type']): ManifestEntry | null {
    const known = this.known(path);
    if (known?.type !== type || known.size !== stat.size || !isStampOf(known.stamp, stat)) return null;
    const isSettled = Math.max(stat.mtimeMs, stat.ctimeMs) < this.settledBeforeMs;
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

  private postpone(path: string, ignored: boolean): void {
    this.here.isAsItWas = false;
    this.large.push({ path, ignored });
  }

  private take(path: string, ignored: boolean, read: () => Read | null): void {
    this.here.isAsItWas = false;
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

/** The covered folders, in the order of their paths. */
function foldersOf({ entries }: Manifest): string[] {
  return entries.filter(({ type }) => type === 'directory').map(({ path }) => path);
}

/** One by one: a folder may hold more names than a call takes arguments. */
function append<T>(to: T[], items: readonly T[]): void {
  for (const item of items) to.push(item);
}

/** Of those names that say what is covered, and others; none where none of them is there. */
function ownNames(listing: Listing): readonly string[] {
  return listing.names.includes('.git') ? namesOf(listing) : [];
}

function unreadable(code: string): string {
  return code === 'EACCES' || code === 'EPERM' ? 'not readable' : `not readable (${code})`;
}
