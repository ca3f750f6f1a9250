/** Contract of the real engine: paths that a hostile client names, and files that an agent names like parts of the engine. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { shownOf } from '../../src/run/shown.ts';
import { Bench, runs, say, script, writes } from './harness.ts';

const odd = ['__proto__', 'constructor'];
const answers = script(
  say(
    'A first try.',
    writes('upper.sh', 'cat\n'),
    writes('lib/a.sh', 'one\n'),
    runs('printf p > __proto__; printf c > constructor'),
  ),
);

const reject = (window: RunConnection, path: string) =>
  window.request('rejectFile', { path, reason: '', shown: shownOf(window.state, null) });
const accept = (window: RunConnection, path: string, version: string | null) =>
  window.request('acceptFiles', { files: [{ path, version }], shown: shownOf(window.state, null) });

describe('paths of a hostile client', () => {
  it('C1, C4: lead to nothing outside the folder, in .git, through a link or by another spelling', async () => {
    const bench = await Bench.make({ answer: answers, task: { gates: { everySteps: 1 } } });
    const window = await bench.start();
    await bench.gate(window);
    const outside = join(bench.folder, 'outside.txt');
    writeFileSync(outside, 'mine');
    const wrong = ['../outside.txt', outside, '.git/config', '.', './upper.sh', 'lib/../upper.sh', 'lib', 'UPPER.SH'];
    for (const path of [...wrong, 'upper.sh\0', '/upper.sh']) {
      await expect(reject(window, path), path).rejects.toThrow('There is no file');
      await expect(accept(window, path, null), path).rejects.toThrow('There is no file');
    }
    expect(window.state).toMatchObject({ acceptedFiles: {}, rejections: [], directives: [] });
    bench.remove('lib/a.sh');
    rmdirSync(join(bench.workspace, 'lib'));
    mkdirSync(join(bench.folder, 'elsewhere'));
    writeFileSync(join(bench.folder, 'elsewhere', 'a.sh'), 'precious');
    symlinkSync(join(bench.folder, 'elsewhere'), join(bench.workspace, 'lib'));
    await expect(reject(window, 'lib/a.sh')).rejects.toThrow('There is no file');
    expect(readFileSync(join(bench.folder, 'elsewhere', 'a.sh'), 'utf8')).toBe('precious');
    expect(readFileSync(outside, 'utf8')).toBe('mine');
  });

  it('G3: a file named like a part of every object is accepted and rejected like any other', async () => {
    const bench = await Bench.make({ answer: answers, task: { gates: { everySteps: 1 } } });
    const window = await bench.start();
    await bench.gate(window);
    const { files } = await window.request('compare', { from: 'accepted', to: 'workspace' });
    const versions = odd.map((path) => files.find((file) => file.path === path)?.version ?? expect.fail(path));
    await accept(window, '__proto__', versions[0] ?? null);
    expect(Object.entries(window.state.acceptedFiles)).toEqual([['__proto__', 1]]);
    await expect(reject(window, '__proto__')).rejects.toThrow('is as it was accepted');
    await reject(window, 'constructor');
    expect(odd.map((path) => existsSync(join(bench.workspace, path)))).toEqual([true, false]);
  });
});
