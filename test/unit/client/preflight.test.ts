/** Job: what a start would find, asked of the real engine's bundle in a process of its own; no run is made. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preflight } from '../../../src/client/preflight.ts';
import type { Preflight } from '../../../src/protocol/places.ts';
import { engineBundle } from '../../contract/engineBundle.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let root: string;
let workspace: string;
let bundle: string;
beforeEach(async () => {
  bundle = await engineBundle();
  root = realpathSync(mkdtempSync(join(tmpdir(), 'belay-preflight-')));
  workspace = join(root, 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(root, 'heldOut.jsonl'), casesOf('h', 4));
  writeFileSync(join(workspace, 'visible.jsonl'), casesOf('v', 3));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const casesOf = (prefix: string, count: number) =>
  [...Array(count).keys()]
    .map(
      (i) =>
        `${JSON.stringify({ id: `${prefix}${String(i)}`, stdin: `${prefix} ${String(i)}`, expect: { exit: 0 } })}\n`,
    )
    .join('');

function look(change: Readonly<Record<string, unknown>> = {}): Promise<Preflight> {
  const task = {
    name: 'upper',
    candidate: { language: 'sh', run: ['sh', 'upper.sh'] },
    suites: { visible: 'visible.jsonl', heldOut: '../heldOut.jsonl' },
    model: { provider: 'manual' },
    budget: { steps: { hard: 5 } },
    ...change,
  };
  const taskFile = join(workspace, 'belay.json');
  writeFileSync(taskFile, JSON.stringify(task, null, 2));
  return preflight({ taskFile, workspace }, { state: join(root, 'state'), engineBundle: bundle });
}

describe('before a start', () => {
  it('H2: says sealed of files that were looked at, counts the cases, and leaves nothing behind but what the sandbox withstood', async () => {
    const found = await look();
    expect(found.problems).toEqual([]);
    expect(found.sandbox).toMatchObject({ available: true, version: expect.stringContaining('bubblewrap') as string });
    expect(found.suites).toEqual({
      visibleTotal: 3,
      heldOutTotal: 4,
      reasons: [],
      notSearched: ['the rest of /usr for single held-out cases'],
    });
    expect(readdirSync(join(root, 'state'))).toEqual(['sandboxCheck.json']);
    expect(readdirSync(workspace).sort()).toEqual(['belay.json', 'visible.jsonl']);
  });

  it('H2: never says sealed while a suite is missing', async () => {
    const found = await look({ suites: { visible: 'visible.jsonl', heldOut: '../none.jsonl' } });
    expect(found.suites).toBeNull();
    expect(found.problems).toEqual([
      {
        text: expect.stringMatching(/^belay\.json:12:16 "\.\.\/none\.jsonl" does not exist/) as string,
        path: ['suites', 'heldOut'],
        severity: 'error',
      },
    ]);
  });

  it('H2: tells each reason against the seal: a copy in the workspace, a blob in its history', async () => {
    writeFileSync(join(workspace, 'notes.txt'), casesOf('h', 4));
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', workspace, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'all');
    const { suites } = await look();
    expect(suites?.reasons).toEqual([
      `notes.txt in ${workspace} is a copy of the held-out cases`,
      "the held-out cases are in the history of the workspace's git repository",
    ]);
  });

  it('H2: tells that the reference can not be hidden from a candidate that runs with it', async () => {
    const { suites } = await look({ reference: { command: ['sh'] } });
    expect(suites?.reasons.join()).toMatch(/the candidate runs with .*, so the reference cannot be hidden from it/);
  });

  it('names what is wrong with suites that a single look can not find', async () => {
    writeFileSync(join(root, 'heldOut.jsonl'), casesOf('v', 3).replaceAll('"id":"v', '"id":"w'));
    const { problems, suites } = await look();
    expect(suites).toBeNull();
    expect(problems[0]).toMatchObject({ path: ['suites'], severity: 'error' });
    expect(problems[0]?.text).toMatch(/every held-out case has the input of a visible one/);
  });

  it('H2: refuses a toolchain that would show the runs', async () => {
    mkdirSync(join(root, 'state', 'runs'), { recursive: true });
    const { problems } = await look({ sandbox: { toolchains: [join(root, 'state')] } });
    expect(problems[0]).toMatchObject({ path: ['sandbox'], severity: 'error' });
  });
});
