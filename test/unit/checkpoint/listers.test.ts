/** Rules: C2, C3: folders that threads list ahead make the manifest that the walk alone makes, whatever happens to the threads. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Listers } from '../../../src/engine/checkpoint/listers.ts';
import { listedIn, listFolder } from '../../../src/engine/checkpoint/listing.ts';
import type { Manifest } from '../../../src/engine/checkpoint/manifest.ts';
import { openCheckpointStore, type CheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { limits } from '../../../src/run/limits.ts';
import { temporaryFolder } from './fixture.ts';

const script = join(import.meta.dirname, '../../../src/engine/checkpoint/listWorker.ts');
const folders = limits.foldersListedAhead + 60;
const folderAt = (at: number) => `part${String(at % 7)}/folder ${String(at)}`;

/** Many folders, and one of each kind of what is not simply a file. */
function tree(workspace: string): void {
  for (let at = 0; at < folders; at++) {
    mkdirSync(join(workspace, folderAt(at), 'empty'), { recursive: true });
    writeFileSync(join(workspace, folderAt(at), 'a.txt'), `content ${String(at)}\n`, {
      mode: at % 3 === 0 ? 0o600 : 0o755,
    });
  }
  const odd = join(workspace, folderAt(3));
  writeFileSync(Buffer.concat([Buffer.from(`${odd}/`), Buffer.from([0x66, 0xff, 0xfe])]), 'no text');
  writeFileSync(join(odd, 'line\nbreak ☃'), 'odd');
  symlinkSync('../folder 10', join(odd, 'link'));
  symlinkSync('nowhere', join(odd, 'dangling'));
  execFileSync('mkfifo', [join(odd, 'pipe')]);
  writeFileSync(join(workspace, '.gitignore'), 'out/\n*.log\n');
  mkdirSync(join(workspace, folderAt(5), 'out'));
  writeFileSync(join(workspace, folderAt(5), 'out', 'made'), 'made');
  writeFileSync(join(workspace, folderAt(6), 'x.log'), 'log');
}

/** One edit of each kind that a listing can be wrong about. */
function edit(workspace: string): void {
  const at = (n: number, ...names: string[]) => join(workspace, folderAt(n), ...names);
  writeFileSync(at(20, 'a.txt'), 'edited');
  writeFileSync(at(21, 'new'), 'new');
  rmSync(at(22), { recursive: true });
  rmSync(at(23), { recursive: true });
  writeFileSync(at(23), 'a file now');
  rmSync(at(24), { recursive: true });
  symlinkSync(at(25), at(24));
  renameSync(at(26), at(1000));
  mkdirSync(at(27, 'deep', 'er'), { recursive: true });
  writeFileSync(at(28, '.gitignore'), 'a.txt\n');
}

async function store(workspace: string, lister?: string): Promise<CheckpointStore> {
  const folder = join(temporaryFolder(), 'store.git');
  const opened = await openCheckpointStore({ folder, workspace, ...(lister !== undefined && { lister }) });
  onTestFinished(() => {
    opened.dispose();
  });
  return opened;
}

/** Without the times, which are each store's own. */
const content = ({ entries, notCovered, repositories }: Manifest) => ({ entries, notCovered, repositories });

async function alike(workspace: string, lister: string): Promise<void> {
  const [with_, without] = [await store(workspace, lister), await store(workspace)];
  let [seen, expected]: [Manifest | null, Manifest | null] = [null, null];
  for (const change of [tree, () => undefined, edit, () => undefined]) {
    change(workspace);
    [seen, expected] = [await with_.detect(seen), await without.detect(expected)];
    expect(content(seen)).toEqual(content(expected));
  }
  expect(expected?.entries.length).toBeGreaterThan(3 * folders);
}

it('C2, C3: what is listed ahead is what the walk sees, before and after every kind of edit', async () => {
  await alike(temporaryFolder(), script);
}, 30_000);

it('C2: threads that end cost the walk nothing of what it sees', async () => {
  const broken = join(temporaryFolder(), 'broken.mjs');
  writeFileSync(
    broken,
    "import { parentPort } from 'node:worker_threads'; parentPort.once('message', () => process.exit(1));",
  );
  await alike(temporaryFolder(), broken);
}, 30_000);

it('C2: a listing is of the folder that its parent holds, not of one that had its name, nor of what a link leads to', async () => {
  const root = temporaryFolder();
  const names = Array.from({ length: limits.foldersListedAhead }, (_, at) => `f${String(at)}`);
  for (const name of names) mkdirSync(join(root, name));
  writeFileSync(join(root, 'f1', 'inside'), '');
  rmSync(join(root, 'f2'), { recursive: true });
  symlinkSync('f1', join(root, 'f2'));
  utimesSync(join(root, 'f3'), 1, 1);
  const before = [...listedIn(listFolder(root, ''))];
  const marksOf = (name: string) => before.find((listed) => listed.name === name) ?? { mtimeMs: 0, ctimeMs: 0, ino: 0 };
  const listers = new Listers(script);
  onTestFinished(() => {
    listers.dispose();
  });
  writeFileSync(join(root, 'f3', 'later'), ''); // after its parent was listed
  const ahead = listers.list(root, names);
  const listing = await ahead.listingOf('f1', marksOf('f1'));
  expect(listing && [...listedIn(listing)]).toMatchObject([{ name: 'inside', type: 'file' }]);
  expect(await ahead.listingOf('f2', marksOf('f2'))).toBeNull();
  expect(await ahead.listingOf('f3', marksOf('f3'))).toBeNull();
  expect(await ahead.listingOf('not asked for', marksOf('not asked for'))).toBeNull();
});
