/**
 * Job: fold a gate that opens, and what the supervisor decided at it.
 * Boundary: pure, as reduce.ts, which it is a part of.
 * Rules: G1 while `gate` is set nothing of the agent runs. H4 a gate shows the held-out figure, so it counts as a look.
 */
import { assert } from '../base/assert.ts';
import { overlayAfter } from './accepted.ts';
import { reached } from './budget.ts';
import type { Entry } from './entry.ts';
import { forecastTold } from './reduceForecast.ts';
import { withCheckpoint } from './reduceFigures.ts';
import { onAnotherCourse } from './reduceStall.ts';
import { toldAtGate } from './reduceIntegrity.ts';
import type { RunState } from './state.ts';

export function gateOpened(state: RunState, entry: Entry<'gate.opened'>): RunState {
  const { gate, step, checkpoint, reasons, at } = entry;
  return {
    ...state,
    gate: { gate, step, checkpoint, reasons, openedAt: at },
    integrity: reasons.some((r) => r.kind === 'integrity') ? toldAtGate(state.integrity) : state.integrity,
    forecast: reasons.some((r) => r.kind === 'forecast') ? forecastTold(state) : state.forecast,
    softPassed: reasons.some((r) => r.kind === 'budget') ? reached(state, 'soft', at) : state.softPassed,
    checkpoints: withCheckpoint(state.checkpoints, checkpoint, { gate }),
    heldOutLooks: state.heldOutLooks + (state.figures.heldOut.last === null ? 0 : 1),
  };
}

export function gateDecided(state: RunState, { decision, seq }: Entry<'gate.decided'>): RunState {
  assert(state.gate !== null, 'a gate was decided that was not open');
  const ends = state.gate.reasons.some((r) => r.kind === 'end');
  const [visible, heldOut] = [state.figures.visible.last, state.figures.heldOut.last];
  return {
    ...state,
    gate: null,
    gateRolledBack: decision === 'rollback' ? state.gate : null,
    gatesDecided: state.gatesDecided + 1,
    stalls: state.gate.reasons.some((r) => r.kind === 'stall') ? onAnotherCourse(state) : state.stalls,
    asked: null,
    ...(decision === 'accept' && acceptedWhole(state, state.gate.checkpoint, seq)),
    endAccepted: decision === 'accept' && ends,
    sinceGate: {
      steps: state.stepsFinished,
      spentUsd: state.budget.spentUsd,
      bestVisible: visible === null || visible.total === 0 ? null : visible.pass / visible.total,
      checkpoint: state.gate.checkpoint,
      results: { ...(visible && { visible: visible.results }), ...(heldOut && { heldOut: heldOut.results }) },
    },
  };
}

function acceptedWhole(
  { accepted, acceptedFiles }: RunState,
  checkpoint: number,
  acceptance: number,
): Pick<RunState, 'accepted' | 'acceptedFiles' | 'beforeAccept'> {
  return {
    accepted: checkpoint,
    acceptedFiles: overlayAfter(checkpoint, acceptedFiles),
    beforeAccept: { accepted, acceptedFiles, acceptance, files: null },
  };
}
