/**
 * Job: how the run stands, in the words of the screens: the state line, its way out, the status bar, one sentence.
 * Boundary: pure; reads the folded state and how the window stands to the engine. Icons and colours are the screens'.
 * Rules: G1 a gate is said before everything but the end and a lost engine. H2 what is not sealed is said beside the
 *   held-out figure. Each state that waits names its way out.
 */
import { unreachable } from '../base/assert.ts';
import { rateIntervalWords, sinceGateWords } from './debtWords.ts';
import { hasFailed } from './decide.ts';
import type { PauseReason } from './entry.ts';
import { capitalised, formatCount, formatCounted } from './forDisplay.ts';
import type { SummaryInProgress } from './contextFacts.ts';
import { limits } from './limits.ts';
import type { CallRetry } from './modelFacts.ts';
import { somePathsInWords } from './pathWords.ts';
import { lagWords, sampleIntervalWords, sampleNotes, sampleRateWords } from './sampleWords.ts';
import { lagOf, placeWords, standingFigure, type StandingFigure } from './standing.ts';
import type {
  FinishedRollback,
  GateOpen,
  Paused,
  RunState,
  SampleFigure,
  StepInProgress,
  SuiteFigure,
} from './state.ts';

/** How a window stands to the run's engine; `protocol/webview.ts` says what each means. */
export type EngineLink = 'none' | 'starting' | 'attached' | 'readOnly' | 'lost';

export type StatusTone = 'running' | 'waiting' | 'paused' | 'problem' | 'done' | 'stopped' | 'idle';
export type WayOut =
  | 'start'
  | 'startAgain'
  | 'resume'
  | 'raiseLimits'
  | 'enterKey'
  | 'allowModel'
  | 'copyQuestion'
  | 'restartSample'
  /** To `paused.checkpoint`: a plan comes first. */
  | 'rollBack';

export interface Status {
  readonly tone: StatusTone;
  /** "Running", "Waiting for you", "Paused · budget reached". */
  readonly word: string;
  /** What it is doing at this moment, such as "model is answering"; changes often. */
  readonly phase: string;
  /** The sentence below; may be empty. */
  readonly detail: string;
  /** Since when, ms since the epoch; null where that says nothing. */
  readonly since: number | null;
  /** Until when it waits for a provider, ms since the epoch. */
  readonly until: number | null;
  /** Buttons in this order; the first is the primary one. A gate's own buttons and a rollback's Undo are not among them. */
  readonly waysOut: readonly WayOut[];
}

const nothing = { phase: '', detail: '', since: null, until: null, waysOut: [] } as const;

/** The state line. `linkSince` is when `link` became so. */
export function statusOf(state: RunState, link: EngineLink, linkSince: number | null = null): Status {
  const away = withoutEngine(state, link, linkSince);
  if (away !== null) return away;
  if (state.gate !== null) {
    return {
      ...nothing,
      tone: 'waiting',
      word: 'Waiting for you',
      detail: gateSentence(state.gate),
      since: state.gate.openedAt,
    };
  }
  if (state.stopRequested)
    return { ...nothing, tone: 'stopped', word: 'Stopping', detail: 'The call in progress is ended first.' };
  if (state.rollback !== null && !hasFailed(state)) {
    return {
      ...nothing,
      tone: 'running',
      word: 'Rolling back',
      phase: `to checkpoint ${formatCount(state.rollback.to)}`,
      detail: state.rollback.undo ? 'The last rollback is undone.' : '',
      ...(state.rollback.paths && {
        word: 'Running',
        phase: `putting ${somePathsInWords(state.rollback.paths)} back`,
        detail: '',
      }),
    };
  }
  if (state.paused !== null) {
    const { reason, message, since, until } = state.paused;
    const waysOut = waysOutOf(state.paused);
    if (until !== undefined) return { ...nothing, ...parkedStatus(reason, message, until, since) };
    const word = reason === 'rollback' && state.lastRollback?.undo ? 'Paused after the undo' : pausedWords[reason];
    return { ...nothing, tone: toneOf(reason), word, detail: pausedDetail(reason, message), since, waysOut };
  }
  const { pending } = state.context;
  if (pending !== null) return summarising(pending);
  return state.step === null ? betweenSteps(state) : inStep(state.step, asksByHand(state));
}

function withoutEngine(state: RunState, link: EngineLink, since: number | null): Status | null {
  if (state.ended !== null) return endedStatus(state, state.ended);
  switch (link) {
    case 'none':
      return { ...nothing, tone: 'idle', word: 'No run', detail: 'Start one from belay.json.', waysOut: ['start'] };
    case 'starting':
      return { ...nothing, tone: 'running', word: 'Starting', phase: 'the engine', since };
    case 'lost':
      return {
        ...nothing,
        tone: 'problem',
        word: 'Engine not answering',
        detail: 'What it had done is safe. It goes on from the last entry.',
        since,
        waysOut: ['startAgain'],
      };
    case 'attached':
    case 'readOnly':
      return state.run === null ? { ...nothing, tone: 'running', word: 'Starting', phase: 'the run', since } : null;
    default:
      return unreachable(link, 'engine link');
  }
}

function endedStatus(state: RunState, ended: NonNullable<RunState['ended']>): Status {
  const visible = standingFigure(state, 'visible');
  const cases = visible === null ? '' : ` · ${formatCount(visible.pass)} of ${formatCount(visible.total)}`;
  const finished = ended.outcome === 'finished';
  const detail = ended.message === '' ? '' : sentence(capitalised(ended.message));
  return {
    ...nothing,
    tone: finished ? 'done' : 'stopped',
    word: finished ? `Finished${cases}` : 'Stopped',
    detail,
    since: ended.at,
    waysOut: ['start'],
  };
}

const pausedWords: Readonly<Record<PauseReason, string>> = {
  supervisor: 'Paused by you',
  rollback: 'Paused after the rollback',
  budget: 'Paused · budget reached',
  key: 'Waiting for a key',
  window: 'Waiting for a window',
  consent: 'Waiting for your consent',
  model: 'Paused · model does not answer',
  throttle: 'Held back by the throttle',
  recording: 'Paused · no recorded answer',
  disk: 'Paused · disk full',
  sandbox: 'Paused · no sandbox',
  failure: 'Paused · failure',
};

function parkedStatus(reason: PauseReason, message: string, until: number, since: number) {
  const detail = `${pausedDetail(reason, message)} It goes on by itself.`;
  const word = reason === 'throttle' ? pausedWords.throttle : 'Parked by the provider';
  return { tone: 'waiting', word, detail, since, until, waysOut: ['resume'] } as const;
}

/** The rollback stands in a box of its own, and that it is paused is said already. */
function pausedDetail(reason: PauseReason, message: string): string {
  if (reason === 'supervisor' || message === '') return '';
  return reason === 'rollback'
    ? 'Nothing goes on before you say so.'
    : sentence(/^[a-z]+ /.test(message) ? capitalised(message) : message);
}

/** Nothing is broken: somebody has to do something. */
const waitingReasons: ReadonlySet<PauseReason> = new Set(['budget', 'key', 'window', 'consent']);

function toneOf(reason: PauseReason): StatusTone {
  if (reason === 'supervisor' || reason === 'rollback') return 'paused';
  return waitingReasons.has(reason) ? 'waiting' : 'problem';
}

function waysOutOf({ reason, checkpoint }: Paused): readonly WayOut[] {
  if (reason === 'budget') return ['raiseLimits'];
  // A wrong key and a missing one look alike to the supervisor; "Resume" asks the endpoint again with the key it has.
  if (reason === 'key') return ['enterKey', 'resume'];
  if (reason === 'consent') return ['allowModel', 'resume'];
  // To resume where it stands would find no answer again.
  if (reason === 'recording') return checkpoint === undefined ? ['restartSample'] : ['rollBack', 'restartSample'];
  return ['resume'];
}

function betweenSteps(state: RunState): Status {
  const verifying = state.figures.visible.running ?? state.figures.heldOut.running;
  const detail = state.stepsFinished === 0 ? '' : `Step ${formatCount(state.stepsFinished)} is done.`;
  if (verifying === null)
    return { ...nothing, tone: 'running', word: 'Running', phase: 'between steps', detail, since: state.at };
  const phase = `checkpoint ${formatCount(verifying.checkpoint)}`;
  return { ...nothing, tone: 'running', word: 'Verifying', phase, detail, since: verifying.since };
}

function summarising(pending: SummaryInProgress): Status {
  const running = { ...nothing, tone: 'running', word: 'Running' } as const;
  if (pending.retry !== null) return waitingForProvider(pending.retry, pending.failures);
  return { ...running, phase: 'summing up', detail: summarisedFor[pending.why], since: pending.request?.since ?? null };
}

const summarisedFor: Readonly<Record<SummaryInProgress['why'], string>> = {
  full: 'The prompt is full: the model writes a summary of it.',
  overflow: 'The prompt was too long for the model: it writes a summary.',
  asked: 'You asked for a summary: the model writes it.',
};

function waitingForProvider({ message, at }: CallRetry, failures: number): Status {
  const next = `Attempt ${formatCount(failures + 1)} of ${formatCount(limits.modelAttempts)} follows by itself.`;
  // After the last one it pauses, with the same message.
  const detail = failures < limits.modelAttempts ? `${sentence(message)} ${next}` : message;
  return { ...nothing, tone: 'waiting', word: 'Waiting for the provider', detail, until: at };
}

/** The step whose question waits for a person's answer; null: none does. */
export function stepAskedByHand(state: RunState): number | null {
  const asks = asksByHand(state) && state.ended === null && (state.step?.request ?? null) !== null;
  return asks ? (state.step?.step ?? null) : null;
}

/** Whether a person answers for the model. */
export function asksByHand(state: RunState): boolean {
  return state.run?.task.model.provider === 'manual';
}

function inStep(step: StepInProgress, byHand: boolean): Status {
  const running = { ...nothing, tone: 'running', word: 'Running' } as const;
  if (step.retry !== null) return waitingForProvider(step.retry, step.failures);
  const detail = `Step ${formatCount(step.step)}`;
  if (step.request !== null) {
    if (!byHand) return { ...running, phase: 'model is answering', detail, since: step.request.since };
    const next = `${detail}: copy the question to a model, then bring its answer.`;
    const waysOut = ['copyQuestion'] as const;
    return {
      ...running,
      tone: 'waiting',
      word: 'Waiting for your answer',
      detail: next,
      since: step.request.since,
      waysOut,
    };
  }
  const call = step.calls?.find((c) => c.startedAt !== null && c.result === null);
  if (call !== undefined) return { ...running, phase: 'tool', detail: call.title, since: call.startedAt };
  return { ...running, phase: step.calls === null ? 'preparing' : 'checkpoint', detail, since: step.startedAt };
}

/** "Gate at step 412: visible fell 3.1 points (8 cases); 20 steps since the last gate" */
export function gateSentence(gate: GateOpen): string {
  const reasons = gate.reasons.map((r) => r.text).join('; ');
  return `Gate at step ${formatCount(gate.step)}${reasons === '' ? '' : `: ${reasons}`}`;
}

/** Whether the last rollback can be taken back now: a gate that its undo has opened again is decided instead. */
export function canTakeBack({ lastRollback, rollback, gate }: RunState): boolean {
  return lastRollback !== null && rollback === null && (gate === null || lastRollback.paths !== undefined);
}

/** What the last rollback was, and the button that takes it back; an undo names no number, for nobody chose one. */
export function rollbackWords(
  { to, undo, paths, part }: Pick<FinishedRollback, 'to' | 'undo' | 'paths' | 'part'>,
  place = formatCount(to),
): {
  readonly done: string;
  readonly takeBack: 'Undo' | 'Redo';
} {
  if (paths !== undefined) {
    const names = somePathsInWords(paths);
    if (part !== undefined) {
      const what = part === 'hunk' ? `part of ${names}` : names;
      return undo
        ? { done: `Rollback of ${names} undone.`, takeBack: 'Redo' }
        : { done: `Rolled ${what} back to ${place}.`, takeBack: 'Undo' };
    }
    return undo
      ? { done: `Rejection of ${names} undone.`, takeBack: 'Redo' }
      : { done: `Rejected ${names}.`, takeBack: 'Undo' };
  }
  return undo ? { done: 'Rollback undone.', takeBack: 'Redo' } : { done: `Rolled back to ${place}.`, takeBack: 'Undo' };
}

/** What stands between word and phase: "Running · model is answering", but "Verifying checkpoint 412". */
export function phaseMark({ word }: Status): string {
  return word === 'Running' ? ' · ' : ' ';
}

/** "Running · model is answering" */
export function statusWords(status: Status): string {
  return status.phase === '' ? status.word : status.word + phaseMark(status) + status.phase;
}

/** "Not sealed" and why; null when sealed or when the task has no held-out cases. */
export function notSealed(state: RunState): { readonly word: string; readonly why: string } | null {
  const seal = state.run?.seal;
  if (seal === undefined || seal.sealed || state.run?.task.hasHeldOut !== true) return null;
  const by = seal.unsealedBy === undefined ? [] : [`allowed by ${seal.unsealedBy}`];
  return { word: 'Not sealed', why: capitalised([...seal.reasons, ...by].join('; ')) };
}

/** What a rate alone would hide: cases that hung or could not be run. Empty when there are none, or when nothing was built. */
export function troubleOf({ counts, buildOk }: SuiteFigure): string {
  if (!buildOk) return '';
  const kinds = [
    ...(counts.timeout > 0 ? [formatCounted(counts.timeout, 'timeout')] : []),
    ...(counts.error > 0 ? [formatCounted(counts.error, 'error')] : []),
  ];
  return kinds.join(', ');
}

/** "252 of 274 cases at step 408 · checkpoint 411, 1 behind (2 min)"; says what else is to know of the figure that stands. */
export function figureTitle(
  { checkpoint, pass, total, measured }: StandingFigure,
  state: Pick<RunState, 'checkpoints' | 'head'>,
): string {
  return [
    `${formatCount(pass)} of ${formatCount(total)} cases at ${whereWords(state, checkpoint)}`,
    ...(total === 0 ? [] : [rateIntervalWords({ pass, total })]),
    ...(measured === null ? [] : detailsOf(measured)),
  ].join('; ');
}

/** "82.0 % of 50 drawn from 326 at step 411 · checkpoint 414", with its interval and what was not run. */
export function sampleTitle(sample: SampleFigure, state: Pick<RunState, 'checkpoints' | 'head'>): string {
  return [
    `${sampleRateWords(sample)} at ${whereWords(state, sample.checkpoint)}`,
    sampleIntervalWords(sample),
    ...(sample.buildOk ? [] : ['the build failed']),
    ...sampleNotes(sample),
  ].join('; ');
}

/** "step 408 · checkpoint 411, 1 behind (2 min)" */
function whereWords(state: Pick<RunState, 'checkpoints' | 'head'>, checkpoint: number): string {
  const lag = lagWords(lagOf(state, checkpoint));
  return `${placeWords(state, checkpoint)}${lag === '' ? '' : `, ${lag}`}`;
}

function detailsOf({ counts, buildOk, repaired, regressed, sinceGate }: SuiteFigure): readonly string[] {
  const gate = sinceGateWords(sinceGate);
  const kinds = (['fail', 'error', 'timeout', 'flaky'] as const).filter((k) => counts[k] > 0);
  return [
    ...(buildOk ? [] : ['the build failed']),
    ...kinds.map((k) => `${formatCount(counts[k])} ${k}`),
    ...(repaired > 0 ? [`${formatCount(repaired)} repaired`] : []),
    ...(regressed > 0 ? [`${formatCount(regressed)} regressed`] : []),
    ...(gate === '' ? [] : [gate]),
  ];
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Whether what is accepted can become a commit: the folder was in a repository when the run began. */
export function canCommit({ run }: Pick<RunState, 'run'>): boolean {
  return run !== null && run.baseline.git !== null;
}
