/**
 * Job: make the shadow: a repository of one commit without a history, which commands of the agent see in place of the user's.
 * Boundary: reads the run's store, writes one new folder. What may be in it the caller says; where it is shown is the sandbox's.
 * Rules: H2 its objects are the commit, its trees and its files, each in a pack of its own making: no alternate, no reference to
 *   another commit, no setting, hook or remote leads anywhere else. C1 nothing of the user's repository is read or written.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { breather, objectId } from './objects.ts';
import { gitIndex, type IndexFile, type IndexOwner, type IndexTree } from './gitIndex.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import { gitMode, treeContent, type TreeItem } from './manifestObjects.ts';
import { packedObjects, packOf, type ObjectType, type PackObject } from './pack.ts';
import { pathBytes } from './paths.ts';
import { startQuietGit } from './quietGit.ts';

export interface ShadowParams {
  /** Made whole or not at all; what stands there is replaced. */
  readonly folder: string;
  /** The tree of the commit, of which folders and what the caller leaves out are not taken. */
  readonly manifest: Manifest;
  readonly takes: (entry: ManifestEntry) => boolean;
  /** Texts in place of a file's content, by path. */
  readonly replaced: ReadonlyMap<string, string>;
  /** From the top of the repository to the workspace, with a slash at its end; '' where they are the same. */
  readonly way: string;
  readonly owner: IndexOwner;
  /** ms since the epoch, the commit's date */
  readonly at: number;
}

const branch = 'refs/heads/baseline';
const title = 'The folder as it was when the run began';
const who = 'Belay <belay@localhost>';

/** @param store the run's store, which has the files' content where git finds it. Rejects with what git or the disk says; then nothing is left. */
export async function makeShadow(store: string, params: ShadowParams): Promise<void> {
  const { folder, owner } = params;
  const breathe = breather();
  const { files, top, head, made, borrowed } = await contentOf(params, breathe);
  const half = `${folder}.half`;
  rmSync(half, { recursive: true, force: true });
  try {
    layOut(half, head);
    writeFileSync(`${half}/index`, await gitIndex(files, top, owner, breathe));
    await writePack(`${half}/objects/pack`, made);
    await copyObjects(store, `${half}/objects/pack`, borrowed);
    rmSync(folder, { recursive: true, force: true });
    renameSync(half, folder);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    throw error;
  }
}

interface Content {
  readonly files: readonly IndexFile[];
  readonly top: IndexTree;
  /** The commit. */
  readonly head: string;
  readonly made: readonly PackObject[];
  /** Ids of what the store has. */
  readonly borrowed: ReadonlySet<string>;
}

async function contentOf(
  { manifest, takes, replaced, way, at }: ShadowParams,
  breathe: () => Promise<void>,
): Promise<Content> {
  const made = new Map<string, PackObject>();
  const add: Add = (type, content) => {
    const id = objectId(type, content);
    made.set(id, { id, type, content });
    return id;
  };
  const files: IndexFile[] = [];
  const borrowed = new Set<string>();
  for (const entry of manifest.entries) {
    await breathe();
    if (entry.type === 'directory' || !takes(entry)) continue;
    const text = replaced.get(entry.path);
    const place = { path: pathBytes(way + entry.path), mode: gitMode(entry) };
    if (text === undefined) {
      files.push({ ...place, id: entry.digest, size: entry.size, stamp: entry.stamp });
      borrowed.add(entry.digest);
    } else files.push({ ...place, id: add('blob', Buffer.from(text)), size: 0, stamp: '' });
  }
  files.sort((a, b) => Buffer.compare(a.path, b.path));
  const top = await treeOf(files, { add, breathe });
  const when = `${who} ${String(Math.floor(at / 1000))} +0000`;
  const head = add('commit', Buffer.from(`tree ${top.id}\nauthor ${when}\ncommitter ${when}\n\n${title}\n`));
  for (const id of made.keys()) borrowed.delete(id);
  return { files, top, head, made: [...made.values()], borrowed };
}

/** Git takes a folder for a repository when it has HEAD, objects and refs. */
function layOut(folder: string, head: string): void {
  for (const below of ['objects/pack', 'refs/heads', 'info'])
    mkdirSync(`${folder}/${below}`, { recursive: true, mode: 0o700 });
  writeFileSync(`${folder}/config`, '[core]\n\trepositoryformatversion = 0\n\tbare = false\n[gc]\n\tauto = 0\n');
  writeFileSync(`${folder}/info/attributes`, '* -text -filter -ident -working-tree-encoding -eol\n'); // as in the run's store
  writeFileSync(`${folder}/${branch}`, `${head}\n`);
  writeFileSync(`${folder}/HEAD`, `ref: ${branch}\n`);
}

async function writePack(folder: string, objects: readonly PackObject[]): Promise<void> {
  const { name, pack, index } = packOf(await packedObjects(objects, breather()));
  writeFileSync(`${folder}/pack-${name}.pack`, Buffer.concat(pack));
  writeFileSync(`${folder}/pack-${name}.idx`, index);
}

/** As they are packed already, without looking for likenesses: a copy of bytes. */
async function copyObjects(store: string, folder: string, ids: ReadonlySet<string>): Promise<void> {
  if (ids.size === 0) return;
  const args = ['pack-objects', '-q', '--window=0', `${folder}/pack`];
  await startQuietGit(store, args, `${[...ids].join('\n')}\n`).done;
}

type Add = (type: ObjectType, content: Buffer) => string;

const slash = '/'.charCodeAt(0);

/** The tree of sorted files that have the same first bytes, those of their folder. */
async function treeOf(
  files: readonly IndexFile[],
  work: { readonly add: Add; readonly breathe: () => Promise<void> },
  name: Buffer = Buffer.alloc(0),
  from = 0,
): Promise<IndexTree> {
  await work.breathe();
  const items: TreeItem[] = [];
  const below: IndexTree[] = [];
  let done = 0;
  for (const [at, { path, mode, id }] of files.entries()) {
    if (at < done) continue; // in the folder before
    const end = path.indexOf(slash, from);
    if (end < 0) {
      items.push({ name: path.subarray(from), mode, id });
      continue;
    }
    const folder = path.subarray(0, end + 1);
    done = at + 1;
    while (files[done]?.path.subarray(0, folder.length).equals(folder) === true) done += 1;
    const tree = await treeOf(files.slice(at, done), work, path.subarray(from, end), end + 1);
    items.push({ name: tree.name, mode: '40000', id: tree.id });
    below.push(tree);
  }
  return { name, files: files.length, id: work.add('tree', treeContent(items)), below };
}
