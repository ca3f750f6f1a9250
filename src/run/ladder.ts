/**
 * Job: what is done about a stall: which rung comes next, when the run moves again, and the entries of both.
 * Boundary: pure; performing a rung is the engine's.
 * Rules: H3 "best" and "rises" are of the visible suite. G1 the last rung is a gate, which holds. B3 a rung is taken once
 *   until visible rises or the supervisor sets another course, so the ladder ends.
 */
import { bestVisible } from './bestVisible.ts';
import type { EntryBody } from './entry.ts';
import { formatCount, formatCounted } from './forDisplay.ts';
import { limits } from './limits.ts';
import { stallSigns } from './stall.ts';
import type { StallAlarm, StallPolicy, StallRung, StallSign } from './stallFacts.ts';
import type { CheckpointSummary, RunState } from './state.ts';

/** Who does what a rung does, where an entry names who. */
export const belay = 'Belay';

/** In this order. */
const rungs: readonly StallRung[] = ['nudge', 'fresh', 'rollback', 'model', 'hold'];

export type StallEffect =
  | { readonly kind: 'climb'; readonly rung: StallRung; readonly signs: readonly StallSign[]; readonly to?: number }
  /** The run moves again. */
  | { readonly kind: 'settleStall' };

/** What is to be done about stalls now, between two steps; null: nothing. */
export function stallEffect(state: RunState): StallEffect | null {
  const policy = state.run?.task.stalls;
  if (policy === undefined) return null;
  if (hasRisen(state)) return { kind: 'settleStall' };
  const signs = standingSigns(state, policy);
  if (signs.length === 0) return isCalm(state) ? { kind: 'settleStall' } : null;
  for (const rung of rungs.slice(rungs.indexOf(state.stalls.rung ?? 'nudge') + (state.stalls.rung === null ? 0 : 1))) {
    if (!isOn(state, policy, rung)) continue;
    if (rung !== 'rollback') return { kind: 'climb', rung, signs };
    const best = betterCheckpoint(state);
    if (best !== null) return { kind: 'climb', rung, signs, to: best.checkpoint };
  }
  return null;
}

/** The signs that hold now, but for those that the supervisor dismissed. */
function standingSigns({ run, budget, stalls, stepsFinished }: RunState, policy: StallPolicy): readonly StallSign[] {
  const { traces, unchanged, score, quietUntil } = stalls;
  const tenth = run?.task.limits.costUsd?.hard === undefined ? undefined : run.task.limits.costUsd.hard / 10;
  const gainlessUsd = policy.gainlessUsd ?? tenth;
  const found = stallSigns({ traces, unchanged, score, spentUsd: budget.spentUsd, gainlessUsd });
  return found.filter(({ kind }) => (quietUntil[kind] ?? 0) <= stepsFinished);
}

/** Visible rose since the rung was taken. */
function hasRisen({ stalls: { alarm, score } }: RunState): boolean {
  return alarm !== null && alarm.rung !== 'hold' && (score.best ?? 0) > (alarm.best ?? 0);
}

/** Where it was not the score that was missed: files change, and no sign has come again for a while. */
function isCalm({ stalls: { alarm, traces }, stepsFinished }: RunState): boolean {
  if (alarm === null || alarm.rung === 'hold' || alarm.signs.some(({ kind }) => kind === 'score')) return false;
  return stepsFinished - alarm.steps >= limits.stallCalmSteps && traces.some(({ changed }) => changed);
}

/** The best visible checkpoint, where what stands now is worse; null where nothing would be won. */
function betterCheckpoint(state: RunState): CheckpointSummary | null {
  const best = bestVisible(state);
  const { last } = state.figures.visible;
  const head = state.checkpoints.get(state.head ?? -1);
  if (best?.visible === undefined || best.thinned || last === null || last.total === 0) return null;
  const isWorse = last.pass / last.total < best.visible.pass / best.visible.total;
  return isWorse && best.tree !== head?.tree ? best : null;
}

function isOn({ run }: RunState, policy: StallPolicy, rung: StallRung): boolean {
  if (rung === 'model') return run?.task.otherModel !== undefined && run.task.otherModel.name !== run.task.model.name;
  return policy[rung === 'fresh' ? 'freshContext' : rung];
}

/**
 * The entries of a rung: what became of the last one, and that this is taken.
 * @param skipped why a rung before it could not be taken, a sentence without a full stop
 */
export function climbEntries(
  state: RunState,
  { rung, signs, to }: Extract<StallEffect, { kind: 'climb' }>,
  skipped?: string,
): readonly EntryBody[] {
  const detected: EntryBody<'stall.detected'> = {
    type: 'stall.detected',
    rung,
    signs,
    ...(to !== undefined && { to }),
    ...(skipped !== undefined && { skipped }),
  };
  const { otherModel } = state.run?.task ?? {};
  const changed: readonly EntryBody[] =
    rung === 'model' && otherModel !== undefined ? [{ type: 'model.changed', model: otherModel }] : [];
  return [...settledEntries(state, false), detected, ...changed];
}

/** What became of the rung that was taken last; none where none waits for that. */
export function settledEntries({ stalls, stepsFinished, budget }: RunState, moved: boolean): readonly EntryBody[] {
  const { alarm } = stalls;
  if (alarm === null) return [];
  const { rung, steps, spentUsd } = alarm;
  return [
    {
      type: 'stall.settled',
      rung,
      moved,
      steps: stepsFinished - steps,
      costUsd: Math.max(0, budget.spentUsd - spentUsd),
    },
  ];
}

/** "Stalled: …; tried: nudge, fresh context" */
export function stallSentence({ signs, taken, rung }: Pick<StallAlarm, 'signs' | 'taken' | 'rung'>): string {
  const tried = taken.filter((one) => one !== rung).map((one) => rungNames[one]);
  const after = tried.length === 0 ? '' : ` (after ${tried.join(', ')})`;
  return `stalled${after}: ${signs.map(({ text }) => text).join('; ')}`;
}

export const rungNames: Readonly<Record<StallRung, string>> = {
  nudge: 'a note to the agent',
  fresh: 'a fresh context',
  rollback: 'a rollback',
  model: 'another model',
  hold: 'a hold',
};

/** What was done about an alarm so far, newest last: "Belay told the agent so, after step 12." */
export function alarmDone({ rung, taken, steps }: Pick<StallAlarm, 'rung' | 'taken' | 'steps'>): string {
  const before = taken.slice(0, -1).map((one) => rungNames[one]);
  const tried = before.length === 0 ? '' : ` Before that: ${before.join(', ')}.`;
  return `${rungDone(rung)}, after ${formatCounted(steps, 'step')}.${tried}`;
}

/** What a rung does, in the past tense. */
export function rungDone(rung: StallRung, to?: number): string {
  switch (rung) {
    case 'nudge':
      return 'Belay told the agent so';
    case 'fresh':
      return 'Belay gave the agent a fresh context';
    case 'rollback':
      return to === undefined
        ? 'Belay went back to the best visible checkpoint'
        : `Belay rolled back to checkpoint ${formatCount(to)}, the best visible one`;
    case 'model':
      return 'Belay gave the work to the other model';
    case 'hold':
      return 'Belay holds the run for you';
  }
}

/** "moved again after 6 steps, $0.40" */
export function settledWords({ rung, moved, steps, costUsd }: Omit<EntryBody<'stall.settled'>, 'type'>): string {
  const after = `${formatCounted(steps, 'step')}, $${costUsd.toFixed(2)}`;
  const what = rungNames[rung];
  return moved ? `Moving again ${after} after ${what}` : `Still stalled ${after} after ${what}`;
}
