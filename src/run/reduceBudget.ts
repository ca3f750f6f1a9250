/** Job: the folds of the budget: time, dollars and tokens. Boundary: pure, as reduce.ts, whose part it is. */
import type { Entry, TokenUsage } from './entry.ts';
import type { RunState } from './state.ts';

/** The wall budget runs while the run does: not while it is paused, at a gate, ended, or without an engine. */
export function withClock(next: RunState, before: RunState, entry: Entry): RunState {
  const running = next.run !== null && next.paused === null && next.gate === null && next.ended === null;
  const { wallMs, runningSince } = before.budget;
  // An engine that starts again was away since the last entry: that time was not spent running.
  const until = entry.type === 'engine.started' ? before.at : entry.at;
  const restarted = entry.type === 'engine.started' && running;
  if (runningSince !== null && (!running || restarted)) {
    const budget = {
      ...next.budget,
      wallMs: wallMs + Math.max(0, until - runningSince),
      runningSince: running ? entry.at : null,
    };
    return { ...next, budget };
  }
  return running && runningSince === null ? { ...next, budget: { ...next.budget, runningSince: entry.at } } : next;
}

/** What the machine slept is no time spent running; and what a clock was put back by was spent all the same. */
export function withoutJump(budget: RunState['budget'], byMs: number, at: number): RunState['budget'] {
  const { runningSince } = budget;
  return runningSince === null ? budget : { ...budget, runningSince: Math.min(at, runningSince + byMs) };
}

export function charged({ budget }: RunState, costUsd: number, tokens: number): RunState['budget'] {
  return {
    ...budget,
    reservedUsd: 0,
    reservedTokens: 0,
    spentUsd: budget.spentUsd + costUsd,
    tokens: budget.tokens + tokens,
  };
}

/** What became of the tokens, for display. */
export function counted(budget: RunState['budget'], usage: TokenUsage, estimated: boolean): RunState['budget'] {
  return {
    ...budget,
    inputTokens: budget.inputTokens + usage.input,
    cachedTokens: budget.cachedTokens + usage.cachedInput,
    cacheWriteTokens: budget.cacheWriteTokens + usage.cacheWriteInput,
    estimatedTokens: budget.estimatedTokens + (estimated ? usage.input + usage.output : 0),
  };
}
