/**
 * Job: a small run answered by hand, with all that a supervisor can do at a gate, as a recording; and the folder that plays it.
 * Boundary: the answers are given through the real requests; the reference is a script outside the workspace.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConnection } from '../../src/client/connection.ts';
import { shownOf } from '../../src/run/shown.ts';
import { Bench, isAsking, tinyTask } from './harness.ts';

export const byHand = {
  model: { provider: 'manual', name: 'anna', price: { input: 1, output: 1 } },
  gates: { everySteps: 1 },
};

export function writing(words: string, path: string, content: string): string {
  return `${words}\n\n<call tool="write_file">\n<path>${path}</path>\n<content>\n${content}</content>\n</call>\n`;
}

const probing = (stdin: string) => `<call tool="probe_reference">\n<stdin>${stdin}</stdin>\n</call>\n`;

export async function answer(bench: Bench, window: RunConnection, step: number, text: string): Promise<void> {
  await bench.until(window, `the question of step ${step}`, (s) => s.step?.step === step && isAsking(s));
  await window.request('answer', { step, text });
}

/** A bench with a reference, which stands in the bench's folder and so is in no other. */
export async function benchByHand(): Promise<Bench> {
  const bench = await Bench.make({ task: byHand });
  const program = join(bench.folder, 'programs', 'upper-reference');
  mkdirSync(join(bench.folder, 'programs'));
  writeFileSync(program, '#!/bin/sh\necho asked >&2\ntr a-z A-Z\n');
  chmodSync(program, 0o755);
  bench.write('belay.json', JSON.stringify({ ...tinyTask(''), ...byHand, reference: { command: [program] } }));
  bench.commitAll();
  return bench;
}

/** Gates: accepted, redirected, rolled back, accepted after a file was rejected; then one more step and the end. */
export async function runByHand(bench: Bench): Promise<{ readonly window: RunConnection; readonly text: string }> {
  const window = await bench.start({ key: null });
  const shown = () => shownOf(window.state, null);
  await answer(bench, window, 1, writing('A first try.', 'upper.sh', 'cat\n') + probing('one') + probing('one'));
  await bench.gate(window, 1);
  await bench.accept(window);
  await answer(bench, window, 2, writing('Capitals.', 'upper.sh', 'tr a-z A-Z\n'));
  await bench.gate(window, 2);
  await window.request('redirect', { text: 'Say what it does.', shown: shown() });
  await answer(bench, window, 3, writing('Words.', 'README', 'Too many words.\n'));
  const { checkpoints } = await bench.gate(window, 3);
  await bench.rollBackAtGate(window, checkpoints.find((c) => c.step === 2)?.checkpoint ?? -1);
  await window.request('resume', {});
  await answer(bench, window, 4, writing('Fewer words.', 'README', 'Capitals.\n') + writing('', 'junk.txt', 'junk\n'));
  await bench.gate(window, 4);
  await window.request('rejectFile', { path: 'README', reason: 'a slip', shown: shown() });
  await window.request('undoRollback', {});
  await window.request('rejectFile', { path: 'junk.txt', reason: 'no junk', shown: shown() });
  await bench.accept(window);
  const done = 'All is done.\n\n<call tool="finish">\n<summary>It prints capitals.</summary>\n</call>\n';
  await answer(bench, window, 5, done);
  await bench.gate(window, 5);
  await bench.accept(window);
  await bench.until(window, 'the end', (state) => state.ended !== null);
  const { text } = await (await bench.resume(window, 'anna@desk (window)', null)).request('readRecording', {});
  return { window, text };
}

/** A fresh folder with the same files whose model is the recording; its reference is not installed. */
export async function player(text: string, model: Readonly<Record<string, unknown>> = {}): Promise<Bench> {
  const bench = await Bench.make();
  const file = join(bench.folder, 'recording.jsonl');
  writeFileSync(file, text);
  const task = { ...byHand, model: { ...byHand.model, provider: 'recorded', file, ...model } };
  const reference = { command: [join(bench.folder, 'programs', 'upper-reference')] };
  bench.write('belay.json', JSON.stringify({ ...tinyTask(''), ...task, reference }));
  return bench;
}
