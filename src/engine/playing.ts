/**
 * Job: a run that plays a recording: its model, its pace, and what the recording's supervisor did where the run stands.
 * Boundary: joins the recording with the run; what comes next is `run/playback.ts`, what an answer is `model/recorded.ts`.
 */
import type { RecordedActs, Requests } from '../protocol/messages.ts';
import { RequestRefused } from '../protocol/refused.ts';
import { gateAfter, type Position } from '../run/playback.ts';
import type { Recording } from '../run/recording.ts';
import type { GateOpen, Rejection } from '../run/state.ts';
import type { Checkpoints } from './effects/checkpoints.ts';
import { Pace, recordedModel } from './model/recorded.ts';
import type { CallModel } from './model/request.ts';
import type { Records } from './records.ts';
import type { Run } from './run.ts';
import type { Handlers } from './server.ts';

export interface PlayingParts {
  readonly run: Run;
  readonly records: Records;
  readonly checkpoints: Checkpoints;
  readonly recording: Recording;
  readonly secondsPerAnswer: number;
}

/** So many of the newest checkpoints are looked through for a place from where the recording goes on. */
const checkpointsLookedThrough = 300;

export class Playing {
  readonly pace: Pace;
  readonly call: CallModel;
  private readonly parts: PlayingParts;

  constructor(parts: PlayingParts) {
    this.parts = parts;
    this.pace = new Pace(parts.secondsPerAnswer);
    this.call = recordedModel({
      recording: parts.recording,
      pace: this.pace,
      position: () => this.position(),
      contentDigest: () => parts.checkpoints.contentDigest('workspace'),
      checkpointAt: (digests) => this.checkpointAt(digests),
    });
  }

  /** What is left to do at the open gate to decide it as recorded; null: no gate is open, or none was there in the recording. */
  async decision(): Promise<RecordedActs | null> {
    const { run, records, recording } = this.parts;
    const { gate, rejections } = run.state;
    const acts = gate === null ? null : gateAfter(recording, records.folded.recordedStep);
    if (gate === null || acts === null) return null;
    const { decision, text, to, toDigest } = acts.decision;
    const rejects = acts.rejects.filter(({ path }) => !isRejected(path, gate, rejections));
    const done = { rejects, decision, ...(text !== undefined && { text }) };
    if (decision !== 'rollback') return done;
    // Numbers differ where the supervisor's own edits were kept as checkpoints between.
    const here = await this.checkpointAt(new Set(toDigest === undefined ? [] : [toDigest]), to);
    return here === null ? null : { ...done, to: here };
  }

  private position(): Position {
    const { run, records } = this.parts;
    const newest = run.state.checkpoints.at(-1);
    return { played: records.folded.recordedStep, moved: newest !== undefined && newest.kind !== 'step' };
  }

  /** @param first looked at before all others */
  private async checkpointAt(digests: ReadonlySet<string>, first?: number): Promise<number | null> {
    const { run, checkpoints } = this.parts;
    const newest = run.state.checkpoints.length - 1;
    const numbers = Array.from({ length: Math.min(checkpointsLookedThrough, newest + 1) }, (_, i) => newest - i);
    if (first !== undefined && first <= newest) numbers.unshift(first);
    for (const number of numbers) if (digests.has(await checkpoints.contentDigest(number))) return number;
    return null;
  }
}

function isRejected(path: string, gate: GateOpen, rejections: readonly Rejection[]): boolean {
  return rejections.some((one) => one.path === path && !one.takenBack && one.at >= gate.openedAt);
}

/** What a client asks of a run that plays a recording. */
export function playingRequests(playing: Pick<Playing, 'decision' | 'pace'> | null) {
  return {
    recordedDecision: () => playing?.decision() ?? Promise.resolve(null),
    setPace: ({ factor }: Requests['setPace']['params']) => {
      if (playing === null) throw new RequestRefused('This run plays no recording.');
      if (factor !== null) playing.pace.set(factor);
      return Promise.resolve({ factor: playing.pace.factor });
    },
  } satisfies Partial<Handlers>;
}
