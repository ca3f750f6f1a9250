/** Job: a run of many steps in a real journal of small segments, for tests of what makes a long journal quick to open. */
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Clock } from '../../../src/base/clock.ts';
import { Blobs } from '../../../src/engine/journal/blobs.ts';
import { openFolds, type OpenedFolds } from '../../../src/engine/openFolds.ts';
import { readSnapshot } from '../../../src/engine/journal/snapshots.ts';
import { snapshotFile, snapshotLines, type Snapshot } from '../../../src/protocol/snapshot.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { checkpoint, created, verified, wholeStep } from '../run/builders.ts';

export const segmentBytes = 6_000;
let now = 1_795_000_000_000;
const clock: Clock = { now: () => (now += 1_000), awake: () => 0, sleep: () => Promise.resolve() };

export interface Opened extends OpenedFolds {
  /** A clean end. */
  readonly close: () => Promise<void>;
}

export async function open(folder: string): Promise<Opened> {
  const closing: (() => Promise<void>)[] = [];
  const folds = await openFolds(
    { folder, blobs: new Blobs(folder), clock, segmentBytes, entriesPerSnapshot: 40 },
    closing,
  );
  const close = async () => {
    for (const end of closing.toReversed()) await end();
  };
  return { ...folds, close };
}

/** Steps of seven entries, each verified, from the first that is not there yet; the snapshot may or may not be new. */
export async function addSteps({ run }: OpenedFolds, count: number): Promise<void> {
  if (run.state.run === null) await run.record(created(), checkpoint(0));
  const first = run.state.stepsStarted + 1;
  for (let step = first; step < first + count; step++) {
    for (const body of stepBodies(step, run.state.checkpoints.length)) await run.record(body);
    await run.record(verified(run.state.checkpoints.length - 1, step, 1_000));
  }
}

/** The entries of one step, which takes checkpoint `number`. */
export function stepBodies(step: number, number: number): readonly EntryBody[] {
  return wholeStep(step).map((body) => {
    if (body.type === 'checkpoint.created') return checkpoint(number, { step });
    return body.type === 'step.finished' ? { ...body, checkpoint: number } : body;
  });
}

/** What is written back is whole and names its own digest, whatever `change` made of it. */
export async function forge(folder: string, change: (snapshot: Snapshot) => Snapshot, folds?: string): Promise<void> {
  const snapshot = await readSnapshot(folder);
  if (snapshot === null) throw new Error('there is no snapshot to forge');
  const body = [...snapshotLines(change(snapshot), folds)].map((line) => `${line}\n`).join('');
  await writeFile(snapshotFile(folder), `${hash('sha256', body)}\n${body}`);
}

/** Everything that a run has folded, in a form that can be compared. */
export async function foldsOf({ run, records }: OpenedFolds): Promise<unknown> {
  const kept = { state: run.state, records: records.folded.kept(), report: await records.report(0) };
  return JSON.parse(JSON.stringify(kept));
}
