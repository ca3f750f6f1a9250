import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateAfter, gateMoves, gateWords, nextAnswer } from '../../../src/run/playback.ts';
import { probeOfText, probeText } from '../../../src/run/probeText.ts';
import type { RecordedAnswer, Recording, RecordingLine } from '../../../src/run/recording.ts';

const answer = (step: number, digest: string): RecordedAnswer => ({
  kind: 'answer',
  step,
  digest,
  text: '',
  calls: [],
  usage: { input: 1, cachedInput: 0, cacheWriteInput: 0, output: 1 },
  finishReason: 'stop',
});

const recording = (...lines: readonly RecordingLine[]): Recording => ({
  head: { recording: 2, task: 't', model: 'm', endDigest: 'end', steps: lines.length, lines: lines.length },
  lines,
});

describe('the next answer', () => {
  // Step 2 only reads; after step 3 the recording rolled back to where step 3 began.
  const played = recording(answer(1, 'a'), answer(2, 'b'), answer(3, 'b'), answer(4, 'b'), answer(5, 'c'));
  const next = (at: number, digest: string, moved = false) =>
    nextAnswer(played, { played: at, moved }, digest)?.step ?? null;

  it('is the one that followed, where the workspace is as it was', () => {
    expect([next(0, 'a'), next(1, 'b'), next(2, 'b'), next(3, 'b'), next(4, 'c')]).toEqual([1, 2, 3, 4, 5]);
  });

  it('is none elsewhere, at the end, and where only the recording’s supervisor moved', () => {
    expect([next(1, 'x'), next(5, 'end'), next(4, 'b')]).toEqual([null, null, null]);
  });

  it('B3: is an earlier one only after the supervisor moved: a step that reads is not played for ever', () => {
    expect(next(4, 'b', true)).toBe(4);
    expect(next(4, 'b', false)).toBeNull();
  });
});

describe('the gate after an answer', () => {
  it('has the rejections before its decision, and none of another gate', () => {
    const lines: RecordingLine[] = [
      answer(1, 'a'),
      { kind: 'decision', gate: 1, decision: 'accept' },
      answer(2, 'b'),
      { kind: 'reject', path: 'x.sh', reason: '' },
      { kind: 'decision', gate: 2, decision: 'redirect', text: 'Shorter' },
      answer(3, 'c'),
    ];
    const gate = gateAfter(recording(...lines), 2);
    expect(gate && gateWords({ ...gate.decision, rejects: gate.rejects })).toBe('reject x.sh, then redirect “Shorter”');
    expect(gate && gateMoves(gate)).toBe('reject x.sh');
    expect(gate && gateMoves({ rejects: [], decision: { ...gate.decision, decision: 'rollback', to: 3 } })).toBe(
      'roll back',
    );
    expect(gateAfter(recording(...lines), 1)?.rejects).toEqual([]);
    expect(gateAfter(recording(...lines), 3)).toBeNull();
    expect(gateAfter(recording(...lines), 9)).toBeNull();
  });
});

describe('the words of a probe', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('a\nstderr:\nb', '\nstderr:\n', 'stdout:\n'));
  const probe = fc.record({ stdout: text, stderr: text, exitCode: fc.option(fc.nat(255)) });

  it('are the same when they are read and written again, whatever was printed', () => {
    const again = (words: string) => {
      const read = probeOfText(words);
      return read === null ? null : probeText(read);
    };
    fc.assert(fc.property(probe, (answered) => again(probeText(answered)) === probeText(answered)));
    fc.assert(fc.property(probe, (answered) => again(probeText(answered, true)) === probeText(answered)));
    const late = probeText({ stdout: 'x', stderr: '', exitCode: null, endedBy: 'timed out after 10 s' });
    expect([again(late), probeOfText('error: no probes are left')]).toEqual([late, null]);
  });
});
