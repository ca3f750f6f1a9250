/**
 * Job: follow a run until it ends or needs somebody: for the command line, samples and tests.
 * Boundary: no screen; who wants to print listens to the connection.
 * Rules: G1 it decides a gate only when told to decide all. G3 what it names as shown is what the state shows.
 */
import type { Disposable } from '../base/disposable.ts';
import type { AbortSignalLike } from '../base/clock.ts';
import { RequestRefused } from '../protocol/refused.ts';
import type { PauseReason } from '../run/entry.ts';
import type { GateOpen, RunState } from '../run/state.ts';
import { shownOf } from '../run/shown.ts';
import type { RunConnection } from './connection.ts';
import { decideAsRecorded } from './decideAsRecorded.ts';
import { EngineGone } from './link.ts';

/**
 * `accept`: each gate is accepted as it opens. `recorded`: each is decided as in the recording that is played; one that is not
 * in it is the end. `stop`: the first open gate is the end. `wait`: somebody else decides.
 */
export type GateConduct = 'accept' | 'recorded' | 'stop' | 'wait';

export interface FollowOptions {
  readonly gates: GateConduct;
  /** Also return when the run pauses for something that only a person can mend (budget, key, model …). */
  readonly stopWhenPaused: boolean;
  /** Ends the following; the run goes on. */
  readonly signal?: AbortSignalLike;
}

export type RunEnd =
  | { readonly kind: 'ended'; readonly outcome: 'finished' | 'stopped'; readonly message: string }
  | { readonly kind: 'gate'; readonly gate: GateOpen }
  | { readonly kind: 'paused'; readonly reason: PauseReason; readonly message: string }
  /** The engine died or left before the end. */
  | { readonly kind: 'lost'; readonly message: string }
  | { readonly kind: 'detached' };

/** Never rejects for what the run does; the connection stays open. */
export async function runToEnd(connection: RunConnection, options: FollowOptions): Promise<RunEnd> {
  const stops: Disposable[] = [];
  const decided = new Set<number>();
  try {
    return await new Promise<RunEnd>((resolve, reject) => {
      const look = (state: RunState) => {
        const end = endOf(state, options);
        if (end) resolve(end);
        else if (decides(options.gates) && state.gate && !decided.has(state.gate.gate)) {
          const { gate } = state;
          decided.add(gate.gate);
          decide(connection, state, gate, options.gates).then((done) => {
            if (!done) resolve({ kind: 'gate', gate });
          }, reject);
        }
      };
      stops.push(connection.onState(look));
      stops.push(
        connection.onClosed(({ message }) => {
          resolve({ kind: 'lost', message });
        }),
      );
      const detach = () => {
        resolve({ kind: 'detached' });
      };
      options.signal?.addEventListener('abort', detach, { once: true });
      stops.push({ dispose: () => options.signal?.removeEventListener('abort', detach) });
      if (options.signal?.aborted) detach();
      look(connection.state);
    });
  } finally {
    for (const stop of stops) stop.dispose();
  }
}

function endOf(state: RunState, options: FollowOptions): RunEnd | null {
  if (state.ended) return { kind: 'ended', outcome: state.ended.outcome, message: state.ended.message };
  if (state.gate && options.gates === 'stop') return { kind: 'gate', gate: state.gate };
  // A recorded rollback is followed by the recorded resume.
  const goesOn = options.gates === 'recorded' && state.paused?.reason === 'rollback';
  if (
    state.paused &&
    options.stopWhenPaused &&
    state.paused.reason !== 'supervisor' &&
    state.paused.until === undefined &&
    !goesOn
  ) {
    return { kind: 'paused', reason: state.paused.reason, message: state.paused.message };
  }
  return null;
}

type Deciding = Extract<GateConduct, 'accept' | 'recorded'>;

function decides(conduct: GateConduct): conduct is Deciding {
  return conduct === 'accept' || conduct === 'recorded';
}

/** False: the recording has no decision for this gate. */
async function decide(connection: RunConnection, state: RunState, gate: GateOpen, conduct: Deciding): Promise<boolean> {
  const shown = shownOf(state, null);
  try {
    if (conduct === 'accept') {
      await connection.request('decide', { gate: gate.gate, decision: 'accept', shown });
      return true;
    }
    const acts = await connection.request('recordedDecision', {});
    if (acts) await decideAsRecorded(connection, gate.gate, acts, shown);
    return acts !== null;
  } catch (error) {
    // Refused: another window decided it first. Gone: the close tells. Either way the gate isn't ours any more.
    if (!(error instanceof RequestRefused || error instanceof EngineGone)) throw error;
    return true;
  }
}
