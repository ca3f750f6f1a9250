/**
 * Job: buy one answer: compose the prompt, reserve what it can cost, ask, and record what came back.
 * Boundary: the wire is `model/`, the words are `prompt/`; this is where they meet the budget and the journal.
 * Rules: B1 the bound is reserved, durable, before the call; near a limit the output is capped; a call that may have been
 *   billed counts as its whole reservation when it is cut. G2 the prompt's directives are named in the entry. S1 the
 *   answer is one entry: durable or not bought.
 */
import { assert } from '../../base/assert.ts';
import { estimateTokenCount } from 'tokenx';
import type { Clock } from '../../base/clock.ts';
import { costUsd, type Reservation } from '../../run/budget.ts';
import { canMakeRoom, storyTokens } from '../../run/context.ts';
import type { Delta } from '../../run/delta.ts';
import type { EntryBody } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { promptView } from '../../run/promptView.ts';
import type { RunState } from '../../run/state.ts';
import type { Blobs } from '../journal/blobs.ts';
import { inputTokensBound } from '../model/bound.ts';
import type { WindowModels } from '../model/windowModels.ts';
import type { CallModel, Endpoint, ModelAnswer, ModelFailure, ModelRequest, ToolDefinition } from '../model/request.ts';
import { compose } from '../prompt/compose.ts';
import type { Run } from '../run.ts';
import { failedFields, pauseAfter, reserveFor, stillHolds, waitForLimit, waitForWindow } from './modelCalls.ts';
import { readForView } from './readForView.ts';
import { decideWhenRoom, recordWhenRoom } from './recordWhenRoom.ts';

export interface RequestModelPorts {
  readonly run: Run;
  readonly clock: Clock;
  readonly blobs: Blobs;
  /** Who is asked, as the run stands. */
  readonly endpoint: (state: RunState) => Endpoint;
  readonly tools: readonly ToolDefinition[];
  /** `belay.json` as the agent may see it. */
  readonly taskText: string;
  readonly key: () => string | undefined;
  readonly call: CallModel;
  /** Where only a window can ask the model: whether one is there, and how long a conversation it takes; null otherwise. */
  readonly windows: Pick<WindowModels, 'present' | 'storyTokens'> | null;
  readonly sendDelta: (delta: Delta) => void;
  /** A byte came from the model. */
  readonly onByte?: () => void;
  /** Seeded in a simulation; in [0, 1). */
  readonly random: () => number;
}

export async function requestModel(ports: RequestModelPorts, signal: AbortSignal): Promise<void> {
  const { run, clock } = ports;
  const before = run.state;
  const { step } = before;
  assert(step !== null, 'a model is asked within a step');
  if (step.request !== null) {
    await recordLost(ports, step.step, step.request);
    return;
  }
  const read = await readForView(before, ports.blobs);
  const tokensMost = Math.min(storyTokens(before), ports.windows?.storyTokens ?? Infinity);
  const view = promptView(before, run.conversation, estimateTokenCount, tokensMost, read);
  const prompt = { ...compose(view, ports.taskText), tools: ports.tools };
  const reservation = reserveFor(before, inputTokensBound(prompt));
  if (reservation === null) {
    await run.record(waitForLimit);
    return;
  }
  const request: ModelRequest = { ...ports.endpoint(before), ...prompt, maxOutputTokens: reservation.maxOutputTokens };
  const requested: EntryBody<'model.requested'> = {
    type: 'model.requested',
    step: step.step,
    attempt: step.failures + 1,
    prompt: await ports.blobs.putBlob(JSON.stringify(request)),
    maxOutputTokens: reservation.maxOutputTokens,
    reservedUsd: reservation.costUsd,
    reservedTokens: reservation.tokens,
    directives: view.directives.map((d) => d.directive),
  };
  const recorded = await run.decideAndRecord((state) => {
    if (!stillHolds(state, before)) return [];
    // Looked at when the turn comes: a window that attaches after that finds the pause and ends it.
    return ports.windows?.present === false ? [waitForWindow] : [requested];
  });
  // The supervisor said something meanwhile, or there is nobody to ask: the loop decides anew.
  if (recorded[0]?.type !== 'model.requested') return;
  const startedAt = clock.now();
  const key = ports.key();
  const result = await ports.call(request, {
    step: step.step,
    key,
    signal,
    now: () => clock.now(),
    onText: (text) => ports.sendDelta({ kind: 'text', step: step.step, text }),
    ...(ports.onByte && { onSign: ports.onByte }),
  });
  if (result.ok) await recordAnswer(ports, step.step, result.answer, clock.now() - startedAt);
  else await recordFailure(ports, step, { ...reservation, key }, result.failure);
}

async function recordAnswer(
  { run, clock }: RequestModelPorts,
  step: number,
  answer: ModelAnswer,
  wallMs: number,
): Promise<void> {
  const price = run.state.run?.task.model.price;
  assert(price !== undefined, 'a run without a task asks no model');
  const { text, usage, usageEstimated, finishReason, recordedStep } = answer;
  // Ids come from the provider and may repeat; the journal needs them unique within the step.
  const calls = answer.calls
    .slice(0, limits.toolCallsPerStep)
    .map((call, index) => ({ ...call, callId: `${String(step)}.${String(index + 1)}` }));
  const answered: EntryBody<'model.answered'> = {
    type: 'model.answered',
    step,
    text,
    calls,
    usage,
    usageEstimated,
    costUsd: costUsd(usage, price),
    wallMs,
    finishReason,
    ...(recordedStep !== undefined && { recordedStep }),
  };
  const size = JSON.stringify(answered).length;
  if (size <= limits.lineOfEntryBytes - roomOfFrame) await recordWhenRoom(run, clock, answered);
  else await recordTooLarge({ run, clock }, answered, size);
}

/** What the journal adds to an entry: number, time, digests. */
const roomOfFrame = 1_024;

/** B1: an answer that the journal can't hold was paid for all the same, and would come again if it was asked for again. */
async function recordTooLarge(
  { run, clock }: Pick<RequestModelPorts, 'run' | 'clock'>,
  { step, costUsd: paidUsd, usage }: EntryBody<'model.answered'>,
  size: number,
): Promise<void> {
  const message = `The answer is too large (${String(size)} characters as an entry, at most ${String(limits.lineOfEntryBytes)}). Redirect the agent to smaller steps, then resume.`;
  await recordWhenRoom(
    run,
    clock,
    {
      type: 'model.failed',
      step,
      attempt: run.state.step?.request?.attempt ?? 1,
      kind: 'rejected',
      message,
      retryable: false,
      costUsd: paidUsd,
      tokens: usage.input + usage.output,
    },
    { type: 'run.paused', reason: 'model', message },
  );
}

async function recordFailure(
  { run, clock, random, key }: RequestModelPorts,
  step: { readonly step: number; readonly failures: number },
  call: Reservation & { readonly key: string | undefined },
  failure: ModelFailure,
): Promise<void> {
  const now = clock.now();
  const facts = failedFields(failure, call, { attempt: step.failures + 1, now, random: random() });
  const failed: EntryBody<'model.failed'> = { type: 'model.failed', step: step.step, ...facts };
  const paused = pauseAfter(failure, now);
  await decideWhenRoom(run, clock, (state) => {
    if (paused === null) return [failed];
    // The context is compacted, and the step asked for anew.
    if (failure.kind === 'too-long' && canMakeRoom(state)) return [failed];
    // A key that came while the call was on its way is tried at once. Asked when the turn comes: one that comes after that
    // finds the pause and ends it.
    const newerKey = paused.reason === 'key' && key() !== undefined && key() !== call.key;
    return newerKey ? [{ ...failed, retryable: true }] : [failed, paused];
  });
}

/** B1: a call whose outcome could not be recorded is still reserved; it counts as spent before another is made. */
async function recordLost(
  { run, clock }: RequestModelPorts,
  step: number,
  { attempt, reservedUsd, reservedTokens }: NonNullable<NonNullable<RunState['step']>['request']>,
): Promise<void> {
  await recordWhenRoom(run, clock, {
    type: 'model.failed',
    step,
    attempt,
    kind: 'interrupted',
    message: 'what became of the call could not be recorded',
    retryable: true,
    costUsd: reservedUsd,
    tokens: reservedTokens,
  });
}
