/**
 * Job: fold one entry into the state of the run. The same function runs in the engine, the window, the webview and the
 * command line, so every screen is the same fold.
 * Boundary: pure. An entry is a fact: nothing is refused here, nothing asks for the time.
 * Rules: one fold per entry type, in a mapped type: a forgotten member does not compile. J1 is asserted.
 */
import { assert } from '../base/assert.ts';
import { LongList } from '../base/longList.ts';
import { noBudget } from './budget.ts';
import type { Entry, EntryType, ToolCall } from './entry.ts';
import { noFigures, notVerified, sampled, verified, verifying, withoutProblems } from './reduceFigures.ts';
import { happeningOf } from './happening.ts';
import { belay } from './ladder.ts';
import { limits } from './limits.ts';
import { charged, counted, withClock, withoutJump } from './reduceBudget.ts';
import {
  contextAnswered,
  contextCut,
  contextFailed,
  contextOfAnotherStory,
  contextResumed,
  contextTold,
  noContext,
  retryOf,
  summaryAnswered,
  summaryFailed,
  summaryRequested,
} from './reduceContext.ts';
import { modelChanged } from './models.ts';
import { looked, noForecast } from './reduceForecast.ts';
import { gateDecided, gateOpened } from './reduceGate.ts';
import { checked, noIntegrity } from './reduceIntegrity.ts';
import { detected, dismissed, noStalls, onAnotherCourse, scored, settled, traced } from './reduceStall.ts';
import { takenBack } from './reduceRollback.ts';
import { newStore, swept, taken, thinned } from './reduceStore.ts';
import { noPace } from './pace.ts';
import { paced } from './throttle.ts';
import { summaryOf } from './stepSummary.ts';
import type { CallState, CheckpointSummary, RunState, StepInProgress } from './state.ts';

export const initialState: RunState = {
  seq: 0,
  at: 0,
  run: null,
  generation: 0,
  paused: null,
  stopRequested: false,
  ended: null,
  step: null,
  steps: [],
  stepsFinished: 0,
  stepsStarted: 0,
  checkpoints: LongList.of<CheckpointSummary>([]),
  head: null,
  accepted: 0,
  acceptedFiles: {},
  beforeAccept: null,
  commit: null,
  lastCommit: null,
  rollback: null,
  lastRollback: null,
  figures: { visible: noFigures, heldOut: noFigures },
  debt: null,
  integrity: noIntegrity,
  stalls: noStalls,
  forecast: noForecast,
  context: noContext,
  gate: null,
  gateRolledBack: null,
  gatesDecided: 0,
  sinceGate: { steps: 0, spentUsd: 0, bestVisible: null, checkpoint: 0, results: {} },
  softPassed: [],
  directives: [],
  rejections: [],
  plan: [],
  notes: [],
  asked: null,
  endAccepted: false,
  budget: noBudget,
  pace: noPace,
  heldOutLooks: 0,
  happenings: [],
  store: newStore,
};

/** Folds the next entry. Asserts that `seq` is dense (J1). */
export function reduce(state: RunState, entry: Entry): RunState {
  assert(entry.seq === state.seq + 1, `J1: entry ${String(entry.seq)} after ${String(state.seq)}`);
  const fold = folds[entry.type] as (state: RunState, entry: Entry) => RunState;
  const next = {
    ...fold(state, entry),
    seq: entry.seq,
    at: entry.at,
    happenings: withHappening(state, entry),
    pace: paced(state, entry),
  };
  return withClock(next, state, entry);
}

/** The step in progress after an entry of its own course, folded apart from the run: for rows that are made from the journal. */
export function reduceStep(step: StepInProgress | null, entry: Entry): StepInProgress | null {
  const fold = folds[entry.type] as (state: RunState, entry: Entry) => RunState;
  return fold({ ...initialState, step }, entry).step;
}

function withHappening(before: RunState, entry: Entry): RunState['happenings'] {
  const happening = happeningOf(before, entry);
  return happening === null ? before.happenings : [...before.happenings, happening].slice(-limits.happeningsInState);
}

type Folds = { [K in EntryType]: (state: RunState, entry: Entry<K>) => RunState };

const folds: Folds = {
  'run.created': (state, entry) => {
    const { runId, workspace, task, baseline, provenance, seal, supervisor, forkedFrom, at, storeQuotaBytes } = entry;
    return {
      ...state,
      run: {
        ...{ runId, workspace, task, baseline, provenance, seal, supervisor, createdAt: at },
        ...(forkedFrom && { forkedFrom }),
      },
      budget: { ...state.budget, limits: task.limits },
      store: storeQuotaBytes === undefined ? state.store : { ...state.store, quotaBytes: storeQuotaBytes },
    };
  },
  'engine.started': (state, { generation }) => ({
    ...state,
    generation,
    figures: {
      visible: { ...state.figures.visible, running: null },
      heldOut: { ...state.figures.heldOut, running: null },
    },
  }),
  'clock.jumped': (state, { byMs, at }) => ({ ...state, budget: withoutJump(state.budget, byMs, at) }),
  'run.paused': (state, { reason, message, at, checkpoint, until }) => ({
    ...state,
    paused: {
      reason,
      message,
      since: at,
      ...(checkpoint !== undefined && { checkpoint }),
      ...(until !== undefined && { until }),
    },
  }),
  'run.resumed': (state, { by }) => ({
    ...state,
    paused: null,
    // What could not be verified for want of a sandbox was not tried: a gate asks for it again.
    figures: state.paused?.reason === 'sandbox' ? withoutProblems(state.figures) : state.figures,
    step: state.step && {
      ...state.step,
      failures: 0,
      retry: null,
      parks: by !== undefined ? 0 : state.step.parks + (state.paused?.reason === 'model' ? 1 : 0),
    },
    context: contextResumed(state, by),
  }),
  'stop.requested': (state) => ({ ...state, stopRequested: true }),
  'run.ended': (state, { outcome, message, at, endDigest }) => ({
    ...state,
    ended: { outcome, message, at, ...(endDigest !== undefined && { endDigest }) },
    step: null,
    gate: null,
    paused: null,
  }),

  'step.started': (state, { step, seq, at }) => ({
    ...state,
    lastRollback: null,
    stepsStarted: step,
    step: {
      step,
      startedAt: at,
      seq,
      costUsd: 0,
      tokens: { input: 0, cachedInput: 0, output: 0 },
      request: null,
      failures: 0,
      parks: 0,
      retry: null,
      text: '',
      calls: null,
    },
  }),
  'step.finished': (state, entry) => {
    assert(state.step?.step === entry.step, `step ${String(entry.step)} finished without having started`);
    const steps = [...state.steps, summaryOf(state.step, entry)].slice(-limits.stepsInState);
    const stalls = traced(state, state.step, entry.checkpoint);
    return { ...state, step: null, steps, stalls, stepsFinished: state.stepsFinished + 1 };
  },

  'model.requested': (state, { attempt, reservedUsd, reservedTokens, directives, step, at }) => ({
    ...inStep(state, (s) => ({ ...s, request: { attempt, reservedUsd, reservedTokens, since: at }, retry: null })),
    budget: { ...state.budget, reservedUsd, reservedTokens },
    directives: state.directives.map((d) =>
      d.sentInStep === null && directives.includes(d.directive) ? { ...d, sentInStep: step } : d,
    ),
  }),
  'model.answered': (state, entry) => {
    const { text, calls, usage, usageEstimated, costUsd } = entry;
    return {
      ...inStep(state, (s) => ({
        ...s,
        request: null,
        failures: 0,
        retry: null,
        text,
        calls: calls.map(callBefore),
        costUsd: s.costUsd + costUsd,
        tokens: {
          input: s.tokens.input + usage.input,
          cachedInput: s.tokens.cachedInput + usage.cachedInput,
          output: s.tokens.output + usage.output,
        },
      })),
      budget: counted(charged(state, costUsd, usage.input + usage.output), usage, usageEstimated),
      context: contextAnswered(state, entry),
    };
  },
  'model.failed': (state, entry) => ({
    ...inStep(state, (s) => ({
      ...s,
      request: null,
      failures: s.failures + 1,
      retry: retryOf(entry),
      costUsd: s.costUsd + entry.costUsd,
    })),
    budget: charged(state, entry.costUsd, entry.tokens),
    context: contextFailed(state, entry),
  }),

  'model.changed': modelChanged,
  'context.asked': (state, { way, by }) => ({ ...state, context: { ...state.context, asked: { way, by } } }),
  'summary.requested': summaryRequested,
  'summary.answered': summaryAnswered,
  'summary.failed': summaryFailed,
  'context.compacted': contextCut,
  'context.freshened': contextCut,

  'tool.started': (state, { callId, title, intent, at }) =>
    inCall(state, callId, (call) => ({ ...call, title, startedAt: at, ...(intent && { intent }) })),
  'tool.finished': (state, entry) => {
    const { callId, status, output, wallMs, edit, exitCode, visible, note, plan, question, finish } = entry;
    const result = {
      status,
      output,
      wallMs,
      ...(edit && { edit }),
      ...(exitCode !== undefined && { exitCode }),
      ...(visible && { visible }),
    };
    const asks = question !== undefined || finish !== undefined;
    return {
      ...inCall(state, callId, (call) => ({ ...call, result })),
      context: contextTold(state, entry),
      notes: note === undefined ? state.notes : [...state.notes, note].slice(-limits.notesInPrompt),
      plan: plan ?? state.plan,
      asked: asks
        ? { ...state.asked, ...(question !== undefined && { question }), ...(finish !== undefined && { finish }) }
        : state.asked,
    };
  },

  'checkpoint.created': taken,
  'checkpoints.thinned': thinned,
  'store.swept': swept,
  'quota.changed': (state, { storeBytes }) => ({ ...state, store: { ...state.store, quotaBytes: storeBytes } }),
  'rollback.started': (state, { to, safety, plan, by, undo, paths, part, reason, directive }) => {
    const gate = undo ? (state.lastRollback?.gate ?? null) : state.gateRolledBack;
    const given = reason === undefined || directive === undefined ? undefined : { reason, directive };
    const why = given ?? (undo ? state.lastRollback?.why : undefined);
    return {
      ...state,
      rollback: {
        to,
        safety,
        plan,
        by,
        undo,
        gate: paths === undefined ? gate : null,
        ...(paths && { paths }),
        ...(part && { part }),
        ...(why && { why }),
      },
      gateRolledBack: null,
      // Files that are put back cut no step: the run goes on.
      step: paths === undefined ? null : state.step,
      rejections: undo && paths && !part ? takenBack(state.rejections, paths) : state.rejections,
    };
  },
  'rollback.finished': (state, { to, conflicts }) => {
    assert(state.rollback !== null, 'a rollback finished that had not started');
    const { safety, undo, paths, part, gate, why, by } = state.rollback;
    const checkpoint = state.head ?? 0;
    return {
      ...state,
      rollback: null,
      // What was asked belongs to the story that is undone; of a story that stands it is asked still.
      asked: paths === undefined ? null : state.asked,
      // An open gate is about what is there now: to accept it accepts the file as it was put back.
      gate: state.gate && { ...state.gate, checkpoint },
      lastRollback: {
        to,
        safety,
        conflicts,
        undo,
        gate: undo ? null : gate,
        ...(paths && { paths }),
        ...(part && { part }),
        ...(why && { why }),
      },
      sinceGate: { ...state.sinceGate, bestVisible: null, checkpoint },
      stalls: by === belay ? state.stalls : onAnotherCourse(state),
      context: paths === undefined ? contextOfAnotherStory(state) : state.context,
    };
  },
  'file.rejected': (state, { path, reason, directive, by, at, to }) => ({
    ...state,
    rejections: [...state.rejections, { path, reason, directive, by, at, to, takenBack: false }],
  }),

  'verification.started': verifying,
  'verification.finished': (state, entry) => ({
    ...verified(state, entry),
    stalls: scored(state, entry),
    forecast: looked(state, entry),
  }),
  'verification.sampled': sampled,
  'verification.failed': notVerified,
  'integrity.checked': (state, entry) => ({ ...state, integrity: checked(state.integrity, entry) }),
  'stall.detected': (state, entry) => ({ ...state, stalls: detected(state, entry) }),
  'stall.settled': (state, entry) => ({ ...state, stalls: settled(state, entry) }),
  'stall.dismissed': (state, entry) => ({ ...state, stalls: dismissed(state, entry) }),
  'heldOut.viewed': (state) => ({ ...state, heldOutLooks: state.heldOutLooks + 1 }),

  'gate.opened': gateOpened,
  'gate.decided': gateDecided,
  'files.accepted': (state, { paths, checkpoint, seq: acceptance }) => ({
    ...state,
    acceptedFiles: { ...state.acceptedFiles, ...Object.fromEntries(paths.map((path) => [path, checkpoint])) },
    beforeAccept: { accepted: state.accepted, acceptedFiles: state.acceptedFiles, acceptance, files: paths.length },
  }),
  'commit.started': (state, { branch, parent, files, accepts, by, shown }) => ({
    ...state,
    commit: { branch, parent, files, accepts, by, shown },
  }),
  'commit.finished': (state, { commit, accepted, seq }) => {
    assert(state.commit !== null, 'a commit was finished that had not started');
    const { branch, parent, files } = state.commit;
    // Its acceptance is the next entry of the same commit of the journal.
    const lastCommit = { commit, branch, parent, files, acceptance: accepted ? seq + 1 : null };
    return { ...state, commit: null, lastCommit };
  },
  'commit.failed': (state) => ({ ...state, commit: null }),
  'commit.undone': (state) => ({ ...state, lastCommit: null }),
  'acceptance.withdrawn': (state) => {
    assert(state.beforeAccept !== null, 'an acceptance was taken back, and there is none');
    const { accepted, acceptedFiles } = state.beforeAccept;
    return { ...state, accepted, acceptedFiles, beforeAccept: null };
  },
  'run.forked': (state) => state,
  'directive.added': (state, { directive, text, by }) => ({
    ...state,
    stalls: onAnotherCourse(state),
    directives: [...state.directives, { directive, text, by, withdrawn: false, sentInStep: null }],
  }),
  'directive.withdrawn': (state, { directive }) => ({
    ...state,
    directives: state.directives.map((d) => (d.directive === directive ? { ...d, withdrawn: true } : d)),
  }),
  'budget.changed': (state, { limits: changed }) => ({
    ...state,
    budget: { ...state.budget, limits: changed },
    // A soft limit that stays and has had its gate opens no second one.
    softPassed: state.softPassed.filter((kind) => changed[kind]?.soft === state.budget.limits[kind]?.soft),
  }),
};

function inStep(state: RunState, change: (step: StepInProgress) => StepInProgress): RunState {
  assert(state.step !== null, `entry ${String(state.seq + 1)} belongs to a step, and none is in progress`);
  return { ...state, step: change(state.step) };
}

function inCall(state: RunState, callId: string, change: (call: CallState) => CallState): RunState {
  return inStep(state, (step) => {
    const calls = step.calls ?? [];
    assert(
      calls.some((c) => c.callId === callId),
      `no call ${callId} in step ${String(step.step)}`,
    );
    return { ...step, calls: calls.map((c) => (c.callId === callId ? change(c) : c)) };
  });
}

function callBefore(call: ToolCall): CallState {
  return { ...call, title: call.name, startedAt: null, result: null };
}
