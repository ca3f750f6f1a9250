/** Contract of the real engine on a long run: what an opening from a snapshot lets pass is found while the run is open. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { openJournal } from '../../src/engine/journal/journal.ts';
import { snapshotFile } from '../../src/protocol/snapshot.ts';
import { statusOf } from '../../src/run/status.ts';
import { HurriedDisk } from '../bench/hurriedDisk.ts';
import { stepCommits } from '../bench/longRun.ts';
import { Bench, say, script, upper, writes } from './harness.ts';

const timeout = 240_000;
const message = (place: string) => expect.stringContaining(place) as string;

/** A run of several segments, paused, whose engine left a snapshot of it. */
async function longRun(bench: Bench): Promise<RunConnection> {
  const window = await bench.start();
  const { checkpoints } = await bench.gate(window);
  await bench.crash(window);
  const [place] = checkpoints;
  if (place === undefined) throw new Error('the run has no baseline');
  const disk = new HurriedDisk();
  const { journal } = await openJournal(window.run, { blobs: { has: () => Promise.resolve(true) }, disk });
  for (let step = checkpoints.length; journal.sealed < 2; step++)
    for (const bodies of stepCommits(step, place)) await journal.append(bodies, Date.now());
  await journal.append(
    [{ type: 'run.paused', reason: 'supervisor', message: 'paused by you', by: 'anna' }],
    Date.now(),
  );
  await journal.close();
  const folded = await bench.resume(window); // folds the whole journal and writes a snapshot
  await bench.crash(folded);
  expect(readFileSync(snapshotFile(window.run)).length).toBeGreaterThan(1_000);
  return folded;
}

it(
  'J4: a byte that changed in a sealed segment stops the open run, and every window is told file and byte',
  { timeout },
  async () => {
    const bench = await Bench.make({ answer: script(say('Capitals.', writes('upper.sh', upper))) });
    const run = await longRun(bench);
    const segment = join(run.run, 'journal', '000001.jsonl');
    const bytes = readFileSync(segment);
    const digit = bytes.indexOf('section 4.8', 1_000_000) + 'section '.length;
    const line = bytes.lastIndexOf(0x0a, digit) + 1;
    bytes.write('5', digit);
    writeFileSync(segment, bytes);

    const window = await bench.resume(run);
    expect(window.state.paused?.reason, 'an opening from a snapshot does not read that far').toBe('supervisor');
    const closed = new Promise((resolve) => window.onClosed(resolve));
    // At the lowest priority: on a busy machine it may take its time.
    const state = await window.until(({ paused }) => paused?.reason === 'failure');
    const place = `000001.jsonl, byte ${String(line)}:`;
    expect(state.paused?.message).toEqual(message(place));
    expect(statusOf(state, 'attached').detail).toEqual(message(place));
    expect(await closed).toMatchObject({ kind: 'goodbye' });
    await expect(bench.resume(run)).rejects.toMatchObject({ code: 'journal-damaged', message: message(place) });

    bytes.write('4', digit);
    writeFileSync(segment, bytes);
    const mended = await bench.resume(run);
    expect(mended.state.paused, 'the sabotage is undone: the run can be gone on with').toEqual(state.paused);
  },
);
