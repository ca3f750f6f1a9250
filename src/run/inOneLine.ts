/**
 * Job: the run in one line: the sentence of "Belay: Read Status", and the status bar's few words.
 * Boundary: pure; the words of a state are status.ts's.
 * Rules: H2 what is not sealed is said with the held-out figure. G1 a gate is said before everything but the end and a lost engine.
 */
import { debtOf } from './debt.ts';
import { debtValue } from './debtWords.ts';
import type { SuiteName } from './entry.ts';
import { formatCount, formatDuration, formatRate } from './forDisplay.ts';
import { stallSentence } from './ladder.ts';
import { lagWords, sampleIntervalWords, sampleNotes, sampleRateWords } from './sampleWords.ts';
import { lagOf, placeWords, standingDebt, standingFigure, standingSample, standsAtWords } from './standing.ts';
import type { RunState } from './state.ts';
import { isCostRecorded, spentOfLimit, spentWords } from './costs.ts';
import { notSealed, statusOf, statusWords, type EngineLink, type Status } from './status.ts';

/** What the caller knows besides the folded state; times in ms since the epoch. */
export interface Moment {
  readonly now: number;
  /** Since when the window stands to the engine as it does. */
  readonly linkSince?: number;
}

/** State and, where the moment is given, for how long; step, figures and spend: in one sentence. */
export function statusSentence(state: RunState, link: EngineLink, moment: Moment | null = null): string {
  const status = statusOf(state, link, moment?.linkSince ?? null);
  const words = statusWords(status) + (moment === null ? '' : span(status, moment.now));
  if (state.run === null) return `${words}.`;
  const parts = [
    withDetail(status, words),
    ...stalledIn(state),
    `step ${formatCount(stepOf(state))}`,
    `visible ${rateWords(state, 'visible')}`,
    ...sampleIn(state),
    ...(state.run.task.hasHeldOut ? [`held-out ${rateWords(state, 'heldOut')}${debtIn(state)}`] : []),
    `${isCostRecorded(state) ? 'cost in the recording' : 'spent'} ${spentOfLimit(state)}`,
  ];
  return `${parts.join('; ')}.`;
}

/** "sample 82.0 % of 50 drawn from 326 at checkpoint 414 (95 % at any look: …), 264 not run" */
function sampleIn(state: RunState): readonly string[] {
  const sample = standingSample(state);
  if (sample === null) return [];
  const [notRun = ''] = sampleNotes(sample);
  const lag = lagWords(lagOf(state, sample.checkpoint));
  const where = `checkpoint ${formatCount(sample.checkpoint)}${lag === '' ? '' : `, ${lag}`}`;
  return [`sample ${sampleRateWords(sample)} at ${where} (${sampleIntervalWords(sample)}), ${notRun}`];
}

/** Said in the one sentence only where it is more than chance explains; of which checkpoint where visible is of a newer one. */
function debtIn(state: RunState): string {
  const counts = standingDebt(state);
  if (counts === null || debtOf(counts)?.significant !== true) return '';
  const isOfBoth = standingFigure(state, 'visible')?.checkpoint === counts.checkpoint;
  return `, correctness debt ${debtValue(counts)}${isOfBoth ? '' : ` at ${placeWords(state, counts.checkpoint)}`}`;
}

/** A gate that holds for it tells it itself. */
function stalledIn({ stalls: { alarm }, gate, ended }: RunState): readonly string[] {
  return alarm === null || gate !== null || ended !== null ? [] : [stallSentence(alarm)];
}

/** What is said below a state is a part of it, but for the step that runs: that follows anyway. */
function withDetail({ detail, tone, phase }: Status, words: string): string {
  if (detail === '' || (tone === 'running' && phase !== 'tool')) return words;
  return `${words}: ${detail.replace(/\.$/, '')}`;
}

function span({ since, until, tone }: Status, now: number): string {
  if (until !== null) return until <= now ? '' : ` for another ${formatDuration(until - now)}`;
  if (since === null || since === 0 || now - since < 1_000) return '';
  const past = tone === 'done' || tone === 'stopped';
  return past ? `, ${formatDuration(now - since)} ago` : ` for ${formatDuration(now - since)}`;
}

/** "88.0 %"; of which tree it is where that is not plain, and whether it is sealed, with it. */
export function rateWords(state: RunState, suite: SuiteName): string {
  const figure = standingFigure(state, suite);
  const sealed = suite === 'visible' || notSealed(state) === null ? '' : ' (not sealed)';
  if (figure === null) return `not verified${sealed}`;
  const lag = lagWords(lagOf(state, figure.checkpoint));
  const behind = lag === '' ? '' : `at checkpoint ${formatCount(figure.checkpoint)}, ${lag}`;
  const where = standsAtWords(figure, state) || behind;
  return `${formatRate(figure)}${where === '' ? '' : ` ${where}`}${sealed}`;
}

function stepOf({ step, steps, stepsFinished }: RunState): number {
  return step?.step ?? steps.at(-1)?.step ?? stepsFinished;
}

export interface StatusBarText {
  /** A codicon's name. */
  readonly icon: string;
  readonly text: string;
  readonly warning: boolean;
}

/** "412 · 88.0 % · $41.20", of a recording "$41.20 recorded", with its icon, or what the run waits for. */
export function statusBarOf(state: RunState, link: EngineLink): StatusBarText {
  const status = statusOf(state, link);
  if (state.gate !== null && status.tone === 'waiting') {
    return { icon: 'bell-dot', text: `Belay: gate, step ${formatCount(state.gate.step)}`, warning: true };
  }
  if (status.tone === 'waiting' || status.tone === 'problem') {
    return { icon: 'warning', text: `Belay: ${status.word.toLowerCase()}`, warning: true };
  }
  if (state.run === null)
    return { icon: 'circle-outline', text: `Belay: ${status.word.toLowerCase()}`, warning: false };
  const spent = `${spentWords(state)}${isCostRecorded(state) ? ' recorded' : ''}`;
  const text = `${formatCount(stepOf(state))} · ${formatRate(standingFigure(state, 'visible'))} · ${spent}`;
  return { icon: barIcons[status.tone], text, warning: false };
}

const barIcons: Readonly<Record<Status['tone'], string>> = {
  running: 'pulse',
  waiting: 'warning',
  paused: 'debug-pause',
  problem: 'warning',
  done: 'check',
  stopped: 'debug-stop',
  idle: 'circle-outline',
};
