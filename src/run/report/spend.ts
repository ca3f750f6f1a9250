/**
 * Job: what a run spent, by kind of token and over time.
 * Boundary: pure; mutable, with one owner. Dollars are the journal's; the split by kind is the task's price applied to the usage.
 * Rules: B1 a call that was cut counts as its reservation. A cost that is not known is never drawn as zero.
 */
import { costsByKind, wallUsedMs } from '../budget.ts';
import { usdPerCase } from '../costs.ts';
import type { Entry, TokenUsage } from '../entry.ts';
import { limits } from '../limits.ts';
import { isUnpriced } from '../providers.ts';
import type { RunState } from '../state.ts';
import type { Spend, SpendKind } from './report.ts';

const hourMs = 3_600_000;
/** Under this a rate per hour says nothing. */
const paceLeastMs = 60_000;

type Kind = keyof Spend['kinds'];
const noKind: SpendKind = { tokens: 0, usd: 0 };

interface ModelTotals {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly usd: number;
  readonly calls: number;
}

const noTotals: ModelTotals = { input: 0, cached: 0, output: 0, usd: 0, calls: 0 };

export class SpendFold {
  private kinds: Record<Kind, SpendKind> = {
    input: noKind,
    cachedInput: noKind,
    cacheWriteInput: noKind,
    output: noKind,
  };
  private models: Record<string, ModelTotals> = {};
  private failedCalls = { ...noKind, calls: 0 };
  private calls = 0;
  private estimated = { calls: 0, usd: 0 };
  private spanMs = hourMs;
  private spans: number[] = [];

  answered(
    { usage, usageEstimated, costUsd, at }: Entry<'model.answered' | 'summary.answered'>,
    { run }: RunState,
  ): void {
    const usd = costsByKind(usage, run?.task.model.price ?? null);
    const tokens: Record<Kind, number> = {
      input: Math.max(0, usage.input - usage.cachedInput - usage.cacheWriteInput),
      cachedInput: usage.cachedInput,
      cacheWriteInput: usage.cacheWriteInput,
      output: usage.output,
    };
    for (const kind of Object.keys(tokens) as Kind[]) this.kinds[kind] = sum(this.kinds[kind], tokens[kind], usd[kind]);
    this.calls += 1;
    this.byModel(run?.task.model.name ?? '', usage, costUsd);
    if (usageEstimated) this.estimated = { calls: this.estimated.calls + 1, usd: this.estimated.usd + costUsd };
    this.spent(costUsd, at - (run?.createdAt ?? at));
  }

  failed({ costUsd, tokens, at }: Entry<'model.failed' | 'summary.failed'>, { run }: RunState): void {
    this.failedCalls = { ...sum(this.failedCalls, tokens, costUsd), calls: this.failedCalls.calls + 1 };
    this.spent(costUsd, at - (run?.createdAt ?? at));
  }

  spend(state: RunState): Spend {
    const { budget, run } = state;
    const wallMs = wallUsedMs(budget, state.at);
    const unknown = run?.task.model.price === null;
    const estimated = this.estimated.calls > 0 || isUnpriced(run?.task.model.provider);
    return {
      totalUsd: budget.spentUsd,
      tokens: budget.tokens,
      hardUsd: budget.limits.costUsd?.hard ?? null,
      kinds: { ...this.kinds },
      failed: this.failedCalls,
      calls: this.calls,
      reservedUsd: budget.reservedUsd,
      models: Object.entries(this.models).map(([name, { input, cached, output, usd, calls }]) => ({
        ...{ name, calls, usd, tokens: input + output },
        cachedShare: input === 0 ? 0 : cached / input,
      })),
      usdPerCase: unknown ? null : usdPerCase(state),
      estimated: this.estimated,
      certainty: unknown ? 'unknown' : estimated ? 'estimated' : 'measured',
      usdPerHour: unknown || wallMs < paceLeastMs ? null : (budget.spentUsd / wallMs) * hourMs,
      spans: { spanMs: this.spanMs, usd: [...this.spans] },
    };
  }

  private byModel(name: string, { input, cachedInput, output }: TokenUsage, usd: number): void {
    const before = this.models[name];
    if (before === undefined && Object.keys(this.models).length >= limits.modelsInReport) return;
    const { input: in0, cached, output: out0, usd: usd0, calls } = before ?? noTotals;
    this.models[name] = {
      ...{ input: in0 + input, cached: cached + cachedInput, output: out0 + output },
      ...{ usd: usd0 + usd, calls: calls + 1 },
    };
  }

  private spent(usd: number, sinceStartMs: number): void {
    while (sinceStartMs / this.spanMs >= limits.reportSpans) this.widen();
    const index = Math.max(0, Math.floor(sinceStartMs / this.spanMs));
    while (this.spans.length <= index) this.spans.push(0);
    this.spans[index] = (this.spans[index] ?? 0) + usd;
  }

  private widen(): void {
    this.spanMs *= 2;
    const pairs = Math.ceil(this.spans.length / 2);
    this.spans = Array.from({ length: pairs }, (_, i) => (this.spans[2 * i] ?? 0) + (this.spans[2 * i + 1] ?? 0));
  }
}

function sum(kind: SpendKind, tokens: number, usd: number): SpendKind {
  return { tokens: kind.tokens + tokens, usd: kind.usd + usd };
}
