/** Contract of the real engine: the step that broke a case is named, from real builds and cases, and nothing is journalled for it. */
import { describe, expect, it } from 'vitest';
import { readStoredReport } from '../../src/client/runs.ts';
import { findBreak } from '../../src/protocol/findBreak.ts';
import type { Entry } from '../../src/run/entry.ts';
import { Bench, readJournal, say, script, upper, writes } from './harness.ts';

const isVerified = (entry: Entry): entry is Entry & { type: 'verification.finished' } =>
  entry.type === 'verification.finished';

describe('the step that broke a case', () => {
  it('is named; H5: cases are judged in namespaces of their own, and the journal says so', async () => {
    const bench = await Bench.make({
      answer: script(
        say('Begin.', writes('upper.sh', upper)),
        say('Note.', writes('notes.md', 'one')),
        say('Break it.', writes('upper.sh', 'cat\n')),
        say('Note.', writes('notes.md', 'two')),
        say('Note.', writes('notes.md', 'three')),
        say('Note.', writes('notes.md', 'four')),
      ),
      task: { gates: { everySteps: 6 } },
    });
    const window = await bench.start();
    await bench.gate(window);
    const before = readJournal(window.run).filter(isVerified);
    expect(before.flatMap(({ isolation }) => isolation?.kind ?? [])).toContain('namespaces');
    expect(before.flatMap(({ isolation }) => isolation?.kind ?? [])).not.toContain('sandboxes');

    const givingUp = {
      isCancellationRequested: false,
      onCancellationRequested: () => ({ dispose: () => undefined }),
    };
    const search = async (id: string) =>
      findBreak({
        id,
        first: await window.request('bisect', { id }),
        ask: (move) => window.request('bisect', move),
        onMove: () => undefined,
        givingUp,
      });
    const found = await search('seen-1');
    expect(found).toMatchObject({ kind: 'found', step: 3, title: expect.any(String) as string });
    if (found?.kind !== 'found') throw new Error(found?.kind);
    const broken = window.state.checkpoints.get(found.broken);
    expect(broken?.changeset.paths.map(({ path }) => path)).toContain('upper.sh');
    expect(found.passed).toBeLessThan(found.broken);
    expect(readJournal(window.run).filter(isVerified)).toEqual(before);

    const report = await window.request('report', { known: 0 });
    expect(report?.cases.failing.items.map(({ id }) => id)).toEqual(['seen-1', 'seen-2', 'seen-3', 'seen-4']);
    expect(report?.isolation).toEqual({ kind: 'namespaces' });
    // Whoever reads the run without its engine reads the same.
    expect((await readStoredReport(window.run))?.cases).toEqual(report?.cases);

    await expect(search('zqxhidden-1')).rejects.toThrow('no case "zqxhidden-1"');
  });
});
