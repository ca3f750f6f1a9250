/** Contract of the real engine: a run whose model is answered by hand, and the recording of it, played in another folder. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { parseRecording, type Recording } from '../../src/run/recording.ts';
import type { RunState } from '../../src/run/state.ts';
import { shownOf } from '../../src/run/status.ts';
import { Bench, isAsking, tinyTask } from './harness.ts';

const byHand = {
  model: { provider: 'manual', name: 'anna', price: { input: 1, output: 1 } },
  gates: { everySteps: 1 },
};

function writing(words: string, path: string, content: string): string {
  return `${words}\n\n<call tool="write_file">\n<path>${path}</path>\n<content>\n${content}</content>\n</call>\n`;
}

async function answer(bench: Bench, window: RunConnection, step: number, text: string): Promise<void> {
  await bench.until(window, `the question of step ${step}`, (s) => s.step?.step === step && isAsking(s));
  await window.request('answer', { step, text });
}

/** Three gates: accepted, redirected, rolled back; then one more step and the end. */
async function runByHand(bench: Bench): Promise<{ readonly window: RunConnection; readonly text: string }> {
  const window = await bench.start({ key: null });
  await answer(bench, window, 1, writing('A first try.', 'upper.sh', 'cat\n'));
  await bench.gate(window, 1);
  await bench.accept(window);
  await answer(bench, window, 2, writing('Capitals.', 'upper.sh', 'tr a-z A-Z\n'));
  await bench.gate(window, 2);
  await window.request('redirect', { text: 'Say what it does.', shown: shownOf(window.state, null) });
  await answer(bench, window, 3, writing('Words.', 'README', 'Too many words.\n'));
  const { checkpoints } = await bench.gate(window, 3);
  await bench.rollBackAtGate(window, checkpoints.find((c) => c.step === 2)?.checkpoint ?? -1);
  await window.request('resume', {});
  await answer(bench, window, 4, writing('Fewer words.', 'README', 'Capitals.\n'));
  await bench.gate(window, 4);
  await bench.accept(window);
  const done = 'All is done.\n\n<call tool="finish">\n<summary>It prints capitals.</summary>\n</call>\n';
  await answer(bench, window, 5, done);
  await bench.gate(window, 5);
  await bench.accept(window);
  await bench.until(window, 'the end', (state) => state.ended !== null);
  const { text } = await (await bench.resume(window, 'anna@desk (window)', null)).request('readRecording', {});
  return { window, text };
}

function read(text: string): Recording {
  const parsed = parseRecording(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.recording;
}

/** A fresh folder with the same files whose model is the recording. */
async function player(text: string): Promise<Bench> {
  const bench = await Bench.make();
  const file = join(bench.folder, 'recording.jsonl');
  writeFileSync(file, text);
  const model = { ...byHand.model, provider: 'recorded', file };
  bench.write('belay.json', JSON.stringify({ ...tinyTask(''), ...byHand, model }));
  return bench;
}

/** Decides as was recorded, until the run has ended. */
async function decideAsRecorded(bench: Bench, window: RunConnection, { decisions }: Recording): Promise<void> {
  for (const { gate, decision, text = '', to = -1 } of decisions) {
    await bench.gate(window, gate);
    if (decision === 'accept') await bench.accept(window);
    else if (decision === 'redirect') await window.request('redirect', { text, shown: shownOf(window.state, null) });
    else {
      await bench.rollBackAtGate(window, to);
      await window.request('resume', {});
    }
  }
  await bench.until(window, 'the end', (state) => state.ended !== null);
}

const notRecorded = ({ paused }: RunState) => paused?.reason === 'model';

describe('a model by hand', () => {
  it('shows the whole question and what is new in it, refuses what it can’t read, and takes the answer', async () => {
    const bench = await Bench.make({ task: byHand });
    const window = await bench.start({ key: null });
    await bench.until(window, 'the question', isAsking);
    const question = await window.request('question', {});
    expect(question).toMatchObject({ step: 1 });
    expect(question?.prompt).toContain('<call tool="write_file">');
    expect(question?.news).not.toContain('# How to answer');
    const broken = writing('A try.', 'upper.sh', 'cat\n').replace('</content>\n', '');
    await expect(window.request('answer', { step: 1, text: broken })).rejects.toThrow(
      'Line 5: <content> has no </content> on a line of its own.',
    );
    await expect(window.request('answer', { step: 2, text: 'Hi.' })).rejects.toThrow('step 1 is asked now');
    await window.request('answer', { step: 1, text: writing('A try.', 'upper.sh', 'cat\n') });
    await bench.gate(window);
    expect(bench.read('upper.sh')).toBe('cat\n');
    expect(await window.request('question', {})).toBeNull();
    const [answered] = bench.entries(window, 'model.answered');
    expect(answered).toMatchObject({ usageEstimated: true, text: 'A try.' });
    expect(answered?.costUsd).toBeGreaterThan(0);
  });

  it('S1: asks again after its engine died; the cut question costs nothing', async () => {
    const bench = await Bench.make({ task: byHand });
    const window = await bench.start({ key: null });
    await bench.until(window, 'the question', isAsking);
    await bench.crash(window);
    const again = await bench.resume(window, 'anna@desk (window)', null);
    await answer(bench, again, 1, writing('A try.', 'upper.sh', 'cat\n'));
    expect((await bench.gate(again)).generation).toBe(2);
    expect(bench.entries(again, 'model.failed')).toMatchObject([{ kind: 'interrupted', costUsd: 0, tokens: 0 }]);
  });
});

describe('a recording', () => {
  it('is played to the same tree, with its decisions made by a person, and records itself', async () => {
    const { text } = await runByHand(await Bench.make({ task: byHand }));
    const recording = read(text);
    expect(recording.decisions.map(({ decision }) => decision)).toEqual([
      'accept',
      'redirect',
      'rollback',
      'accept',
      'accept',
    ]);
    const bench = await player(text);
    const window = await bench.start({ key: null });
    await decideAsRecorded(bench, window, recording);
    expect(bench.read('README')).toBe('Capitals.\n');
    const again = await (await bench.resume(window, 'anna@desk (window)', null)).request('readRecording', {});
    expect(again.text).toBe(text);
    expect(bench.requests).toEqual([]);
  });

  it('has no answer where the supervisor decided otherwise, says so, and goes on when that is taken back', async () => {
    const { text } = await runByHand(await Bench.make({ task: byHand }));
    const bench = await player(text);
    const window = await bench.start({ key: null });
    await bench.gate(window, 1);
    bench.write('mine.txt', 'The supervisor wrote something else.\n');
    await bench.accept(window);
    const { paused } = await bench.until(window, 'the pause', notRecorded);
    expect(paused?.message).toMatch(/no recorded answer for step 2 from here: the folder is not as it was/);
    expect(bench.entries(window, 'model.failed')).toMatchObject([{ kind: 'not-recorded', costUsd: 0, tokens: 0 }]);
    bench.write('mine.txt', 'The supervisor wrote this.\n');
    await window.request('resume', {});
    await bench.gate(window, 2);
  });

  it('is refused at the start when it is damaged or of another version, at its line', async () => {
    const { text } = await runByHand(await Bench.make({ task: byHand }));
    const lines = text.trimEnd().split('\n');
    const damages: readonly (readonly [string, RegExp])[] = [
      [`${lines.slice(0, -3).join('\n')}\n`, /it has \d of 5 answers: it is damaged/],
      [text.replace('"kind":"answer"', '"kind":"anwser"'), /recording\.jsonl:2: kind/],
      [text.replace('{"recording":1', '{"recording":9'), /this recording is of format 9; this Belay plays format 1/],
      ['', /:1: not a recording of Belay/],
    ];
    for (const [damaged, message] of damages) {
      const bench = await player(damaged);
      await expect(bench.start({ key: null })).rejects.toThrow(message);
    }
  });
});
