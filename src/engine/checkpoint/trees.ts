/**
 * Job: git trees and commits from a manifest, in process.
 * Boundary: writes through the object store; a folder without files has no tree (git has none either; the manifest has it).
 */
import type { ObjectStore } from './objects.ts';
import { changesBetween, type Manifest, type ManifestEntry } from './manifest.ts';
import { ancestorsOf, nameOf, parentOf, pathBytes } from './paths.ts';

interface TreeItem {
  readonly name: Buffer;
  readonly mode: string;
  readonly id: string;
}

/** Remembers the tree of each folder of the last manifest, so that a step writes only what is above its changes. */
export class TreeWriter {
  private readonly objects: ObjectStore;
  private lastManifest: Manifest | null = null;
  private lastTrees = new Map<string, string | null>();

  constructor(objects: ObjectStore) {
    this.objects = objects;
  }

  /** The id of the root tree; its objects are pending in the store. */
  write(manifest: Manifest, previous: Manifest | null): string {
    const trees = this.treesToKeep(manifest, previous);
    const children = new Map<string, ManifestEntry[]>();
    for (const entry of manifest.entries) {
      const parent = parentOf(entry.path);
      if (trees.has(parent)) continue;
      const list = children.get(parent);
      if (list) list.push(entry);
      else children.set(parent, [entry]);
    }
    const root = this.folder('', children, trees) ?? this.objects.add('tree', Buffer.alloc(0));
    this.lastManifest = manifest;
    this.lastTrees = trees;
    return root;
  }

  private treesToKeep(manifest: Manifest, previous: Manifest | null): Map<string, string | null> {
    if (previous === null || previous !== this.lastManifest) return new Map();
    const trees = new Map(this.lastTrees);
    trees.delete('');
    for (const { path } of changesBetween(previous, manifest)) {
      const plain = path.endsWith('/') ? path.slice(0, -1) : path;
      for (const folder of ancestorsOf(plain)) trees.delete(folder);
      trees.delete(plain);
    }
    return trees;
  }

  private folder(
    path: string,
    children: ReadonlyMap<string, readonly ManifestEntry[]>,
    trees: Map<string, string | null>,
  ): string | null {
    const known = trees.get(path);
    if (known !== undefined) return known;
    const items: TreeItem[] = [];
    for (const child of children.get(path) ?? []) {
      const id = child.type === 'directory' ? this.folder(child.path, children, trees) : child.digest;
      if (id !== null) items.push({ name: pathBytes(nameOf(child.path)), mode: gitMode(child), id });
    }
    const tree = items.length === 0 ? null : this.objects.add('tree', treeContent(items));
    trees.set(path, tree);
    return tree;
  }
}

export interface CommitParams {
  readonly tree: string;
  readonly parent: string | null;
  readonly title: string;
  /** ms since the epoch. */
  readonly at: number;
}

export function commitContent({ tree, parent, title, at }: CommitParams): Buffer {
  const who = `Belay <belay@localhost> ${String(Math.floor(at / 1000))} +0000`;
  const lines = [`tree ${tree}`, ...(parent === null ? [] : [`parent ${parent}`]), `author ${who}`, `committer ${who}`];
  return Buffer.from(`${lines.join('\n')}\n\n${title.replaceAll('\0', '').toWellFormed()}\n`);
}

/** The tree that a commit names; null when this is no commit. */
export function treeOfCommit(content: Buffer): string | null {
  return /^tree ([0-9a-f]{40})\n/.exec(content.toString('latin1', 0, 46))?.[1] ?? null;
}

function gitMode(entry: ManifestEntry): string {
  if (entry.type === 'directory') return '40000';
  if (entry.type === 'symlink') return '120000';
  return (entry.mode & 0o100) === 0 ? '100644' : '100755';
}

/** Git orders a tree by the bytes of the names, a folder's as if it ended with `/`. */
function treeContent(items: TreeItem[]): Buffer {
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
