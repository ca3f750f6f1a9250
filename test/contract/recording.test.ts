/** Contract of the real engine: the recording of a run, played in another folder. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { decideAsRecorded } from '../../src/client/decideAsRecorded.ts';
import { runToEnd } from '../../src/client/runToEnd.ts';
import { recordedEndWords } from '../../src/run/playback.ts';
import { parseRecording, type Recording } from '../../src/run/recording.ts';
import type { RunState } from '../../src/run/state.ts';
import { shownOf } from '../../src/run/shown.ts';
import { statusOf } from '../../src/run/status.ts';
import { isAsking, type Bench } from './harness.ts';
import { benchByHand, player, runByHand } from './tinyRecording.ts';

let text: string;

beforeAll(async () => {
  const bench = await benchByHand();
  ({ text } = await runByHand(bench));
  await bench.close();
}, 60_000);

function read(content: string): Recording {
  const parsed = parseRecording(content);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.recording;
}

async function asRecorded(window: RunConnection): Promise<void> {
  const acts = await window.request('recordedDecision', {});
  if (acts === null) throw new Error('nothing was recorded here');
  await decideAsRecorded(window, window.state.gate?.gate ?? 0, acts, shownOf(window.state, null));
}

async function toLastGate(bench: Bench, window: RunConnection): Promise<void> {
  for (let gate = 1; gate < 5; gate++) {
    await bench.gate(window, gate);
    await asRecorded(window);
  }
  await bench.gate(window, 5);
}

async function recordingOf(bench: Bench, window: RunConnection): Promise<string> {
  const again = await bench.resume(window, 'anna@desk (window)', null);
  return (await again.request('readRecording', {})).text;
}

const isUnrecorded = ({ paused }: RunState) => paused?.reason === 'recording';

describe('a recording', () => {
  it('holds answers, rejections, decisions and probes in the order of the run, each question once', () => {
    const kinds = read(text).lines.map((line) => (line.kind === 'decision' ? line.decision : line.kind));
    expect(kinds.join(' ')).toBe(
      'answer probe accept answer redirect answer rollback answer reject accept answer accept',
    );
    expect(read(text).lines[1]).toEqual({
      kind: 'probe',
      args: [],
      stdin: 'one',
      stdout: 'ONE',
      stderr: 'asked\n',
      exit: 0,
    });
    expect(read(text).lines[8]).toEqual({ kind: 'reject', path: 'junk.txt', reason: 'no junk' });
  });

  it('is played to the same tree with its gates decided as recorded, probes too, and records itself', async () => {
    const bench = await player(text);
    const window = await bench.start({ key: null });
    const end = await runToEnd(window, { gates: 'recorded', stopWhenPaused: true });
    expect(end).toMatchObject({ kind: 'ended', outcome: 'finished' });
    expect([bench.read('README'), bench.read('junk.txt')]).toEqual(['Capitals.\n', null]);
    expect(recordedEndWords(window.state)).toBe(`Same tree as recorded: ${read(text).head.endDigest.slice(0, 4)}…`);
    expect(window.state.run?.task.recording).toMatchObject({ steps: 5, referenceInstalled: false });
    expect(window.state.run?.seal).toMatchObject({ sealed: true });
    const probed = bench.entries(window, 'tool.finished').filter(({ output }) => output.includes('as recorded'));
    expect(probed.map(({ output }) => output)).toEqual(
      Array(2).fill('exit 0 (as recorded: the reference is not installed here)\nstdout:\nONE\nstderr:\nasked\n'),
    );
    expect(await recordingOf(bench, window)).toBe(text);
    expect(bench.requests).toEqual([]);
  });

  it('ends with another tree where a file was edited, and says so', async () => {
    const bench = await player(text);
    const window = await bench.start({ key: null });
    await toLastGate(bench, window);
    bench.write('junk.txt', 'again\n');
    await bench.rollBackAtGate(window, window.state.head ?? 0);
    await window.request('stop', {});
    await bench.until(window, 'the end', (state) => state.ended !== null);
    expect(recordedEndWords(window.state)).toMatch(/^Another tree than recorded: [0-9a-f]{4}…, not [0-9a-f]{4}…$/);
  });

  it('has no answer where the supervisor decided otherwise, says the ways out, and goes on after the rollback', async () => {
    const bench = await player(text);
    const window = await bench.start({ key: null });
    await bench.gate(window, 1);
    await asRecorded(window);
    await bench.gate(window, 2);
    await asRecorded(window);
    await bench.gate(window, 3);
    await bench.accept(window); // recorded: a rollback
    const { paused, checkpoints } = await bench.until(window, 'the pause', isUnrecorded);
    const back = checkpoints.find(({ step }) => step === 2)?.checkpoint ?? -1;
    expect(paused?.message).toBe(
      'The recording has no answer for step 4 here: the folder is not as it was then. ' +
        'Recorded at the last gate: roll back. ' +
        `It goes on from checkpoint ${back}: roll back to it and resume.`,
    );
    expect(paused?.checkpoint).toBe(back);
    expect(statusOf(window.state, 'attached').waysOut).toEqual(['rollBack', 'restartSample']);
    expect(bench.entries(window, 'model.failed')).toMatchObject([{ kind: 'not-recorded', costUsd: 0, tokens: 0 }]);
    const { digest } = await window.request('planRollback', { to: back });
    await window.request('rollBack', { to: back, planDigest: digest });
    await window.request('resume', {});
    await bench.gate(window, 4);
    expect(await window.request('recordedDecision', {})).toEqual({
      rejects: [{ path: 'junk.txt', reason: 'no junk' }],
      decision: 'accept',
    });
    await asRecorded(window);
    await bench.gate(window, 5);
    await asRecorded(window);
    await bench.until(window, 'the end', (state) => state.ended !== null);
    expect(recordedEndWords(window.state)).toMatch(/^Same tree/);
  });

  it('ends where it ends: a redirect of the last gate finds no answer', async () => {
    const bench = await player(text);
    const window = await bench.start({ key: null });
    await toLastGate(bench, window);
    await window.request('redirect', { text: 'Go on.', shown: shownOf(window.state, null) });
    const { paused } = await bench.until(window, 'the pause', isUnrecorded);
    expect(paused?.message).toMatch(/^The recording ends here: it has no answer for step 6\./);
    expect(statusOf(window.state, 'attached').waysOut).toEqual(['restartSample']);
  });

  it('plays at the pace that is asked for, also in the midst of an answer, and keeps its own when asked only', async () => {
    const bench = await player(text, { secondsPerAnswer: 60 });
    const window = await bench.start({ key: null });
    await bench.until(window, 'the request', isAsking);
    expect(await window.request('setPace', { factor: null })).toEqual({ factor: 1 });
    expect(await window.request('setPace', { factor: 1000 })).toEqual({ factor: 1000 });
    await bench.gate(window, 1);
    await expect(window.request('setPace', { factor: 0 })).rejects.toThrow(/setPace/);
  });

  it('is refused at the start when it is damaged or of another version, at its line', async () => {
    const lines = text.trimEnd().split('\n');
    const damages: readonly (readonly [string, RegExp])[] = [
      [`${lines.slice(0, -3).join('\n')}\n`, /it has 4 of 5 answers: it is damaged/],
      [`${lines.slice(0, -1).join('\n')}\n`, /it has 11 of 12 lines: it is damaged/],
      [text.replace('"kind":"answer"', '"kind":"anwser"'), /recording\.jsonl:2: kind/],
      [text.replace('{"recording":2', '{"recording":9'), /this recording is of format 9; this Belay plays format 2/],
      ['', /:1: not a recording of Belay/],
    ];
    for (const [damaged, message] of damages) {
      const bench = await player(damaged);
      await expect(bench.start({ key: null })).rejects.toThrow(message);
    }
  });
});
