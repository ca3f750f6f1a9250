/**
 * Job: keep a manifest as objects of the store, and read it again.
 * Boundary: through the object store; the text of a page is pages.ts's.
 * Rules: C2 `files` is what git's own tools can read; `manifest` has what a git tree does not hold. C7 all of it hangs on the
 *   commit, so that nobody's gc takes it for garbage.
 *
 * The tree of a commit: `files`, the workspace as git has it (without empty folders); `manifest`, for each folder a tree of
 * `page` (a blob) and one such tree `d<name>` for each subfolder; `beside`, a blob with what is not covered. A folder in which
 * nothing changed is the same object, so that a step adds only what is above its changes, however large the workspace is.
 */
import {
  childrenOf,
  eachDifference,
  entriesIn,
  entryAt,
  ManifestDamaged,
  sameEntry,
  type Manifest,
  type ManifestEntry,
} from './manifest.ts';
import type { ObjectStore } from './objects.ts';
import { besideText, pageLine, parseBeside, parsePage } from './pages.ts';
import { ancestorsOf, byPath, joined, nameOf, pathBytes, pathText } from './paths.ts';

export interface TreeItem {
  readonly name: Buffer;
  readonly mode: string;
  readonly id: string;
}

interface FolderIds {
  /** The folder's tree below `manifest`. */
  readonly page: string;
  /** Its tree below `files`; null: git has none for a folder without files. undefined: not known. */
  readonly files: string | null | undefined;
}

export interface CommitParams {
  /** A manifest that shares entries with the new one; null where there is none. */
  readonly previous: Manifest | null;
  readonly parent: string | null;
  readonly title: string;
  /** ms since the epoch. */
  readonly at: number;
}

export class ManifestObjects {
  private readonly objects: ObjectStore;
  /** The objects of each folder of the manifests that were written or read here. */
  private readonly known = new WeakMap<Manifest, ReadonlyMap<string, FolderIds>>();

  constructor(objects: ObjectStore) {
    this.objects = objects;
  }

  /** The commit of a manifest, and its tree of files. Both are pending in the store until it is synced. */
  commit(manifest: Manifest, { previous, parent, title, at }: CommitParams): { commit: string; files: string } {
    const ids = this.idsToKeep(manifest, previous);
    const { page, files } = this.folder(manifest, '', ids);
    this.known.set(manifest, ids);
    const workspace = files ?? this.objects.add('tree', Buffer.alloc(0));
    const beside = this.objects.add('blob', Buffer.from(besideText(manifest)));
    const tree = this.tree([
      { name: Buffer.from('beside'), mode: '100644', id: beside },
      { name: Buffer.from('files'), mode: '40000', id: workspace },
      { name: Buffer.from('manifest'), mode: '40000', id: page },
    ]);
    const who = `Belay <belay@localhost> ${String(Math.floor(at / 1000))} +0000`;
    const head = [
      `tree ${tree}`,
      ...(parent === null ? [] : [`parent ${parent}`]),
      `author ${who}`,
      `committer ${who}`,
    ];
    const words = title.replaceAll('\0', '').toWellFormed();
    const message = `${words}\n\nBelay-Walk: ${manifest.takenNs}\n`;
    return { commit: this.objects.add('commit', Buffer.from(`${head.join('\n')}\n\n${message}`)), files: workspace };
  }

  /**
   * Reads the manifest of a commit; null where it is of a time before commits held one.
   * @param near a manifest that resembles it: what they share is not read.
   * Throws ManifestDamaged.
   */
  async read(commit: string, near: Manifest | null): Promise<Manifest | null> {
    const content = await this.objects.read(commit, 'commit');
    const takenNs = /\nBelay-Walk: (\d+)\n$/.exec(content.toString('latin1'))?.[1];
    const root = treeOfCommit(content);
    if (takenNs === undefined || root === null) return null;
    const parts = new Map((await this.items(root)).map(({ name, id }) => [name.toString('latin1'), id]));
    const [page, beside] = [parts.get('manifest'), parts.get('beside')];
    if (page === undefined || beside === undefined) throw new ManifestDamaged(`the commit ${commit} has no manifest`);
    const into: Reading = { near: near && { manifest: near, ids: this.known.get(near) }, ids: new Map(), entries: [] };
    await this.readFolder('', page, into);
    const { repositories, notCovered } = parseBeside(await this.text(beside));
    const manifest = { takenNs, stored: true, repositories, entries: into.entries.sort(byPath), notCovered };
    this.known.set(manifest, into.ids);
    return manifest;
  }

  private async readFolder(path: string, page: string, into: Reading): Promise<void> {
    const { near, ids, entries } = into;
    const there = near?.ids?.get(path);
    if (near && there?.page === page) {
      takeOver(path, near, into);
      return;
    }
    ids.set(path, { page, files: undefined });
    for (const { name, id } of await this.items(page)) {
      const text = name.toString('latin1');
      if (text === 'page') {
        const found = parsePage(await this.text(id), path);
        entries.push(...(near ? found.map((entry) => sameObject(entry, near.manifest)) : found));
      } else await this.readFolder(joined(path, pathText(name.subarray(1))), id, into);
    }
  }

  private idsToKeep(manifest: Manifest, previous: Manifest | null): Map<string, FolderIds> {
    const known = previous && this.known.get(previous);
    const ids = new Map(known ?? []);
    if (!previous || !known) return ids;
    eachDifference(previous, manifest, (before, after) => {
      const path = (before ?? after)?.path ?? '';
      for (const folder of ['', ...ancestorsOf(path), path]) ids.delete(folder);
    });
    return ids;
  }

  private folder(manifest: Manifest, path: string, ids: Map<string, FolderIds>): Required<FolderIds> {
    const known = ids.get(path);
    if (known?.files !== undefined) return known;
    const files: TreeItem[] = [];
    const pages: TreeItem[] = [];
    const lines: string[] = [];
    for (const child of childrenOf(manifest, path)) {
      const name = pathBytes(nameOf(child.path));
      lines.push(`${pageLine(child)}\n`);
      if (child.type !== 'directory') files.push({ name, mode: gitMode(child), id: child.digest });
      else {
        const below = this.folder(manifest, child.path, ids);
        if (typeof below.files === 'string') files.push({ name, mode: '40000', id: below.files });
        pages.push({ name: Buffer.concat([Buffer.from('d'), name]), mode: '40000', id: below.page });
      }
    }
    const text = this.objects.add('blob', Buffer.from(lines.join('')));
    const page = this.tree([...pages, { name: Buffer.from('page'), mode: '100644', id: text }]);
    const own = { page, files: files.length === 0 ? null : this.tree(files) };
    ids.set(path, own);
    return own;
  }

  private tree(items: TreeItem[]): string {
    return this.objects.add('tree', treeContent(items));
  }

  private async items(tree: string): Promise<TreeItem[]> {
    return treeItems(await this.objects.read(tree, 'tree'));
  }

  private async text(blob: string): Promise<string> {
    return (await this.objects.read(blob, 'blob')).toString('utf8');
  }
}

interface Near {
  readonly manifest: Manifest;
  readonly ids: ReadonlyMap<string, FolderIds> | undefined;
}

interface Reading {
  readonly near: Near | null;
  readonly ids: Map<string, FolderIds>;
  readonly entries: ManifestEntry[];
}

/** All that the other manifest has in a folder. */
function takeOver(path: string, { manifest, ids }: Near, into: Reading): void {
  const entries = entriesIn(manifest, path);
  const folders = entries.filter(({ type }) => type === 'directory').map((entry) => entry.path);
  for (const folder of [path, ...folders]) {
    const known = ids?.get(folder);
    if (known) into.ids.set(folder, known);
  }
  for (const entry of entries) into.entries.push(entry);
}

/** The other manifest's object where it says the same: see manifest.ts. */
function sameObject(entry: ManifestEntry, near: Manifest): ManifestEntry {
  const there = entryAt(near, entry.path);
  const { stamp, size, ignored } = entry;
  const isSame = sameEntry(there, entry) && there?.stamp === stamp && there.size === size && there.ignored === ignored;
  return isSame ? there : entry;
}

/** The tree that a commit names; null when this is no commit. */
export function treeOfCommit(content: Buffer): string | null {
  return /^tree ([0-9a-f]{40})\n/.exec(content.toString('latin1', 0, 46))?.[1] ?? null;
}

export function gitMode(entry: Pick<ManifestEntry, 'type' | 'mode'>): string {
  if (entry.type === 'symlink') return '120000';
  return (entry.mode & 0o100) === 0 ? '100644' : '100755';
}

/** Git orders a tree by the bytes of the names, a folder's as if it ended with `/`. */
export function treeContent(items: readonly TreeItem[]): Buffer {
  const sortKey = ({ name, mode }: TreeItem) => (mode === '40000' ? Buffer.concat([name, Buffer.from('/')]) : name);
  const sorted = items.map((item) => ({ item, key: sortKey(item) })).sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    sorted.flatMap(({ item }) => [
      Buffer.from(`${item.mode} `),
      item.name,
      Buffer.from([0]),
      Buffer.from(item.id, 'hex'),
    ]),
  );
}

/** The inverse of `treeContent`. */
function treeItems(content: Buffer): TreeItem[] {
  const items: TreeItem[] = [];
  for (let at = 0; at < content.length;) {
    const [space, end] = [content.indexOf(32, at), content.indexOf(0, at)];
    const mode = content.toString('latin1', at, space);
    items.push({ mode, name: content.subarray(space + 1, end), id: content.toString('hex', end + 1, end + 21) });
    at = end + 21;
  }
  return items;
}
