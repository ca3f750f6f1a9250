/**
 * Job: check the parameters of every request where they come in.
 * Boundary: shape only; whether a request fits the run's state is its handler's.
 * Rules: one schema per request, in a mapped type: a forgotten one does not compile.
 */
import { z } from 'zod';
import type { BrokeredAnswer, ClientNotifications } from '../../protocol/brokering.ts';
import { commitEnvironment } from '../../protocol/commitEnvironment.ts';
import type { RequestName, Requests } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { limits } from '../../run/limits.ts';

const nothing = z.object({});
const count = z.int().nonnegative();
const text = z.string().max(100_000);
const rate = z.number().min(0).max(1).nullable();
const shown = z.object({
  checkpoint: count,
  visibleRate: rate,
  heldOutRate: rate,
  visibleAt: count.optional(),
  heldOutAt: count.optional(),
  filesChanged: count,
  spentUsd: z.number().nonnegative(),
});
const limit = z.object({ soft: z.number().positive().optional(), hard: z.number().positive().optional() }).optional();
const side = z.union([
  count,
  z.enum(['accepted', 'workspace']),
  z.string().regex(/^commit ([0-9a-f]{40}|[0-9a-f]{64})$/),
]);
const seenFiles = z
  .array(z.object({ path: z.string(), version: z.string().max(100).nullable() }))
  .min(1)
  .max(limits.acceptedFilesKept);
const commitScope = { gate: count.optional(), files: seenFiles.optional() };
const keptLast = z.int().positive();
const paths = z.array(z.string()).max(10_000);
const line = z.int().positive();
const only = z
  .object({
    paths: z.array(z.string().min(1).max(4096)).min(1).max(limits.rolledBackPaths),
    lines: z.object({ first: line, last: line, digest: z.string().length(64) }).optional(),
  })
  .optional();

const schemas: Readonly<Record<RequestName, z.ZodType>> = {
  attach: z.object({
    token: text,
    protocol: z.int(),
    client: z.string().max(200),
    lastSeq: count,
    asksModels: z.boolean().optional(),
    inPieces: z.boolean().optional(),
  }),
  pause: nothing,
  resume: nothing,
  stop: nothing,
  provideKey: z.object({ key: text }),
  question: nothing,
  answer: z.object({ step: count, text: z.string().max(limits.answerByHandChars) }),
  readRecording: nothing,
  recordedDecision: nothing,
  setPace: z.object({ factor: z.number().min(0.25).max(1000).nullable() }),
  decide: z.object({
    gate: count,
    decision: z.enum(['accept', 'rollback', 'redirect']),
    shown,
    text: text.optional(),
    to: count.optional(),
    planDigest: text.optional(),
    reason: text.optional(),
  }),
  redirect: z.object({ text, shown }),
  acceptFiles: z.object({ files: seenFiles, shown }),
  proposeCommit: z.object(commitScope),
  acceptAndCommit: z.object({
    ...commitScope,
    message: z.string().max(limits.commitMessageChars),
    shown,
    session: z.record(z.string().max(100), z.string().max(10_000)).transform(commitEnvironment),
  }),
  undoAccept: z.object({ acceptance: count }),
  withdraw: z.object({ directive: count }),
  dismissStall: nothing,
  switchModel: z.object({ name: z.string().min(1).max(1_000) }),
  askContext: z.object({ way: z.enum(['summary', 'fresh']) }),
  readSummary: z.object({ seq: count }),
  planRollback: z.object({ to: count, only }),
  rollBack: z.object({ to: count, planDigest: text, only, reason: text.optional() }),
  cancelRollback: nothing,
  undoRollback: nothing,
  rejectFile: z.object({ path: z.string().min(1).max(4096), reason: text, shown }),
  changeLimits: z.object({ limits: z.strictObject({ costUsd: limit, tokens: limit, wallMs: limit, steps: limit }) }),
  showHeldOut: nothing,
  cancelHeldOut: nothing,
  visibleCases: nothing,
  readCase: z.object({ id: z.string().min(1).max(4096) }),
  bisect: z.object({ id: z.string().min(1).max(4096), verify: count.optional() }),
  tryCases: z.object({ ids: z.array(z.string()).min(1).max(limits.triedCases) }),
  userHead: nothing,
  compare: z.object({ from: side, to: side, paths: z.array(z.string()).max(limits.filesCountedAtOnce).optional() }),
  readFileAt: z.object({ side, path: z.string() }),
  fork: z.object({ checkpoint: count, to: z.string().min(1).max(4096), branch: z.string().min(1).max(200).optional() }),
  planThinning: z.object({ last: keptLast }),
  thin: z.object({ last: keptLast, checkpoints: z.array(count).min(1).max(limits.checkpointsThinnedMost) }),
  changeQuota: z.object({ storeBytes: z.number().positive() }),
  notCovered: z.object({ checkpoint: count }),
  readOutput: z.object({ step: count, callId: z.string() }),
  readPrompt: z.object({ step: count }),
  report: z.object({ known: count }),
  steps: z.object({ before: count }),
  find: z.object({ text: z.string().min(1).max(limits.findChars), before: count }),
  reportEditors: z.object({ dirty: paths, saved: paths }),
};

const tokens = z.int().nonnegative().max(1_000_000_000).nullable();
const brokeredAnswer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    text: z.string(),
    calls: z.array(z.object({ name: z.string(), argumentsJson: z.string() })),
    inputTokens: tokens,
    outputTokens: tokens,
  }),
  z.object({
    ok: z.literal(false),
    reason: z.enum(['no-model', 'no-consent', 'blocked', 'too-long', 'cancelled', 'failed']),
    message: z.string(),
    begun: z.boolean(),
    maxInputTokens: z.int().positive().optional(),
  }),
]);
const modelText = z.object({ call: count, text: z.string() });

/** What a window answered for VS Code's model. @throws RequestRefused where it is malformed */
export function checkBrokeredAnswer(answer: unknown): BrokeredAnswer {
  const result = brokeredAnswer.safeParse(answer);
  if (!result.success) throw new RequestRefused('the window’s answer is malformed', 'params');
  return result.data as BrokeredAnswer;
}

/** null: malformed; a delta is ephemeral, so it is left out. */
export function checkModelText(value: unknown): ClientNotifications['modelText'] | null {
  const result = modelText.safeParse(value);
  return result.success ? result.data : null;
}

/** @throws RequestRefused that names the field, never its value: it may be a key. */
export function checkParams<K extends RequestName>(method: K, params: unknown): Requests[K]['params'] {
  const result = schemas[method].safeParse(params);
  if (result.success) return result.data as Requests[K]['params'];
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new RequestRefused(
    `"${method}" was asked with a wrong ${field || 'parameter'}: ${issue?.message ?? 'malformed'}`,
    'params',
  );
}

export const requestNames = Object.keys(schemas) as readonly RequestName[];
