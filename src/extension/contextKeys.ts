/**
 * Job: which commands work now, as the context keys that package.json's `enablement` and `when` clauses read.
 * Boundary: pure; extension.ts hands the changes to VS Code.
 */
import type { ConnectionKind } from '../protocol/webview.ts';
import { modelToSwitchTo } from '../run/models.ts';
import type { RunState } from '../run/state.ts';
import { asksByHand, canCommit, canTakeBack } from '../run/status.ts';

export const contextKeys = [
  'hasRun',
  'starting',
  'lost',
  'served',
  'live',
  'running',
  'paused',
  'stopping',
  'gateOpen',
  'canUndoRollback',
  'stalled',
  'hasOtherModel',
  'canUndoAccept',
  'hasHeldOut',
  'waitsForKey',
  'waitsForConsent',
  'asksByHand',
  'canCommit',
  'playsRecording',
  'hasTask',
  // Told for the walkthrough, whose steps tick themselves.
  'hasAccepted',
  'hasRedirected',
  'hasRolledBack',
] as const;
export type ContextKey = (typeof contextKeys)[number];
export type ContextValues = Readonly<Record<ContextKey, boolean>>;

export function contextOf(kind: ConnectionKind, state: RunState | null, hasTask: boolean): ContextValues {
  const live = kind === 'attached' && state !== null && state.ended === null;
  const served = kind === 'attached' || kind === 'readOnly';
  const here = live ? state : null;
  // What is accepted can be decided after the end too.
  const shown = served ? state : null;
  const paused = (here?.paused ?? null) !== null;
  const gateOpen = (here?.gate ?? null) !== null;
  const stopping = here?.stopRequested === true;
  return {
    hasRun: kind !== 'none',
    starting: kind === 'starting',
    lost: kind === 'lost',
    served,
    live,
    running: live && !paused && !gateOpen && !stopping,
    paused: paused && !stopping,
    stopping,
    gateOpen,
    canUndoRollback: here !== null && canTakeBack(here),
    stalled: here !== null && here.stalls.alarm !== null && here.gate === null,
    hasOtherModel: here !== null && modelToSwitchTo(here) !== null,
    canUndoAccept: (shown?.beforeAccept ?? null) !== null,
    hasHeldOut: state?.run?.task.hasHeldOut === true,
    waitsForKey: here?.paused?.reason === 'key',
    waitsForConsent: here?.paused?.reason === 'consent',
    asksByHand: here !== null && asksByHand(here) && (here.step?.request ?? null) !== null,
    canCommit: shown !== null && canCommit(shown),
    playsRecording: state?.run?.task.recording !== undefined,
    hasTask,
    hasAccepted: state !== null && (state.accepted > 0 || Object.keys(state.acceptedFiles).length > 0),
    hasRedirected: state !== null && state.directives.length > state.rejections.length,
    hasRolledBack: state !== null && state.lastRollback !== null && state.lastRollback.paths === undefined,
  };
}

/** The keys whose value differs; all of them when nothing was told yet. */
export function changedKeys(before: ContextValues | null, now: ContextValues): readonly ContextKey[] {
  return contextKeys.filter((key) => before?.[key] !== now[key]);
}
