import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costUsd, noBudget, reserve } from '../../../src/run/budget.ts';
import type { Price, TokenUsage } from '../../../src/run/entry.ts';
import { priceLibrary, priceOf } from '../../../src/run/price.ts';
import { parseTask, type Task } from '../../../src/run/task.ts';

const now = Date.UTC(2026, 10, 23);

function model(fields: Record<string, unknown>): Task['model'] {
  const parsed = parseTask({
    name: 'x',
    candidate: { language: 'sh', run: ['sh', 'x.sh'] },
    suites: { visible: 'x.jsonl' },
    budget: { steps: { hard: 5 } },
    model: fields,
  });
  if (!parsed.ok) throw new Error(parsed.problems.map((p) => `${p.path.join('.')}: ${p.message}`).join('\n'));
  return parsed.task.model;
}

describe('the price of a model', () => {
  it('is the one that belay.json gives, before any list', () => {
    const given = { provider: 'anthropic', name: 'claude-sonnet-4-5', price: { input: 1, output: 2 } };
    expect(priceOf(model(given), now)).toEqual({
      known: true,
      from: 'belay.json',
      price: {
        inputUsdPerMTok: 1,
        cachedInputUsdPerMTok: 1,
        cacheWriteUsdPerMTok: 1,
        outputUsdPerMTok: 2,
      },
    });
  });

  it.each([
    ['anthropic', 'claude-sonnet-4-5'],
    ['openai', 'gpt-5'],
    ['google', 'gemini-2.5-pro'],
  ])('is listed for %s, with what the cache costs', (provider, name) => {
    const found = priceOf(model({ provider, name }), now);
    expect(found).toMatchObject({ known: true, from: priceLibrary });
    const price = found.known ? found.price : null;
    expect(price?.outputUsdPerMTok).toBeGreaterThan(price?.inputUsdPerMTok ?? Infinity);
    expect(price?.cachedInputUsdPerMTok).toBeLessThan(price?.inputUsdPerMTok ?? 0);
  });

  it('B1: has a second table where long calls cost more', () => {
    const found = priceOf(model({ provider: 'google', name: 'gemini-2.5-pro' }), now);
    const price = found.known ? found.price : null;
    expect(price?.longContext?.overInputTokens).toBe(200_000);
    expect(price?.longContext?.inputUsdPerMTok).toBeGreaterThan(price?.inputUsdPerMTok ?? Infinity);
  });

  it('B1: is asked for where it is not known, never taken as zero', () => {
    const local = { provider: 'openai-compatible', name: 'qwen', baseUrl: 'http://127.0.0.1:11434/v1' };
    expect(priceOf(model({ provider: 'openai', name: 'nobody-knows-it' }), now)).toEqual({
      known: false,
      message:
        'Belay knows no price of "nobody-knows-it". Give it as "price": { "input": 3, "output": 15 }, in dollars per million tokens',
    });
    expect(priceOf(model(local), now)).toMatchObject({ known: false, message: expect.stringContaining('0 and 0') });
    expect(priceOf(model({ ...local, price: { input: 0, output: 0 } }), now)).toMatchObject({ known: true });
  });

  it('is not known for answers by hand, and then dollars alone are no limit', () => {
    expect(priceOf(model({ provider: 'manual' }), now)).toMatchObject({ known: true, price: null });
    const task = {
      name: 'x',
      candidate: { language: 'sh', run: ['sh', 'x.sh'] },
      suites: { visible: 'x.jsonl' },
      budget: { costUsd: { hard: 5 } },
      model: { provider: 'manual' },
    };
    expect(parseTask(task)).toMatchObject({
      ok: false,
      problems: [{ path: ['budget'], message: expect.stringContaining('give "steps" or "tokens" a hard limit') }],
    });
  });

  it('names the version of the list that is installed', () => {
    const file = fileURLToPath(new URL('../package.json', import.meta.resolve('@pydantic/genai-prices')));
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    expect(priceLibrary).toBe(`genai-prices ${version}`);
  });
});

const usd = fc.double({ min: 0, max: 100, noNaN: true });
const table = fc.record({
  inputUsdPerMTok: usd,
  cachedInputUsdPerMTok: usd,
  cacheWriteUsdPerMTok: usd,
  outputUsdPerMTok: usd,
});
const prices: fc.Arbitrary<Price> = fc
  .tuple(table, fc.option(fc.tuple(table, fc.integer({ min: 0, max: 100_000 }))))
  .map(([short, long]) => (long ? { ...short, longContext: { ...long[0], overInputTokens: long[1] } } : short));
const calls = fc
  .record({ input: fc.nat(200_000), share: fc.double({ min: 0, max: 1, noNaN: true }), output: fc.nat(8_000) })
  .map(({ input, share, output }): { bound: number; usage: TokenUsage } => {
    const cachedInput = Math.floor(input * share);
    const cacheWriteInput = Math.floor((input - cachedInput) * share);
    return { bound: input, usage: { input, cachedInput, cacheWriteInput, output } };
  });

/** The first call that costs more than was reserved for it. */
function underReserved(cost: typeof costUsd) {
  return fc.check(
    fc.property(prices, calls, (price, { bound, usage }) => {
      const reserved = reserve(noBudget, bound, { output: 8_000, leastOutput: 1, price });
      return cost(usage, price) <= (reserved?.costUsd ?? 0) + 1e-9;
    }),
    { numRuns: 500, seed: 7 },
  );
}

describe('a reservation', () => {
  it('B1: is enough for every call within its bounds, whatever is cached and however long it is', () => {
    expect(underReserved(costUsd).failed).toBe(false);
    const careless: typeof costUsd = (usage, price) => costUsd(usage, price) + 0.001 * usage.cacheWriteInput;
    expect(underReserved(careless).failed, 'the check sees a cost that was not reserved').toBe(true);
  });

  it('B1: with no price known reserves tokens, and no dollars', () => {
    const budget = { ...noBudget, limits: { tokens: { hard: 10_000 } } };
    expect(reserve(budget, 9_000, { output: 8_000, leastOutput: 256, price: null })).toEqual({
      maxOutputTokens: 1_000,
      costUsd: 0,
      tokens: 10_000,
    });
    expect(reserve(budget, 9_900, { output: 8_000, leastOutput: 256, price: null })).toBeNull();
  });
});
