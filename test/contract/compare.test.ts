/** Contract of the real engine: what can be compared with what, names before counts, and HEAD of the supervisor's repository. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import type { Side } from '../../src/protocol/messages.ts';
import { limits } from '../../src/run/limits.ts';
import { Bench, say, script, writes } from './harness.ts';

const everyStep = { gates: { everySteps: 1 } };
const answers = script(say('One file.', writes('upper.sh', 'cat\n')));

function git(bench: Bench, ...args: string[]): string {
  return execFileSync('git', ['-C', bench.workspace, ...args], { encoding: 'utf8', stdio: 'pipe' }).trimEnd();
}

function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = statSync(join(folder, name));
    hash.update(`${name} ${String(stat.mtimeMs)} `);
    if (stat.isFile()) hash.update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

const rows = async (window: RunConnection, from: Side, to: Side) =>
  (await window.request('compare', { from, to })).files.map(
    ({ path, change, added, removed, binary }) =>
      `${change} ${path} ${binary ? 'binary' : `+${String(added)} -${String(removed)}`}`,
  );

const textAt = async (window: RunConnection, side: Side, path: string) =>
  Buffer.from((await window.request('readFileAt', { side, path })).contentBase64 ?? '', 'base64').toString('latin1');

describe('comparisons', () => {
  it('C1: a checkpoint and HEAD: names, counts, contents; without what git ignores; the repository is not touched', async () => {
    const bench = await Bench.make({
      answer: answers,
      task: everyStep,
      files: { '.gitignore': '*.log\n', 'old.txt': 'one\ntwo\n', 'gone.txt': 'x\n', 'pixel.png': 'a\0b' },
    });
    bench.write('old.txt', 'one\nthree\n');
    bench.write('pixel.png', 'a\0c');
    bench.write('noise.log', 'ignored\n');
    bench.remove('gone.txt');
    chmodSync(join(bench.workspace, 'mine.txt'), 0o600);
    const window = await bench.start();
    await bench.gate(window);
    const before = fingerprint(join(bench.workspace, '.git'));
    const head = await window.request('userHead', {});
    expect(head).toEqual({ commit: git(bench, 'rev-parse', 'HEAD'), branch: 'main' });
    const side: Side = `commit ${head?.commit ?? ''}`;
    const expected = [
      'deleted gone.txt +0 -1',
      'modified old.txt +1 -1',
      'modified pixel.png binary',
      'added upper.sh +1 -0',
    ];
    expect(await rows(window, side, 1)).toEqual(expected);
    expect(await rows(window, side, 'workspace')).toEqual(expected);
    expect(await rows(window, side, 'accepted')).toEqual(expected.slice(0, 3));
    expect(await textAt(window, side, 'old.txt')).toBe('one\ntwo\n');
    expect(await textAt(window, side, 'pixel.png')).toBe('a\0b');
    expect((await window.request('readFileAt', { side, path: 'upper.sh' })).contentBase64).toBeNull();
    expect(fingerprint(join(bench.workspace, '.git'))).toBe(before);
    // The side is a commit, not a name: what is committed later changes nothing of it.
    git(bench, 'commit', '-qam', 'mine');
    expect(await rows(window, side, 1)).toEqual(expected);
    const none: Side = `commit ${'0'.repeat(40)}`;
    await expect(rows(window, none, 1)).rejects.toThrow(/^Your repository has no commit 00000000/);
  });

  it('tells thousands of names at once, and counts the rest when it is asked', async () => {
    const bench = await Bench.make({ answer: answers, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    const many = limits.filesCountedAtOnce * 4;
    for (let i = 0; i < many; i++) bench.write(`many/${String(i).padStart(5, '0')}.txt`, 'a\nb\n');
    const { files } = await window.request('compare', { from: 1, to: 'workspace' });
    expect(files).toHaveLength(many);
    expect(files.filter(({ uncounted }) => uncounted)).toHaveLength(many - limits.filesCountedAtOnce);
    const last = files.at(-1);
    expect(last).toMatchObject({ uncounted: true, afterBytes: 4 });
    const asked = await window.request('compare', { from: 1, to: 'workspace', paths: [last?.path ?? ''] });
    expect(asked.files).toMatchObject([{ path: last?.path, added: 2, removed: 0, version: last?.version }]);
    expect(asked.files[0]).not.toHaveProperty('uncounted');
  });
});
