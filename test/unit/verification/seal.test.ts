/** Job: the seal tells every way in which held-out cases are within the agent's reach, and nothing of the cases. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sealSuites, type SealReport, type SealRequest } from '../../../src/engine/verification/seal.ts';
import { loadSuite } from '../../../src/engine/verification/suite.ts';

vi.setConfig({ testTimeout: 60_000 });

let root: string;
let workspace: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belay-seal-'));
  workspace = join(root, 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(root, 'heldOut.jsonl'), linesOf('h', 4));
  writeFileSync(join(workspace, 'visible.jsonl'), linesOf('v', 3));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function linesOf(prefix: string, count: number, tail = '\n'): string {
  return [...Array(count).keys()]
    .map((i) =>
      JSON.stringify({
        id: `${prefix}${String(i)}`,
        tags: [`tag${String(i % 2)}`],
        stdin: `in ${prefix}${String(i)}`,
        expect: { stdout: `out-${prefix}` },
      }),
    )
    .join(tail);
}

function seal(change: Partial<SealRequest> = {}): Promise<SealReport> {
  return sealSuites({
    workspace,
    visibleFolder: join(root, 'run/suites'),
    heldOutFolder: join(root, 'run/heldOut'),
    suites: { visible: join(workspace, 'visible.jsonl'), heldOut: join(root, 'heldOut.jsonl') },
    toolchains: [],
    ...change,
  });
}

const git = (...args: string[]) =>
  execFileSync('git', ['-C', workspace, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    env: { PATH: process.env['PATH'], HOME: root },
    encoding: 'utf8',
  });

/** What a folder holds, names and bytes, as one digest. */
function digestOfFolder(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    hash.update(path);
    if (entry.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

describe('sealSuites', () => {
  it('H2: copies the held-out cases where only the owner reads them, with counts and digests', async () => {
    const report = await seal();
    expect(report).toMatchObject({ visibleTotal: 3, heldOutTotal: 4, visibleTags: ['tag0', 'tag1'], reasons: [] });
    expect(Object.keys(report.digests)).toEqual(['suite:visible', 'suite:heldOut']);
    expect(statSync(report.heldOut?.file ?? '').mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'run/heldOut')).mode & 0o777).toBe(0o700);
    expect(readFileSync(report.heldOut?.file ?? '', 'utf8').split('\n').length).toBe(5);
  });

  it('H1: the report holds no id, input or output of a case', async () => {
    expect(JSON.stringify(await seal())).not.toMatch(/"[hv]\d"|in [hv]\d|out-[hv]/);
  });

  it('keeps what the cases of a suite share as it is now, so that the agent changes none of it', async () => {
    mkdirSync(join(workspace, 'tests'));
    writeFileSync(join(workspace, 'tests/weeks.sh'), 'exit 1\n', { mode: 0o755 });
    const visible = join(workspace, 'suite.json');
    writeFileSync(
      visible,
      `{\n  "files": ["tests"],\n  "cases": [{ "id": "a", "command": "sh tests/weeks.sh", "expect": { "exit": 0 } }]\n}`,
    );
    const report = await seal({ suites: { visible } });
    writeFileSync(join(workspace, 'tests/weeks.sh'), 'exit 0\n');
    const kept = loadSuite(report.visible.file);
    expect(kept).toMatchObject({ report: null, cases: [{ id: 'a', command: 'sh tests/weeks.sh' }] });
    expect(readFileSync(join(kept.shared ?? '', 'tests/weeks.sh'), 'utf8')).toBe('exit 1\n');
    expect(report).toMatchObject({ visibleTotal: 1, reasons: [] });
    expect(Object.keys(report.digests)).toEqual(['suite:visible', 'suite:visible:files']);
  });

  it('H2: held-out commands and a held-out report count as not sealed, cases do not', async () => {
    const heldOut = join(root, 'suite.json');
    const suites = { visible: join(workspace, 'visible.jsonl'), heldOut };
    writeFileSync(heldOut, '{"junit": {"command": "make report", "report": "r.xml", "cases": 7}}');
    const report = await seal({ suites });
    expect(report).toMatchObject({ heldOutTotal: 7 });
    expect(report.reasons).toEqual([expect.stringContaining('held-out cases are commands')]);
    expect(loadSuite(report.heldOut?.file ?? '').report).toMatchObject({ cases: 7, seconds: 600 });
    writeFileSync(heldOut, '{"cases": [{"id": "c", "command": "true", "expect": {"exit": 0}}]}');
    expect((await seal({ suites })).reasons).toHaveLength(1);
    writeFileSync(heldOut, '{"cases": [{"id": "c", "args": ["x"], "expect": {"exit": 0}}]}');
    expect((await seal({ suites })).reasons).toEqual([]);
  });

  it('refuses to split what shares files, and files that are not there', async () => {
    const file = join(root, 'suite.json');
    writeFileSync(file, '{"files": ["gone"], "cases": [{"id": "c", "args": ["x"], "expect": {"exit": 0}}]}');
    await expect(seal({ suites: { split: { file, heldOutShare: 0.5 } } })).rejects.toThrow("can't be split");
    await expect(seal({ suites: { visible: file } })).rejects.toThrow(/could not be copied: ENOENT.*gone/);
    expect(existsSync(join(root, 'run/suites/files'))).toBe(false);
  });

  it('H2: splits one file outside the workspace', async () => {
    const report = await seal({ suites: { split: { file: join(root, 'heldOut.jsonl'), heldOutShare: 0.5 } } });
    expect(report).toMatchObject({ visibleTotal: 2, heldOutTotal: 2, reasons: [] });
  });

  it('H2: names a file in the workspace, a copy, a hard link, and one where toolchains are', async () => {
    copyFileSync(join(root, 'heldOut.jsonl'), join(workspace, 'copied.txt'));
    mkdirSync(join(workspace, 'deep/er'), { recursive: true });
    linkSync(join(root, 'heldOut.jsonl'), join(workspace, 'deep/er/linked'));
    const toolchain = join(root, 'tools');
    mkdirSync(toolchain);
    copyFileSync(join(root, 'heldOut.jsonl'), join(toolchain, 'h'));
    expect([...(await seal({ toolchains: [toolchain] })).reasons].sort()).toEqual([
      `copied.txt in ${workspace} is a copy of the held-out cases`,
      `deep/er/linked in ${workspace} is a copy of the held-out cases`,
      `h in ${toolchain} is a copy of the held-out cases`,
    ]);
    const within = await seal({
      suites: { visible: join(workspace, 'visible.jsonl'), heldOut: join(workspace, 'copied.txt') },
    });
    expect(within.reasons).toContain(
      `the file of the held-out cases lies in ${workspace}, where the agent's commands can read it`,
    );
  });

  it.each([['sha1'], ['sha256']])(
    'H2: finds a blob of them in the history of the workspace (%s), and changes nothing there',
    async (format) => {
      git('init', '-q', `--object-format=${format}`);
      git('add', '.');
      git('commit', '-qm', 'one');
      expect((await seal()).reasons).toEqual([]);
      copyFileSync(join(root, 'heldOut.jsonl'), join(workspace, 'h'));
      git('add', 'h');
      git('commit', '-qm', 'two');
      git('rm', '-q', 'h');
      git('commit', '-qm', 'three');
      const before = digestOfFolder(join(workspace, '.git'));
      expect((await seal()).reasons).toEqual([
        "the held-out cases are in the history of the workspace's git repository",
      ]);
      expect(digestOfFolder(join(workspace, '.git'))).toBe(before);
    },
  );

  it('H2: finds some of the cases in another file, but no visible one and none that is only like them', async () => {
    const long = (prefix: string) => linesOf(prefix, 8).replaceAll('in ', 'a long enough input of ');
    writeFileSync(join(root, 'heldOut.jsonl'), long('h'));
    writeFileSync(join(workspace, 'notes.txt'), long('other'));
    expect((await seal()).reasons).toEqual([]);
    writeFileSync(join(workspace, 'notes.txt'), `as I remember\n${long('h').split('\n')[5] ?? ''}\n`);
    expect((await seal()).reasons).toEqual([`${join(workspace, 'notes.txt')} holds held-out cases`]);
  });

  it('H2: finds a case whose line is short, and one among hundreds', async () => {
    const short = (count: number) => [...Array(count).keys()].map((i) => `{"id":"s${String(i)}","expect":{"exit":0}}`);
    writeFileSync(join(root, 'heldOut.jsonl'), `${short(700).join('\n')}\n`);
    expect((await seal()).reasons).toEqual([]);
    writeFileSync(join(workspace, 'notes.txt'), `${short(700)[333] ?? ''}\n`);
    expect((await seal()).reasons).toEqual([`${join(workspace, 'notes.txt')} holds held-out cases`]);
  });

  it('H2: finds an earlier version of the file in the history, on no branch either, but not what is only as long', async () => {
    git('init', '-q');
    writeFileSync(join(workspace, 'h'), linesOf('other', 4));
    git('add', '.');
    git('commit', '-qm', 'one');
    expect((await seal()).reasons).toEqual([]);
    writeFileSync(join(workspace, 'h'), linesOf('h', 3));
    git('add', 'h');
    git('commit', '-q', '--amend', '-m', 'one');
    writeFileSync(join(workspace, 'h'), '');
    git('add', 'h');
    git('commit', '-q', '--amend', '-m', 'one');
    expect((await seal()).reasons).toEqual(["the history of the workspace's git repository holds held-out cases"]);
  });

  it('H2: says where it did not search, and that it did not where there was nothing to search for', async () => {
    expect((await seal()).notSearched).toEqual(['the rest of /usr for single held-out cases']);
    writeFileSync(join(root, 'heldOut.jsonl'), '{"junit": {"command": "make report", "report": "r.xml", "cases": 7}}');
    expect((await seal()).notSearched).toEqual(['anything for single held-out cases']);
  });

  it.skipIf(process.getuid?.() === 0)(
    'H2: a file that its owner can open, and we could not read, speaks against the seal',
    async () => {
      writeFileSync(join(workspace, 'closed'), linesOf('h', 2), { mode: 0 });
      expect((await seal()).reasons).toEqual([
        `${join(workspace, 'closed')} can't be read, so it was not searched for them`,
      ]);
    },
  );

  it('H2: finds them where the repository stores other line ends', async () => {
    writeFileSync(join(root, 'heldOut.jsonl'), linesOf('h', 4, '\r\n'));
    git('init', '-q');
    git('config', 'core.autocrlf', 'true');
    copyFileSync(join(root, 'heldOut.jsonl'), join(workspace, 'h'));
    git('add', 'h');
    git('commit', '-qm', 'one');
    rmSync(join(workspace, 'h'));
    expect((await seal()).reasons).toEqual(["the held-out cases are in the history of the workspace's git repository"]);
  });

  it('H2: a repository that cannot be asked is a reason, not a pass', async () => {
    git('init', '-q');
    writeFileSync(join(workspace, '.git/config'), 'this is [no config\n');
    expect((await seal()).reasons).toEqual([expect.stringContaining('could not be searched')]);
  });

  it('H2: refuses a suite that is missing, malformed, empty on one side, or a copy of the visible one; nothing is written', async () => {
    const visible = join(workspace, 'visible.jsonl');
    const bad = join(root, 'bad.jsonl');
    writeFileSync(bad, '{"id":"a","expect":{}}\n');
    await expect(seal({ suites: { visible, heldOut: join(root, 'none') } })).rejects.toThrow('none could not be read');
    await expect(seal({ suites: { visible, heldOut: bad } })).rejects.toThrow('bad.jsonl:1: expect: expects nothing');
    writeFileSync(bad, linesOf('v', 1));
    await expect(seal({ suites: { split: { file: bad, heldOutShare: 0.5 } } })).rejects.toThrow('too few cases');
    await expect(seal({ suites: { visible, heldOut: visible } })).rejects.toThrow(
      'every held-out case has the input of a visible one',
    );
    expect(readdirSync(root).sort()).toEqual(['bad.jsonl', 'heldOut.jsonl', 'workspace']);
  });
});
