/**
 * Job: the lines that a person reads of a run as it goes: one formatter per entry type.
 * Boundary: pure text from entries and the folded state; no colour, no terminal, no ambient time.
 * Rules: a formatter per type in a mapped type: a forgotten one does not compile. Texts of programs and models are drawn
 *   safely. H4: nothing here shows a held-out figure that the journal doesn't hold.
 */
import { askedWords, compactedWords, freshenedWords } from '../run/contextWords.ts';
import type { Entry, EntryType, SuiteName } from '../run/entry.ts';
import type { RecordingFacts } from '../run/recordingFacts.ts';
import {
  capitalised,
  firstLines,
  formatBytes,
  formatChangeset,
  formatCount,
  formatCounted,
  formatDuration,
  formatDurationLong,
  formatLines,
  formatPoints,
  formatRate,
  formatUsdLimit,
  forkWords,
  visibleControls,
} from '../run/forDisplay.ts';
import { somePathsInWords } from '../run/pathWords.ts';
import { sampleRateWords } from '../run/sampleWords.ts';
import { standingFigure } from '../run/standing.ts';
import { gaveWay } from '../run/gaveWay.ts';
import { flagName } from '../run/integrity.ts';
import { rateWords } from '../run/inOneLine.ts';
import { rungDone, settledWords } from '../run/ladder.ts';
import { recordedEndWords } from '../run/playback.ts';
import type { RunState, StepSummary, SuiteFigure } from '../run/state.ts';
import { spentOfLimit, spentWords, usdWords } from '../run/costs.ts';
import { gateSentence, notSealed, statusOf, statusWords } from '../run/status.ts';

const titleChars = 100;
const failureLines = 3;

/** Lines for one entry; `before` and `after` are the states around it. Often none. */
export function entryLines(entry: Entry, before: RunState, after: RunState): readonly string[] {
  const format = formats[entry.type] as (entry: Entry, before: RunState, after: RunState) => readonly string[];
  return format(entry, before, after);
}

const formats: {
  readonly [K in EntryType]: (entry: Entry<K>, before: RunState, after: RunState) => readonly string[];
} = {
  'run.created': (_entry, _before, after) => headLines(after),
  'engine.started': ({ generation }) =>
    generation > 1 ? [`Engine started again (generation ${formatCount(generation)})`] : [],
  'clock.jumped': ({ byMs }) => [
    byMs > 0 ? `Slept ${formatDurationLong(byMs)}` : `The clock was put back by ${formatDurationLong(-byMs)}`,
  ],
  'run.paused': (_entry, _before, after) => pausedLines(after),
  'run.resumed': ({ by }) => [by === undefined ? 'Went on by itself' : `Resumed by ${by}`],
  'stop.requested': ({ by }) => [`Stop asked for by ${by}`],
  'run.ended': (_entry, _before, after) => summaryLines(after),

  'step.started': () => [],
  'step.finished': (_entry, _before, after) => stepEnd(after.steps.at(-1), after),
  'model.requested': () => [],
  'model.answered': ({ step, text }) => [stepHead(step, text)],
  'model.failed': (entry) => [failedLine(entry)],
  'tool.started': () => [],
  'tool.finished': (entry, before) => toolLines(entry, before),
  'checkpoints.thinned': ({ checkpoints }) => [`      thinned ${formatCounted(checkpoints.length, 'checkpoint')}`],
  'store.swept': () => [],
  'quota.changed': ({ storeBytes, by }) => [`Quota of the checkpoint store set to ${formatBytes(storeBytes)} by ${by}`],
  'checkpoint.created': ({ checkpoint, kind, changeset, title }) => {
    if (kind === 'step') return []; // told at the end of its step
    const what = kind === 'baseline' ? 'the baseline' : kind === 'supervisor' ? 'your changes' : title;
    return [
      `Checkpoint ${formatCount(checkpoint)}: ${visibleControls(what)}${kind === 'baseline' ? '' : ` · ${formatChangeset(changeset)}`}`,
    ];
  },
  'rollback.started': ({ to, by, undo, paths, part }) => [
    paths && !part
      ? `${undo ? 'Taking the rejection back of' : 'Rejecting'} ${visibleControls(paths.join(', '))}, by ${by}`
      : `${undo ? 'Undoing the rollback: back' : 'Rolling back'}${paths ? ` ${visibleControls(somePathsInWords(paths))}` : ''} to checkpoint ${formatCount(to)}, by ${by}`,
  ],
  'rollback.finished': ({ to, written, deleted, kept, conflicts }, before) => [
    ...(before.rollback?.paths && !before.rollback.part // its checkpoint has said it
      ? []
      : [
          `Rolled ${before.rollback?.paths ? `${visibleControls(somePathsInWords(before.rollback.paths))} ` : ''}back to ${formatCount(to)}: ${formatCount(written)} written, ${formatCount(deleted)} deleted, ${formatCount(kept)} kept`,
        ]),
    ...conflicts.map((path) => `    conflict, yours was kept: ${visibleControls(path)}`),
  ],
  'file.rejected': () => [], // its directive says it

  'verification.started': () => [],
  'verification.finished': ({ suite, build, isolation }, before, after) => [
    ...verifiedLines(suite, build, before.figures[suite].last, after.figures[suite].last),
    // Said once: it is so for the whole run, and no less tight.
    ...(isolation?.kind === 'sandboxes' && before.figures[suite].last === null
      ? [`      each case has a sandbox of its own, which takes longer: ${visibleControls(isolation.why)}`]
      : []),
  ],
  'verification.sampled': ({ checkpoint, build }, _before, after) => {
    const { sample } = after.figures.visible;
    if (sample === null) return [];
    const failure = build.ok ? '' : ', the build failed';
    return [`      visible at checkpoint ${formatCount(checkpoint)}: a sample, ${sampleRateWords(sample)}${failure}`];
  },
  'verification.failed': (entry) => {
    const { suite, checkpoint, message, gaveWayTo, sample } = entry;
    if (sample === true && gaveWay(entry)) return []; // a sample is measured as far as time allows
    const at = `${suiteWord(suite)} ${gaveWay(entry) ? 'not measured' : 'could not be verified'} at checkpoint ${formatCount(checkpoint)}`;
    if (!gaveWay(entry)) return [`      ${at}: ${message}`];
    const newer = gaveWayTo === undefined ? 'a newer one' : formatCount(gaveWayTo);
    return [`      ${at}: ${newer} is measured instead`];
  },
  'integrity.checked': ({ checkpoint, flags }, { integrity }) => {
    const told = new Set(integrity.last?.flags.map(flagName));
    const fresh = flags.filter((flag) => !told.has(flagName(flag)));
    return fresh.map(({ text }) => `Integrity at checkpoint ${formatCount(checkpoint)}: ${visibleControls(text)}`);
  },
  'heldOut.viewed': ({ rate, checkpoint, by }) => [
    `Held-out ${formatPercent(rate)} at checkpoint ${formatCount(checkpoint)}, looked at by ${by}`,
  ],
  'model.changed': ({ model, by }) => [
    `${visibleControls(model.name)} answers from here on${by === undefined ? '' : `, by ${by}`}`,
  ],
  'context.asked': ({ way, by }) => [`${askedWords[way]}, by ${by}`],
  'summary.requested': () => [],
  'summary.answered': ({ problems }) =>
    problems.length === 0 ? [] : [`    a summary was not taken: ${visibleControls(problems.join('; '))}`],
  'summary.failed': (entry) => [failedLine(entry)],
  'context.compacted': (entry, before) => [visibleControls(compactedWords(before, entry))],
  'context.freshened': (entry, before) => [visibleControls(freshenedWords(before, entry))],
  'stall.detected': ({ rung, signs, to }) => [
    `Stalled: ${visibleControls(signs.map(({ text }) => text).join('; '))}. ${rungDone(rung, to)}`,
  ],
  'stall.settled': (entry) => [settledWords(entry)],
  'stall.dismissed': ({ by }) => [`Alarm dismissed by ${by}: this is no stall`],
  'gate.opened': (_entry, _before, after) => gateLines(after),
  'gate.decided': ({ gate, decision, by, to }) => {
    const words = { accept: 'accepted', redirect: 'redirected', rollback: `rolled back to ${formatCount(to ?? 0)}` };
    return [`Gate ${formatCount(gate)}: ${words[decision]} by ${by}`];
  },
  'files.accepted': ({ paths, checkpoint, by }) => {
    const [first = ''] = paths;
    const what = paths.length === 1 ? visibleControls(first) : formatCounted(paths.length, 'file');
    return [`Accepted ${what} as at checkpoint ${formatCount(checkpoint)}, by ${by}`];
  },
  'commit.started': () => [],
  'commit.finished': ({ commit }, before) => [
    `Committed ${formatCounted(before.commit?.files ?? 0, 'file')} to ${visibleControls(before.commit?.branch ?? '')} as ${commit.slice(0, 8)}`,
  ],
  'commit.failed': ({ message }) => [`Not committed: ${visibleControls(message)}`],
  'commit.undone': ({ commit, by }) => [`Commit ${commit.slice(0, 8)} taken back by ${by}`],
  'acceptance.withdrawn': ({ by }) => [`The last acceptance taken back by ${by}`],
  'run.forked': ({ checkpoint, workspace, branch, by }) => [
    `Checkpoint ${formatCount(checkpoint)} forked into ${visibleControls(workspace)}${branch === undefined ? '' : `, on branch ${branch}`}, by ${by}`,
  ],
  'directive.added': ({ directive, text }) => [`Directive ${formatCount(directive)}: ${visibleControls(text)}`],
  'directive.withdrawn': ({ directive, by }) => [`Directive ${formatCount(directive)} withdrawn by ${by}`],
  'budget.changed': ({ by }, _before, after) => [`Limits changed by ${by}: ${limitWords(after) || 'none'}`],
};

/** What the run is, in a few lines. */
export function headLines(state: RunState): readonly string[] {
  const { run } = state;
  if (run === null) return [];
  const seal = notSealed(state);
  return [
    `Run ${run.runId}: ${visibleControls(run.task.name)} in ${visibleControls(run.workspace)}`,
    `    model ${run.task.model.name}; limits ${limitWords(state) || 'none'}`,
    ...(run.forkedFrom === undefined ? [] : [`    ${forkWords(run.forkedFrom)}`]),
    ...(seal ? [`    ${seal.word}: ${seal.why}`] : []),
    ...recordingLines(run.task.recording),
  ];
}

function failedLine({ at, message, retryAt }: Entry<'model.failed' | 'summary.failed'>): string {
  return `      model: ${message}${retryAt === undefined ? '' : `; again in ${formatDuration(retryAt - at)}`}`;
}

function recordingLines(recording: RecordingFacts | undefined): readonly string[] {
  if (recording === undefined) return [];
  const { steps, referenceInstalled } = recording;
  return [
    `    plays a recording of ${formatCounted(steps, 'answer')}: tools, tests and checkpoints are real`,
    ...(referenceInstalled ? [] : ['    the reference is not installed here: what it said is played as recorded']),
  ];
}

/** What came before one attached: the head, the last steps, how it stands. */
export function catchUpLines(state: RunState, stepsShown = 5): readonly string[] {
  const steps = state.steps.slice(-stepsShown);
  const hidden = state.stepsFinished - steps.length;
  return [
    ...headLines(state),
    ...(hidden > 0 ? [`    … ${formatCounted(hidden, 'step')} before`] : []),
    ...steps.flatMap((step) => [stepHead(step.step, step.text || step.title), ...stepEnd(step, state)]),
    ...(state.gate ? gateLines(state) : state.ended ? summaryLines(state) : state.paused ? pausedLines(state) : []),
  ];
}

/** One line for a terminal, at most `width` characters. */
export function statusLine(state: RunState, now: number, width: number): string {
  const status = statusOf(state, 'attached');
  const since = status.since === null || state.ended !== null ? '' : ` ${formatDuration(now - status.since)}`;
  const visible = standingFigure(state, 'visible');
  const parts = [
    statusWords(status) + (status.phase === 'tool' ? ` ${status.detail}` : '') + since,
    `step ${formatCount(state.step?.step ?? state.stepsFinished)}`,
    ...(visible ? [`visible ${formatRate(visible)}`] : []),
    spentOfLimit(state),
  ];
  return cutAt(visibleControls(parts.join(' · ')).replaceAll('\n', ' '), width);
}

/** How it ended and what it came to. */
export function summaryLines(state: RunState): readonly string[] {
  if (state.ended === null) return [];
  const [visible, heldOut] = [standingFigure(state, 'visible'), standingFigure(state, 'heldOut')];
  const word = state.ended.outcome === 'finished' ? 'Finished' : 'Stopped';
  const figures = [
    formatCounted(state.stepsFinished, 'step'),
    formatCounted(state.checkpoints.length, 'checkpoint'),
    formatCounted(state.gatesDecided, 'gate'),
    ...(visible ? [`visible ${ofTotal(visible)}`] : []),
    ...(heldOut ? [`held-out ${ofTotal(heldOut)}${notSealed(state) ? ' (not sealed)' : ''}`] : []),
    spentWords(state),
    formatDuration(state.budget.wallMs),
  ];
  const tree = recordedEndWords(state);
  return [`${word}: ${state.ended.message}`, `    ${figures.join(' · ')}`, ...(tree === null ? [] : [`    ${tree}`])];
}

function stepHead(step: number, text: string): string {
  const [first = ''] = visibleControls(text.trim()).split('\n');
  return `${formatCount(step).padStart(4)}  ${cutAt(first, titleChars)}`.trimEnd();
}

function stepEnd(step: StepSummary | undefined, state: RunState): readonly string[] {
  if (!step) return [];
  const checkpoint = state.checkpoints.find((c) => c.checkpoint === step.checkpoint);
  const changed = checkpoint ? ` · ${formatChangeset(checkpoint.changeset)}` : '';
  return [
    `      checkpoint ${formatCount(step.checkpoint)}${changed} · ${usdWords(state, step.costUsd)} · ${formatDuration(step.wallMs)}`,
  ];
}

function toolLines(entry: Entry<'tool.finished'>, before: RunState): readonly string[] {
  const call = before.step?.calls?.find(({ callId }) => callId === entry.callId);
  const title = call === undefined ? 'tool' : call.title === '' ? call.name : call.title;
  const facts = [
    ...(entry.edit?.lines ? [formatLines(entry.edit.lines)] : []),
    ...(entry.quarantined ? [`quarantined ${visibleControls(somePathsInWords(entry.quarantined))}`] : []),
    ...(entry.quarantineProblem === undefined ? [] : [`quarantine: ${visibleControls(entry.quarantineProblem)}`]),
    ...(entry.visible ? [`${formatCount(entry.visible.pass)} of ${formatCount(entry.visible.total)} passed`] : []),
    ...(entry.exitCode !== undefined && entry.exitCode !== 0 ? [`exit ${String(entry.exitCode)}`] : []),
    ...(entry.status === 'ok' || (entry.status === 'error' && entry.exitCode) ? [] : [entry.status]),
    ...(entry.wallMs >= 1_000 ? [formatDuration(entry.wallMs)] : []),
  ];
  const line = `      ${cutAt(visibleControls(title).replaceAll('\n', ' '), titleChars)}${facts.length > 0 ? `  ${facts.join(', ')}` : ''}`;
  if (entry.status === 'ok') return [line];
  return [
    line,
    ...firstLines(entry.output, failureLines)
      .text.split('\n')
      .map((text) => `        ${cutAt(text, titleChars)}`.trimEnd()),
  ];
}

function verifiedLines(
  suite: SuiteName,
  build: { readonly ok: boolean; readonly message?: string },
  before: SuiteFigure | null,
  now: SuiteFigure | null,
): readonly string[] {
  if (!now) return [];
  const points = before && before.total > 0 ? formatPoints(now, before) : '';
  const failure = build.ok
    ? ''
    : `, the build failed${build.message === undefined ? '' : `: ${firstLines(build.message, 1).text}`}`;
  return [
    `      ${suiteWord(suite)} at checkpoint ${formatCount(now.checkpoint)}: ${ofTotal(now)}${points && ` ${points}`}${failure}`,
  ];
}

function gateLines(state: RunState): readonly string[] {
  const { gate, run } = state;
  if (!gate || !run) return [];
  const held =
    standingFigure(state, 'heldOut') && run.task.hasHeldOut ? `, held-out ${rateWords(state, 'heldOut')}` : '';
  return [
    visibleControls(gateSentence(gate)),
    `    visible ${rateWords(state, 'visible')}${held}, spent ${spentOfLimit(state)}`,
    `    belay diff ${run.runId}   belay accept ${run.runId}   belay redirect "…" --run ${run.runId}   belay rollback <checkpoint> --run ${run.runId}`,
  ];
}

function pausedLines(state: RunState): readonly string[] {
  const { paused, run } = state;
  if (!paused) return [];
  const status = statusWords(statusOf({ ...state, gate: null, stopRequested: false, rollback: null }, 'attached'));
  const id = run?.runId ?? '';
  const way = paused.reason === 'key' ? `set BELAY_API_KEY, then: belay resume ${id}` : `belay resume ${id}`;
  const words = `${status}: ${visibleControls(paused.message)}`;
  if (paused.until === undefined) return [words, `    ${way}`];
  return [words, `    goes on by itself in ${formatDurationLong(paused.until - paused.since)}; at once: ${way}`];
}

function limitWords(state: RunState): string {
  const { costUsd, tokens, wallMs, steps } = state.budget.limits;
  return [
    ...(costUsd?.hard === undefined ? [] : [formatUsdLimit(costUsd.hard)]),
    ...(tokens?.hard === undefined ? [] : [`${formatCount(tokens.hard)} tokens`]),
    ...(wallMs?.hard === undefined ? [] : [formatDuration(wallMs.hard)]),
    ...(steps?.hard === undefined ? [] : [`${formatCount(steps.hard)} steps`]),
  ].join(', ');
}

const ofTotal = (figure: Pick<SuiteFigure, 'pass' | 'total'>) =>
  `${formatCount(figure.pass)} of ${formatCount(figure.total)} (${formatRate(figure)})`;
const suiteWord = (suite: SuiteName) => (suite === 'visible' ? 'visible' : 'held-out');
const formatPercent = (rate: number) => `${(rate * 100).toFixed(1)} %`;

function cutAt(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, Math.max(0, chars - 1))}…`;
}

/** "Waiting for you" as the first word of a status row. */
export function standing(state: RunState, alive: boolean): string {
  if (state.ended || alive) return capitalised(statusWords(statusOf(state, state.ended ? 'readOnly' : 'attached')));
  return 'No engine';
}
