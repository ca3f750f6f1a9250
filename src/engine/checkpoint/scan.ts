/**
 * Job: find out what stands in the workspace: one walk, lstat against the previous manifest, content read where it differs.
 * Boundary: reads the workspace; writes only through the sink. Never enters a `.git`, never runs git.
 * Rules: C2 raw bytes, modes, folders. C3 what is left out is listed: ignored folders, ignored files over the limit,
 *   sockets, pipes, devices, what can't be read. What the previous manifest covers stays covered, as what git tracks does,
 *   whatever rule comes later: a new ignore rule takes nothing out of the checkpoints (C5: `ignored` says so). An entry is taken over from the previous manifest only if its stamp and
 *   size agree and it was last changed clearly before that walk began (otherwise a write in the same tick would be missed).
 */
import { readdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { NotCovered } from '../../protocol/messages.ts';
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
import { emptyManifest, indexOf, type Manifest, type ManifestEntry } from './manifest.ts';
import { byPath, joined, onDisk, pathText } from './paths.ts';
import { excludeText, ruleFileText, type Tracked } from './repository.ts';

export interface ScanParams {
  readonly root: string;
  readonly previous: Manifest | null;
  /** Whether content of the previous manifest may be taken over: false where it is not in the store. */
  readonly reusable: (digest: string) => boolean;
  readonly sink: ContentSink;
  /** The resulting manifest's `stored`. */
  readonly stored: boolean;
  readonly rules: IgnoreRules;
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

/** Throws when the root itself can't be read; a problem with one path inside is listed in `notCovered`. */
export function scan(params: ScanParams): Promise<Manifest> {
  return new Scan(params).run();
}

class Scan {
  private readonly params: ScanParams;
  private readonly known: ReadonlyMap<string, ManifestEntry>;
  private readonly knownParents: ReadonlySet<string>;
  private readonly settledBeforeNs: bigint;
  private readonly entries: ManifestEntry[] = [];
  private readonly notCovered: NotCovered[] = [];
  private readonly repositories = new Map<string, string | null>();
  private readonly large: { readonly path: string; readonly ignored: boolean }[] = [];
  private readonly folders: Folder[] = [{ path: '', scope: [], trackedOnly: false }];

  constructor(params: ScanParams) {
    this.params = params;
    const previous = params.previous ?? emptyManifest;
    this.known = indexOf(previous).byPath;
    this.knownParents = indexOf(previous).parents;
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
    return {
      takenNs: String(this.params.nowNs),
      stored: this.params.stored,
      repositories: Object.fromEntries(this.repositories),
      entries: this.entries.sort(byPath),
      notCovered: this.notCovered.sort(byPath),
    };
  }

  /** Lists a folder's names and takes in its rule files. */
  private open(folder: Folder): { readonly folder: Folder; readonly path: string }[] {
    const { root, rules } = this.params;
    let names: string[];
    try {
      names = namesIn(onDisk(root, folder.path));
    } catch (error) {
      if (folder.path === '') throw error;
      if (codeOf(error) !== 'ENOENT') this.leaveOut(`${folder.path}/`, unreadable(error), null);
      return [];
    }
    const isRepository = names.includes('.git');
    const exclude = isRepository ? excludeText(root, folder.path) : undefined;
    if (isRepository) this.repositories.set(folder.path, exclude ?? null);
    const gitignore = names.includes('.gitignore')
      ? ruleFileText(onDisk(root, joined(folder.path, '.gitignore')))
      : undefined;
    const inside = { ...folder, scope: rules.enter(folder.scope, folder.path, ruleTexts(exclude, gitignore)) };
    return names.filter((name) => name !== '.git').map((name) => ({ folder: inside, path: joined(folder.path, name) }));
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
    this.entries.push({
      path,
      type: 'directory',
      mode: modeOf(stat),
      size: 0,
      digest: '',
      stamp: '',
      ignored: matched,
    });
    this.folders.push({ path, scope: folder.scope, trackedOnly: matched });
  }

  /** A file or link that an ignore rule does not take out: git tracks it, or the previous checkpoint covers it. */
  private staysCovered(path: string): boolean {
    const known = this.known.get(path);
    return this.params.tracked.files.has(path) || (known !== undefined && known.type !== 'directory');
  }

  private holdsCovered(folder: string): boolean {
    return this.params.tracked.folders.has(folder) || this.knownParents.has(folder);
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
    const known = this.known.get(path);
    if (known?.type !== type || known.stamp !== stampOf(stat) || BigInt(known.size) !== stat.size) return null;
    const settled = stat.mtimeNs < this.settledBeforeNs && stat.ctimeNs < this.settledBeforeNs;
    return settled && this.params.reusable(known.digest) ? known : null;
  }

  private add(path: string, read: Read | null, ignored: boolean): void {
    if (!read) return; // gone, or no longer what lstat saw: the next walk tells
    const { type, mode, size, digest, stamp } = read;
    this.entries.push({ path, type, mode, size, digest, stamp, ignored });
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
