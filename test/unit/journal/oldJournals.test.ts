/**
 * Journals that earlier versions wrote still open, fold and go on. Each folder of test/journals is one, as it was written; it is
 * never changed. What it folds to stands beside it, in the words of this version.
 */
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import type { Entry } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';
import { statusOf } from '../../../src/run/status.ts';

const journals = join(import.meta.dirname, '..', '..', 'journals');

/** A copy of the journal in a run directory of its own. Blobs are not kept with it: none is asked for. */
function runWith(journal: string): string {
  const run = realpathSync(mkdtempSync(join(tmpdir(), 'belay-journal-')));
  onTestFinished(() => {
    rmSync(run, { recursive: true, force: true });
  });
  cpSync(join(journals, journal), join(run, 'journal'), { recursive: true, filter: (path) => !path.endsWith('.txt') });
  return run;
}

const opened = (run: string) => openJournal(run, { blobs: { has: () => Promise.resolve(true) } });

/** What a person would miss first. */
function summaryOf(state: RunState) {
  const { figures, budget, ended, gatesDecided, directives, rejections, plan, notes, checkpoints } = state;
  const figure = ({ last }: RunState['figures']['visible']) =>
    last === null ? null : `${String(last.pass)} of ${String(last.total)} at checkpoint ${String(last.checkpoint)}`;
  return {
    entries: state.seq,
    task: state.run?.task.name,
    status: statusOf(state, 'attached').word,
    ended: ended?.message,
    steps: state.steps.map(({ step, title, calls }) => `${String(step)} ${title} (${String(calls.length)} calls)`),
    checkpoints: checkpoints.map(({ checkpoint, kind, tree }) => `${String(checkpoint)} ${kind} ${tree.slice(0, 8)}`),
    visible: figure(figures.visible),
    heldOut: figure(figures.heldOut),
    spentUsd: Number(budget.spentUsd.toFixed(6)),
    wallMs: budget.wallMs,
    gatesDecided,
    directives: directives.map(({ text }) => text),
    rejected: rejections.map(({ path }) => path),
    plan: plan.length,
    notes: notes.length,
  };
}

describe.each(readdirSync(journals))('the journal of %s', (name) => {
  it('J1 J6: opens whole, folds to what it did when it was written, and takes new entries', async () => {
    const run = runWith(name);
    const { journal, entries, cut } = await opened(run);
    expect(cut).toBeUndefined();
    let state = initialState;
    for await (const entry of entries) state = reduce(state, entry);
    await expect(`${JSON.stringify(summaryOf(state), null, 2)}\n`).toMatchFileSnapshot(
      join(journals, name, 'folded.txt'),
    );
    const at = state.at + 1;
    await journal.append([{ type: 'heldOut.viewed', checkpoint: 0, by: 'anna', rate: 1 }], at);
    await journal.close();
    const again: Entry[] = [];
    for await (const entry of (await opened(run)).entries) again.push(entry);
    expect(again.at(-1)).toMatchObject({ seq: state.seq + 1, at, type: 'heldOut.viewed' });
  });
});
