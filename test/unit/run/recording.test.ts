import { describe, expect, it } from 'vitest';
import { answerAfter } from '../../../src/run/playback.ts';
import { parseRecording, recordingText, type RecordedAnswer, type RecordingLine } from '../../../src/run/recording.ts';

const digest = 'a'.repeat(64);
const answer = (step: number): RecordedAnswer => ({
  kind: 'answer',
  step,
  digest,
  text: 'I look.',
  calls: [],
  usage: { input: 1, cachedInput: 0, cacheWriteInput: 0, output: 1 },
  finishReason: 'stop',
});
const recording = (...lines: readonly RecordingLine[]) => ({
  head: { recording: 2 as const, task: 't', model: 'm', endDigest: digest, steps: lines.length, lines: lines.length },
  lines,
});

describe('a recording of a hostile author', () => {
  it('B3: that leads back to a step that was played is refused: it would be played for ever', () => {
    const loop = recording(answer(1), answer(2), answer(1), answer(3));
    let step = 1;
    const played = Array.from({ length: 6 }, () => (step = answerAfter(loop, step)?.step ?? 0));
    expect(played, 'what it would lead to').toEqual([2, 1, 2, 1, 2, 1]);
    expect(parseRecording(recordingText(loop))).toEqual({
      ok: false,
      problem: { line: 4, message: 'step 1 follows step 2: it is damaged' },
    });
    expect(parseRecording(recordingText(recording(answer(2), answer(5)))).ok).toBe(true);
  });
});
