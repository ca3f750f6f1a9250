/**
 * Job: a model that plays the answers of an earlier run.
 * Boundary: answers only: tools, tests, checkpoints and gates of the run are done for real.
 * Rules: an answer is played only where the workspace stands as it stood when the answer was recorded; anywhere else there is
 *   none, and the failure says what to do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Recording } from '../../run/recording.ts';
import type { CallModel, ModelFailure, ModelResult } from './request.ts';

export interface RecordedPorts {
  readonly recording: Recording;
  /** Of the workspace as it stands now. */
  readonly contentDigest: () => Promise<string>;
  /** How long an answer takes, so that a person can follow. */
  readonly secondsPerAnswer: number;
}

export function recordedModel({ recording, contentDigest, secondsPerAnswer }: RecordedPorts): CallModel {
  return async (_request, { step, signal, onText }): Promise<ModelResult> => {
    const recorded = recording.answers.get(step);
    if (recorded === undefined) return failed('not-recorded', noAnswer(step, 'the recording ends before it'));
    if (recorded.digest !== (await contentDigest()))
      return failed('not-recorded', noAnswer(step, 'the folder is not as it was when the answer was given'));
    try {
      await sleep(secondsPerAnswer * 1000, undefined, { signal });
    } catch {
      // only the signal ends the wait
      return failed('interrupted', 'The recording was interrupted.');
    }
    onText?.(recorded.text);
    const { text, usage, finishReason } = recorded;
    const calls = recorded.calls.map((call, index) => ({ ...call, callId: String(index + 1) }));
    return { ok: true, answer: { text, calls, usage, usageEstimated: true, finishReason } };
  };
}

function noAnswer(step: number, why: string): string {
  return (
    `There is no recorded answer for step ${String(step)} from here: ${why}. ` +
    'Take back what you decided otherwise than the recording, or start the sample again.'
  );
}

function failed(kind: ModelFailure['kind'], message: string): ModelResult {
  return { ok: false, failure: { kind, message, retryable: kind === 'interrupted', billed: false } };
}
