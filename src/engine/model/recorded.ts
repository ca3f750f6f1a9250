/**
 * Job: a model that plays the answers of an earlier run.
 * Boundary: answers only: tools, tests, checkpoints and gates of the run are done for real.
 * Rules: an answer is played only where the workspace stands as it stood when the answer was recorded; anywhere else there is
 *   none, and the failure says what happened and the ways out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { gateAfter, gateMoves, answerAfter, answerDigests, nextAnswer, type Position } from '../../run/playback.ts';
import type { Recording } from '../../run/recording.ts';
import type { CallModel, ModelFailure, ModelResult } from './request.ts';

export interface RecordedPorts {
  readonly recording: Recording;
  readonly position: () => Position;
  /** Of the workspace as it stands now. */
  readonly contentDigest: () => Promise<string>;
  /** The newest checkpoint that stands at one of these digests; null: none does. */
  readonly checkpointAt: (digests: ReadonlySet<string>) => Promise<number | null>;
  readonly pace: Pace;
}

export function recordedModel(ports: RecordedPorts): CallModel {
  const { recording, position, contentDigest, pace } = ports;
  return async (_request, { step, signal, onText }): Promise<ModelResult> => {
    const digest = await contentDigest();
    const recorded = nextAnswer(recording, position(), digest);
    if (recorded === null) return noAnswer(ports, step, digest);
    if (!(await pace.wait(signal))) return failed('interrupted', 'The recording was interrupted.');
    onText?.(recorded.text);
    const { text, usage, finishReason, step: recordedStep } = recorded;
    const calls = recorded.calls.map((call, index) => ({ ...call, callId: String(index + 1) }));
    return { ok: true, answer: { text, calls, usage, usageEstimated: true, finishReason, recordedStep } };
  };
}

/** How long an answer takes, so that a person can follow; quicker when they ask for it, also in the midst of one. */
export class Pace {
  private readonly secondsPerAnswer: number;
  private times = 1;
  private changed = new AbortController();

  constructor(secondsPerAnswer: number) {
    this.secondsPerAnswer = secondsPerAnswer;
  }

  /** So many times as quick as recorded. */
  get factor(): number {
    return this.times;
  }

  set(factor: number): void {
    this.times = factor;
    this.changed.abort();
    this.changed = new AbortController();
  }

  /** False: the signal ended it. */
  async wait(signal: AbortSignal): Promise<boolean> {
    let leftMs = this.secondsPerAnswer * 1000;
    while (leftMs > 0 && !signal.aborted) {
      const { times } = this;
      const began = performance.now();
      await sleep(leftMs / times, undefined, { signal: AbortSignal.any([signal, this.changed.signal]) }).catch(
        () => undefined, // a change of pace or the signal, which the loop looks at
      );
      leftMs -= (performance.now() - began) * times;
    }
    return !signal.aborted;
  }
}

/** What happened, what put the folder elsewhere in the recording, and the ways out. */
async function noAnswer(
  { recording, position, checkpointAt }: RecordedPorts,
  step: number,
  digest: string,
): Promise<ModelResult> {
  const { played } = position();
  const next = answerAfter(recording, played);
  if (next === null && digest === recording.head.endDigest)
    return failed(
      'not-recorded',
      `The recording ends here: it has no answer for step ${String(step)}. Start it again in a fresh folder (Restart the Sample), or begin a task of your own.`,
    );
  const at = (next && (await checkpointAt(new Set([next.digest])))) ?? (await checkpointAt(answerDigests(recording)));
  const gate = gateAfter(recording, played);
  const moves = gate === null ? '' : gateMoves(gate);
  const message = [
    `The recording has no answer for step ${String(step)} here: the folder is not as it was then.`,
    ...(moves === '' ? [] : [`Recorded at the last gate: ${moves}.`]),
    at === null
      ? 'Start it again in a fresh folder (Restart the Sample).'
      : `It goes on from checkpoint ${String(at)}: roll back to it and resume.`,
  ].join(' ');
  return failed('not-recorded', message, at ?? undefined);
}

function failed(kind: ModelFailure['kind'], message: string, goesOnAt?: number): ModelResult {
  const where = goesOnAt === undefined ? {} : { goesOnAt };
  return { ok: false, failure: { kind, message, retryable: kind === 'interrupted', billed: false, ...where } };
}
