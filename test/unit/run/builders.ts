/** Job: whole, valid values for tests of the run's logic; a test names only what it is about. */
import type { Entry, EntryBody, TaskFacts } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';

export const task: TaskFacts = {
  name: 'cmark → Perl',
  language: 'perl',
  model: {
    provider: 'openai-compatible',
    name: 'loopback-1',
    maxOutputTokens: 1_000,
    priceFrom: 'belay.json',
    price: { inputUsdPerMTok: 3, cachedInputUsdPerMTok: 0.3, cacheWriteUsdPerMTok: 0.3, outputUsdPerMTok: 15 },
  },
  limits: { costUsd: { hard: 10 } },
  gates: {},
  hasReference: true,
  hasHeldOut: true,
};

export function created(facts: Partial<TaskFacts> = {}): EntryBody<'run.created'> {
  return {
    type: 'run.created',
    runId: '20261123-0640-7f3a',
    workspace: '/workspace',
    task: { ...task, ...facts },
    baseline: { git: { branch: 'main', head: 'b'.repeat(40), dirty: false, prefix: '' } },
    provenance: {
      belay: '0.1.0',
      engineDigest: 'e',
      node: '24.21.0',
      platform: 'linux',
      git: '2.39.5',
      sandbox: '0.8.0',
      digests: {},
    },
    seal: { sealed: true, reasons: [] },
    supervisor: 'anna@host',
  };
}

export function checkpoint(
  number: number,
  more: Partial<EntryBody<'checkpoint.created'>> = {},
): EntryBody<'checkpoint.created'> {
  return {
    type: 'checkpoint.created',
    checkpoint: number,
    kind: number === 0 ? 'baseline' : 'step',
    step: number === 0 ? null : number,
    continues: number === 0 ? null : number - 1,
    commit: `c${String(number)}`,
    tree: `t${String(number)}`,
    manifest: { digest: `m${String(number)}`, bytes: 1 },
    title: `checkpoint ${String(number)}`,
    changeset: { added: 0, modified: 0, deleted: 0, paths: [] },
    notCovered: 0,
    ...more,
  };
}

export function requested(
  step: number,
  more: Partial<EntryBody<'model.requested'>> = {},
): EntryBody<'model.requested'> {
  return {
    type: 'model.requested',
    step,
    attempt: 1,
    prompt: { digest: 'p', bytes: 1 },
    maxOutputTokens: 1_000,
    reservedUsd: 0.5,
    reservedTokens: 5_000,
    directives: [],
    ...more,
  };
}

export function answered(step: number, more: Partial<EntryBody<'model.answered'>> = {}): EntryBody<'model.answered'> {
  return {
    type: 'model.answered',
    step,
    text: `Step ${String(step)}.`,
    calls: [{ callId: `call-${String(step)}`, name: 'run', argumentsJson: '{"command":"true"}' }],
    usage: { input: 1_000, cachedInput: 500, cacheWriteInput: 0, output: 200 },
    usageEstimated: false,
    costUsd: 0.1,
    wallMs: 900,
    finishReason: 'tool-calls',
    ...more,
  };
}

export function ran(step: number, more: Partial<EntryBody<'tool.finished'>> = {}): EntryBody<'tool.finished'> {
  return {
    type: 'tool.finished',
    step,
    callId: `call-${String(step)}`,
    status: 'ok',
    output: 'done',
    wallMs: 10,
    ...more,
  };
}

export function verified(
  checkpoint: number,
  pass: number,
  total: number,
  more: Partial<EntryBody<'verification.finished'>> = {},
): EntryBody<'verification.finished'> {
  return {
    type: 'verification.finished',
    checkpoint,
    suite: 'visible',
    counts: { pass, fail: total - pass, error: 0, timeout: 0, flaky: 0 },
    total,
    build: { ok: true },
    results: { digest: 'r', bytes: 1 },
    regressed: 0,
    repaired: 0,
    wallMs: 100,
    ...more,
  };
}

export function sampled(
  checkpoint: number,
  pass: number,
  total: number,
  of: number,
  more: Partial<EntryBody<'verification.sampled'>> = {},
): EntryBody<'verification.sampled'> {
  return {
    type: 'verification.sampled',
    suite: 'visible',
    checkpoint,
    seed: 7,
    counts: { pass, fail: total - pass, error: 0, timeout: 0, flaky: 0 },
    total,
    of,
    beside: { pass: 0, total: 0 },
    failedNotRun: 0,
    build: { ok: true },
    results: { digest: 's', bytes: 1 },
    regressed: 0,
    repaired: 0,
    wallMs: 100,
    ...more,
  };
}

/** The entries of one whole step: answer, one tool call, checkpoint. */
export function wholeStep(step: number): readonly EntryBody[] {
  return [
    { type: 'step.started', step },
    requested(step),
    answered(step),
    { type: 'tool.started', step, callId: `call-${String(step)}`, name: 'run', title: 'run true' },
    ran(step),
    checkpoint(step),
    { type: 'step.finished', step, checkpoint: step, title: `Step ${String(step)}.` },
  ];
}

/** A journal in memory: numbers bodies as the real one does. One second passes between two entries. */
export function entriesOf(bodies: readonly EntryBody[], from: RunState = initialState): readonly Entry[] {
  return bodies.map((body, index) => ({
    ...body,
    seq: from.seq + index + 1,
    at: (from.seq + index + 1) * 1_000,
    prev: '',
  }));
}

export function fold(bodies: readonly EntryBody[], from: RunState = initialState): RunState {
  return entriesOf(bodies, from).reduce(reduce, from);
}
