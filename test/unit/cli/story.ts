/** A small run as its entries tell it: two steps, a failure, a gate, a redirect, a rollback, the end. */
import type { Changeset, EntryBody } from '../../../src/run/entry.ts';

const changed = (paths: readonly string[]): Changeset => ({
  added: paths.length,
  modified: 0,
  deleted: 0,
  paths: paths.map((path) => ({ path, change: 'added' })),
});
const blob = { digest: 'a'.repeat(64), bytes: 1 };

const checkpoint = (
  number: number,
  kind: 'baseline' | 'step' | 'supervisor' | 'safety' | 'rollback',
  title: string,
  paths: readonly string[] = [],
): EntryBody => ({
  type: 'checkpoint.created',
  checkpoint: number,
  kind,
  step: kind === 'step' ? number : null,
  continues: number === 0 ? null : number - 1,
  commit: 'c',
  tree: 't',
  manifest: blob,
  title,
  changeset: changed(paths),
  notCovered: 0,
});

const request = (step: number, attempt: number): EntryBody => ({
  type: 'model.requested',
  step,
  attempt,
  prompt: blob,
  maxOutputTokens: 100,
  reservedUsd: 0.05,
  reservedTokens: 100,
  directives: [],
});

const verified = (number: number, pass: number): EntryBody[] => [
  { type: 'verification.started', checkpoint: number, suite: 'visible', seed: 1 },
  {
    type: 'verification.finished',
    checkpoint: number,
    suite: 'visible',
    total: 40,
    build: { ok: true },
    results: blob,
    regressed: 0,
    repaired: 0,
    wallMs: 900,
    counts: { pass, fail: 40 - pass, error: 0, timeout: 0, flaky: 0 },
  },
];

export const created = (runId: string, workspace: string): EntryBody => ({
  type: 'run.created',
  runId,
  workspace,
  supervisor: 'anna@host',
  task: {
    name: 'cal → Go',
    language: 'go',
    hasReference: true,
    hasHeldOut: true,
    gates: { everySteps: 2 },
    limits: { costUsd: { soft: 1, hard: 2 }, steps: { hard: 40 } },
    model: {
      provider: 'openai-compatible',
      name: 'small',
      maxOutputTokens: 100,
      priceFrom: 'belay.json',
      price: { inputUsdPerMTok: 1, cachedInputUsdPerMTok: 1, cacheWriteUsdPerMTok: 1, outputUsdPerMTok: 2 },
    },
  },
  baseline: { git: null },
  provenance: {
    belay: '0.1.0',
    engineDigest: 'e',
    node: '24',
    platform: 'linux',
    git: '2',
    sandbox: null,
    digests: {},
  },
  seal: { sealed: false, reasons: ['there is no sandbox'], unsealedBy: 'anna@host' },
});

/** Up to the open gate. */
export const toTheGate: readonly EntryBody[] = [
  { type: 'engine.started', pid: 1, generation: 1 },
  checkpoint(0, 'baseline', 'Baseline'),
  { type: 'step.started', step: 1 },
  request(1, 1),
  {
    type: 'model.failed',
    step: 1,
    attempt: 1,
    kind: 'rate-limited',
    message: 'the endpoint asks for a pause (429)',
    retryable: true,
    retryAt: 1_000_006_000,
    costUsd: 0,
    tokens: 0,
  },
  request(1, 2),
  {
    type: 'model.answered',
    step: 1,
    text: 'Week numbers: the first week\nholds the first Thursday.',
    usageEstimated: false,
    costUsd: 0.09,
    wallMs: 4_000,
    finishReason: 'tool-calls',
    usage: { input: 1_000, cachedInput: 0, cacheWriteInput: 0, output: 50 },
    calls: [
      { callId: 'a', name: 'edit_file', argumentsJson: '{}' },
      { callId: 'b', name: 'run', argumentsJson: '{}' },
      { callId: 'c', name: 'run_visible_tests', argumentsJson: '{}' },
    ],
  },
  { type: 'tool.started', step: 1, callId: 'a', name: 'edit_file', title: 'edit src/month.go' },
  {
    type: 'tool.finished',
    step: 1,
    callId: 'a',
    status: 'ok',
    output: 'done',
    wallMs: 4,
    edit: { path: 'src/month.go', before: null, after: 'x', lines: { added: 12, removed: 3 } },
  },
  { type: 'tool.started', step: 1, callId: 'b', name: 'run', title: 'run go vet ./…' },
  {
    type: 'tool.finished',
    step: 1,
    callId: 'b',
    status: 'error',
    output: 'month.go:3: \u001b[31mbroken\u001b[0m\nsecond\nthird\nfourth',
    wallMs: 9_400,
    exitCode: 1,
  },
  { type: 'tool.started', step: 1, callId: 'c', name: 'run_visible_tests', title: 'run visible tests' },
  {
    type: 'tool.finished',
    step: 1,
    callId: 'c',
    status: 'ok',
    output: '',
    wallMs: 700,
    visible: { pass: 21, total: 40 },
  },
  checkpoint(1, 'step', 'Week numbers', ['src/month.go', 'src/week.go']),
  { type: 'step.finished', step: 1, checkpoint: 1, title: 'Week numbers' },
  ...verified(1, 21),
  checkpoint(2, 'supervisor', 'You: edited month.go', ['notes.txt']),
  {
    type: 'gate.opened',
    gate: 1,
    step: 1,
    checkpoint: 1,
    reasons: [{ kind: 'steps', text: '2 steps since the last gate' }],
  },
];

/** From the decision to the end. */
export const afterTheGate: readonly EntryBody[] = [
  {
    type: 'gate.decided',
    gate: 1,
    decision: 'redirect',
    by: 'anna@host',
    shown: { checkpoint: 1, visibleRate: 0.5, heldOutRate: null, filesChanged: 2, spentUsd: 0.09 },
  },
  { type: 'directive.added', directive: 1, text: 'Do leap years first', by: 'anna@host' },
  ...verified(2, 24),
  { type: 'run.paused', reason: 'key', message: 'the endpoint wants a key' },
  { type: 'run.resumed', by: 'anna@host' },
  checkpoint(3, 'safety', 'Before the rollback'),
  { type: 'rollback.started', to: 0, safety: 3, plan: blob, by: 'anna@host', undo: false },
  { type: 'rollback.finished', to: 0, written: 1, deleted: 2, kept: 1, conflicts: ['src/month.go'] },
  { type: 'budget.changed', limits: { costUsd: { hard: 4 } }, by: 'anna@host' },
  { type: 'stop.requested', by: 'anna@host' },
  { type: 'run.ended', outcome: 'stopped', message: 'stopped by the supervisor' },
];
