/**
 * Job: when to stop for the supervisor, and why, in words.
 * Boundary: pure; reads the folded state only.
 * Rules: H3 a held-out verdict is a reason to stop for the supervisor (its debt), and for nothing else. G1 `decide` lets nothing of the agent run while a gate is open.
 */
import { reached } from './budget.ts';
import { debtOf } from './debt.ts';
import { debtIntervalWords } from './debtWords.ts';
import type { BudgetKind, GateReason } from './entry.ts';
import { isBelowZero } from './forecast.ts';
import { negativeWords } from './forecastWords.ts';
import { stallSentence } from './ladder.ts';
import { forecastIn, forecastPolicyOf, isForecastTold } from './reduceForecast.ts';
import { untold } from './reduceIntegrity.ts';
import type { RunState } from './state.ts';

/** The reasons to open a gate now, between two steps; none: go on. */
export function gateReasons(state: RunState, now: number): readonly GateReason[] {
  const policy = state.run?.task.gates;
  if (policy === undefined || state.stepsFinished === 0) return [];
  const reasons: GateReason[] = [];
  if (state.asked?.finish !== undefined) reasons.push({ kind: 'end', text: 'the agent says that it is done' });
  if (state.asked?.question !== undefined)
    reasons.push({ kind: 'question', text: `the agent asks: ${state.asked.question}` });
  reasons.push(...regression(state, policy.visibleRegression), ...debt(state, policy.correctnessDebt));
  reasons.push(...integrity(state, policy.integrity));
  const { alarm } = state.stalls;
  if (alarm?.rung === 'hold') reasons.push({ kind: 'stall', text: stallSentence(alarm) });

  reasons.push(...forecast(state, now));

  const since = state.gatesDecided === 0 ? 'the start' : 'the last gate';
  const steps = state.stepsFinished - state.sinceGate.steps;
  if (policy.everySteps !== undefined && steps >= policy.everySteps) {
    reasons.push({ kind: 'steps', text: `${String(steps)} ${steps === 1 ? 'step' : 'steps'} since ${since}` });
  }
  const spentUsd = state.budget.spentUsd - state.sinceGate.spentUsd;
  if (policy.everyUsd !== undefined && spentUsd >= policy.everyUsd) {
    reasons.push({ kind: 'cost', text: `$${spentUsd.toFixed(2)} since ${since}` });
  }
  const soft = reached(state, 'soft', now).filter((kind) => !state.softPassed.includes(kind));
  if (soft.length > 0) reasons.push({ kind: 'budget', text: `soft limit reached: ${soft.map(softText).join(', ')}` });
  return reasons;
}

function regression(state: RunState, points: number | undefined): readonly GateReason[] {
  const last = state.figures.visible.last;
  const best = state.sinceGate.bestVisible;
  if (points === undefined || last === null || best === null || last.total === 0) return [];
  // Verification lags behind the agent, so the newest figure may be of an older checkpoint, but not of one that is undone.
  if (last.checkpoint <= state.sinceGate.checkpoint) return [];
  const fell = (best - last.pass / last.total) * 100;
  if (fell < points) return [];
  const cases = last.regressed > 0 ? ` (${String(last.regressed)} ${last.regressed === 1 ? 'case' : 'cases'})` : '';
  return [{ kind: 'regression', text: `visible fell ${fell.toFixed(1)} points${cases}` }];
}

/**
 * Whether the newest sample makes a regression likely enough for a complete run of the suite. Only that run opens a gate
 * (`regression`): what falls by the luck of a draw alone must not stop the agent. Held against the same cases at the last
 * complete run, so that an unlucky draw seldom calls for one.
 */
export function mayHaveFallen({ run, figures, sinceGate }: RunState): boolean {
  const points = run?.task.gates.visibleRegression;
  const { last, sample } = figures.visible;
  const best = sinceGate.bestVisible;
  if (points === undefined || best === null || sample === null || sample.total === 0) return false;
  if (sample.checkpoint <= sinceGate.checkpoint) return false;
  const { pass, total, passedBefore } = sample;
  const isComparable = last !== null && last.total > 0 && passedBefore !== null;
  const rate = isComparable ? last.pass / last.total + (pass - passedBefore) / total : pass / total;
  return (best - rate) * 100 >= points;
}

/** Once for each full verification of both suites; a gate that was decided on this checkpoint is not opened again. */
function debt({ debt: counts, sinceGate }: RunState, points: number | undefined): readonly GateReason[] {
  if (points === undefined || counts === null || counts.checkpoint <= sinceGate.checkpoint) return [];
  const found = debtOf(counts, points / 100);
  if (found?.significant !== true) return [];
  const gap = (found.share * 100).toFixed(1);
  const text = `held-out is ${gap} points below visible, more than chance explains (${debtIntervalWords(found)})`;
  return [{ kind: 'debt', text }];
}

/** What a check found of the story that stands, each finding once. */
function integrity({ integrity: found, sinceGate }: RunState, policy: boolean | undefined): readonly GateReason[] {
  if (policy !== true || found.last === null || found.last.checkpoint <= sinceGate.checkpoint) return [];
  return untold(found).map(({ text }) => ({ kind: 'integrity', text }));
}

/** No further block of dollars is worth its price to the supervisor, who decides; told once until something changed. */
function forecast(state: RunState, now: number): readonly GateReason[] {
  const policy = forecastPolicyOf(state);
  if (policy.valueUsd === undefined || isForecastTold(state)) return [];
  const made = forecastIn(state, now);
  return !isBelowZero(made) ? [] : [{ kind: 'forecast', text: negativeWords(made, policy) }];
}

function softText(kind: BudgetKind): string {
  return { costUsd: 'dollars', tokens: 'tokens', wallMs: 'time', steps: 'steps' }[kind];
}
