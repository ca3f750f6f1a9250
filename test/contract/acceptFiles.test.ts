/** Contract of the real engine: files accepted one by one, and the acceptance taken back. */
import { describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import type { ChangedFile } from '../../src/protocol/messages.ts';
import { shownOf } from '../../src/run/shown.ts';
import { Bench, say, script, writes } from './harness.ts';

const everyStep = { gates: { everySteps: 1 } };
const twoFiles = script(
  say('Two files.', writes('upper.sh', 'cat\n'), writes('notes.md', 'first\n')),
  say('Now better.', writes('upper.sh', 'tr a-z A-Z\n')),
  say('One more.', writes('more.md', 'more\n')),
);

async function listed(window: RunConnection): Promise<readonly ChangedFile[]> {
  return (await window.request('compare', { from: 'accepted', to: 'workspace' })).files;
}

async function accept(window: RunConnection, ...paths: string[]): Promise<number> {
  const files = (await listed(window)).filter(({ path }) => paths.includes(path));
  const seen = files.map(({ path, version }) => ({ path, version }));
  return (await window.request('acceptFiles', { files: seen, shown: shownOf(window.state, null) })).checkpoint;
}

async function undo(window: RunConnection): Promise<void> {
  const acceptance = window.state.beforeAccept?.acceptance ?? 0;
  await expect(window.request('undoAccept', { acceptance: acceptance - 1 })).rejects.toThrow(/^Something else was/);
  await window.request('undoAccept', { acceptance });
}

const pathsOf = (files: readonly ChangedFile[]) => files.map(({ path }) => path);

describe('files accepted one by one', () => {
  it('G3: what is accepted is not offered again until it changes, and the gate stays open', async () => {
    const bench = await Bench.make({ answer: twoFiles, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    expect(pathsOf(await listed(window))).toEqual(['notes.md', 'upper.sh']);
    expect(await accept(window, 'upper.sh')).toBe(1);
    expect(pathsOf(await listed(window))).toEqual(['notes.md']);
    expect(window.state.gate?.gate).toBe(1);
    const [entry] = bench.entries(window, 'files.accepted');
    expect(entry).toMatchObject({ paths: ['upper.sh'], checkpoint: 1, shown: { checkpoint: 1 } });

    await window.request('decide', {
      gate: 1,
      decision: 'redirect',
      text: 'Capitals, please.',
      shown: shownOf(window.state, null),
    });
    await bench.gate(window, 2);
    const again = await listed(window);
    // One line against the accepted version of step 1, not all of it against the baseline.
    expect(again.find(({ path }) => path === 'upper.sh')).toMatchObject({ change: 'modified', added: 1, removed: 1 });
    const at = await window.request('readFileAt', { side: 'accepted', path: 'upper.sh' });
    expect(Buffer.from(at.contentBase64 ?? '', 'base64').toString()).toBe('cat\n');
  });

  it('S2: the supervisor’s own edit at a gate is a checkpoint before it is accepted, and stays accepted with the gate', async () => {
    const bench = await Bench.make({ answer: twoFiles, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    bench.write('upper.sh', 'tr a-z A-Z # mine\n');
    expect(await accept(window, 'upper.sh')).toBe(2);
    expect(window.state.checkpoints.get(2)).toMatchObject({ kind: 'supervisor', checkpoint: 2 });
    await bench.accept(window);
    await bench.until(window, 'the gate decided', (state) => state.gate === null || state.gate.gate === 2);
    expect(window.state.acceptedFiles).toEqual({ 'upper.sh': 2 });
  });

  it('G3: accepts the version that was looked at, and refuses one that no checkpoint can hold any more', async () => {
    const bench = await Bench.make({ answer: twoFiles, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    const files = (await listed(window)).map(({ path, version }) => ({ path, version }));
    bench.write('upper.sh', 'another thing\n');
    // What was seen stands in checkpoint 1: that is accepted, and the newer version is offered against it.
    await window.request('acceptFiles', { files, shown: shownOf(window.state, null) });
    const now = await listed(window);
    expect(pathsOf(now)).toEqual(['upper.sh']);
    bench.write('upper.sh', 'a third thing\n');
    const seen = now.map(({ path, version }) => ({ path, version }));
    const asked = window.request('acceptFiles', { files: seen, shown: shownOf(window.state, null) });
    await expect(asked).rejects.toThrow(/^upper\.sh has changed since you looked at it\. Look again; nothing was/);
    expect(bench.entries(window, 'files.accepted')).toHaveLength(1);
    await expect(window.request('acceptFiles', { files: [], shown: shownOf(window.state, null) })).rejects.toThrow();
  });

  it('takes an acceptance back, of a file, of a deletion and of a gate, and survives a crash', async () => {
    const bench = await Bench.make({ answer: twoFiles, task: everyStep, files: { 'old.md': 'old\n' } });
    const window = await bench.start();
    await bench.gate(window);
    await expect(window.request('undoAccept', { acceptance: 1 })).rejects.toThrow(/^Nothing was accepted/);
    bench.remove('old.md');
    await accept(window, 'old.md', 'notes.md');
    expect(pathsOf(await listed(window))).toEqual(['upper.sh']);
    await bench.crash(window);
    const again = await bench.resume(window);
    await bench.gate(again);
    expect(pathsOf(await listed(again))).toEqual(['upper.sh']);
    await undo(again);
    expect(pathsOf(await listed(again))).toEqual(['notes.md', 'old.md', 'upper.sh']);
    await bench.accept(again);
    await bench.gate(again, 2);
    expect(pathsOf(await listed(again))).not.toContain('notes.md');
    await undo(again);
    expect(again.state.accepted).toBe(0);
    expect(pathsOf(await listed(again))).toContain('notes.md');
    expect(again.state.gate?.gate).toBe(2);
  });
});
