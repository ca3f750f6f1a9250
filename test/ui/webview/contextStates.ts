/** Job: states of the Run view in which the context is made shorter, and another model answers. */
import type { FixtureRun } from './fixtures.ts';

/** The context is full: the model is asked for what stands in for the story. */
export function summarising(run: FixtureRun): FixtureRun {
  return run.add({
    type: 'summary.requested',
    checkpoint: 31,
    why: 'full',
    attempt: 1,
    prompt: { digest: 'a'.repeat(64), bytes: 300_000 },
    maxOutputTokens: 8_192,
    reservedUsd: 0.4,
    reservedTokens: 110_000,
    directives: [],
  });
}

/** It was written, and another model answers since. */
export function compacted(run: FixtureRun): FixtureRun {
  const cut = {
    type: 'context.compacted',
    checkpoint: 31,
    step: 31,
    why: 'full',
    summary: { digest: 'b'.repeat(64), bytes: 4_000 },
    head: 'The block parser reads paragraphs, headings and lists.',
    steps: 31,
    tokensBefore: 101_400,
    tokensAfter: 6_200,
    costUsd: 0.12,
  } as const;
  const model = {
    provider: 'anthropic',
    name: 'the-larger-model',
    maxOutputTokens: 8_192,
    priceFrom: 'belay.json',
    price: null,
  } as const;
  return run
    .add({ type: 'directive.added', directive: 1, text: 'No globals.', by: 'anna@host (window)' })
    .add(cut)
    .add({ type: 'model.changed', model, by: 'anna@host (window)' })
    .ask(32);
}
