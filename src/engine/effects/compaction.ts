/**
 * Job: make the context smaller: buy a summary of the story and have it stand in for it, or leave the story out.
 * Boundary: when and which is `run/context.ts`'s, what a summary must hold `run/summaryCheck.ts`'s.
 * Rules: B1 as for a step's call: reserved before, charged after. S1 the answer is durable before anything is made of it. G2
 *   checked before it replaces anything, and the prompt that it leads to as well. J9 the summary is a blob before an entry names it.
 */
import { estimateTokenCount } from 'tokenx';
import { assert } from '../../base/assert.ts';
import { costUsd, type Reservation } from '../../run/budget.ts';
import { stepsTold, storyTokens, summaryStoryTokens, type ContextEffect } from '../../run/context.ts';
import type { EntryBody } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import type { CallOnItsWay } from '../../run/modelFacts.ts';
import { promptView, type PromptView } from '../../run/promptView.ts';
import { comesToNothing } from '../../run/reduceContext.ts';
import type { RunState } from '../../run/state.ts';
import { summaryProblems } from '../../run/summaryCheck.ts';
import { inputTokensBound } from '../model/bound.ts';
import type { ModelAnswer, ModelFailure, ModelRequest } from '../model/request.ts';
import { compose, type ComposedPrompt } from '../prompt/compose.ts';
import { summaryAsk } from '../prompt/summaryAsk.ts';
import type { Run } from '../run.ts';
import { failedFields, pauseAfter, reserveFor, stillHolds, waitForLimit, waitForWindow } from './modelCalls.ts';
import { readForView } from './readForView.ts';
import { decideWhenRoom, recordWhenRoom } from './recordWhenRoom.ts';
import type { RequestModelPorts } from './requestModel.ts';

type Wanted = Extract<ContextEffect, { kind: 'requestSummary' }>;
type Freshening = Extract<ContextEffect, { kind: 'freshen' }>;

/** One call of the model, and the check of what it wrote. */
export async function requestSummary(ports: RequestModelPorts, wanted: Wanted, signal: AbortSignal): Promise<void> {
  const { run, clock, blobs } = ports;
  const lost = run.state.context.pending?.request ?? null;
  if (lost !== null) {
    await recordLost(ports, lost);
    return;
  }
  await run.recall();
  const before = run.state;
  const view = await viewFor(ports, before, wanted.why);
  const prompt = { ...compose(view, ports.taskText, askOf(before, view)), tools: ports.tools };
  const reservation = reserveFor(before, inputTokensBound(prompt), limits.summaryTokens);
  if (reservation === null) {
    await run.record(waitForLimit);
    return;
  }
  const request: ModelRequest = { ...ports.endpoint(before), ...prompt, maxOutputTokens: reservation.maxOutputTokens };
  const requested = requestedEntry(before, wanted, reservation, {
    prompt: await blobs.putBlob(JSON.stringify(request)),
    directives: view.directives.map(({ directive }) => directive),
  });
  const recorded = await run.decideAndRecord((state) => {
    if (!stillHolds(state, before) || state.head !== before.head) return [];
    return ports.windows?.present === false ? [waitForWindow] : [requested];
  });
  // The supervisor said or did something meanwhile, or there is nobody to ask: the loop decides anew.
  if (recorded[0]?.type !== 'summary.requested') return;
  const startedAt = clock.now();
  const key = ports.key();
  const now = () => clock.now();
  const onSign = ports.onByte && { onSign: ports.onByte };
  const result = await ports.call(request, { step: before.stepsStarted, key, signal, now, ...onSign });
  if (result.ok) await recordAnswer(ports, requested, result.answer, clock.now() - startedAt);
  else await recordFailure(ports, requested, key, result.failure);
}

/** The same story as a step's prompt has, so that the provider's cache has read it. */
async function viewFor(
  { run, blobs, windows }: RequestModelPorts,
  state: RunState,
  why: Wanted['why'],
): Promise<PromptView> {
  const tokensMost = Math.min(summaryStoryTokens(state, why), windows?.storyTokens ?? Infinity);
  return promptView(state, run.conversation, estimateTokenCount, tokensMost, await readForView(state, blobs));
}

function askOf({ context }: RunState, view: PromptView): string {
  return summaryAsk(view, context.pending?.problems ?? []);
}

function requestedEntry(
  { head, context }: RunState,
  { why, by }: Wanted,
  { maxOutputTokens, costUsd: reservedUsd, tokens: reservedTokens }: Reservation,
  more: Pick<EntryBody<'summary.requested'>, 'prompt' | 'directives'>,
): EntryBody<'summary.requested'> {
  assert(head !== null, 'a story ends at a checkpoint');
  return {
    type: 'summary.requested',
    checkpoint: head,
    why,
    ...(by !== null && { by }),
    attempt: (context.pending?.failures ?? 0) + 1,
    maxOutputTokens,
    reservedUsd,
    reservedTokens,
    ...more,
  };
}

async function recordAnswer(
  { run, clock }: RequestModelPorts,
  { directives }: EntryBody<'summary.requested'>,
  { text, calls, usage, usageEstimated, finishReason }: ModelAnswer,
  wallMs: number,
): Promise<void> {
  await decideWhenRoom(run, clock, (state) => {
    const problems = summaryProblems(state, directives, { text, finishReason, calls: calls.length });
    const answered: EntryBody<'summary.answered'> = {
      type: 'summary.answered',
      text: text.trim().slice(0, limits.summaryChars),
      usage,
      usageEstimated,
      costUsd: costUsd(usage, state.run?.task.model.price ?? null),
      wallMs,
      finishReason,
      problems,
    };
    return [answered];
  });
}

async function recordFailure(
  { run, clock, random, key }: RequestModelPorts,
  { attempt, reservedUsd, reservedTokens }: EntryBody<'summary.requested'>,
  usedKey: string | undefined,
  failure: ModelFailure,
): Promise<void> {
  const now = clock.now();
  const reserved = { costUsd: reservedUsd, tokens: reservedTokens };
  const facts = failedFields(failure, reserved, { attempt, now, random: random() });
  const failed: EntryBody<'summary.failed'> = { type: 'summary.failed', ...facts };
  // Whether the model takes a step all the same shows at the next one.
  const paused = !failure.retryable && comesToNothing.has(failure.kind) ? null : pauseAfter(failure, now);
  await decideWhenRoom(run, clock, () => {
    if (paused === null) return [failed];
    const newerKey = paused.reason === 'key' && key() !== undefined && key() !== usedKey;
    return newerKey ? [{ ...failed, retryable: true }] : [failed, paused];
  });
}

/** B1: a call whose outcome could not be recorded is still reserved; it counts as spent before another is made. */
async function recordLost({ run, clock }: RequestModelPorts, lost: CallOnItsWay): Promise<void> {
  await recordWhenRoom(run, clock, {
    type: 'summary.failed',
    attempt: lost.attempt,
    kind: 'interrupted',
    message: 'what became of the call could not be recorded',
    retryable: true,
    costUsd: lost.reservedUsd,
    tokens: lost.reservedTokens,
  });
}

/** The summary that passed replaces the story. */
export async function compact(ports: RequestModelPorts): Promise<void> {
  const { run, blobs } = ports;
  const before = run.state;
  const { pending } = before.context;
  assert(pending !== null, 'a summary was asked for');
  const { answer, checkpoint, why, by } = pending;
  assert(answer !== null, 'a summary that passed is there');
  const summary = await blobs.putBlob(answer);
  const step = before.stepsStarted;
  const cuts = [...before.context.cuts, { checkpoint, step, summary, tokens: 0 }];
  const after = { ...before, context: { ...before.context, cuts } };
  const read = await readForView(after, blobs);
  const view = promptView(after, run.conversation, estimateTokenCount, storyTokens(after), read);
  const prompt = compose(view, ports.taskText);
  assertWhole(prompt, before);
  const compacted: EntryBody<'context.compacted'> = {
    type: 'context.compacted',
    checkpoint,
    step,
    why,
    ...(by !== null && { by }),
    summary,
    head: answer.slice(0, limits.summaryHeadChars),
    steps: stepsTold(before),
    tokensBefore: before.context.tokens ?? 0,
    tokensAfter: estimateTokenCount(JSON.stringify({ ...prompt, tools: ports.tools })),
    costUsd: pending.costUsd,
  };
  await run.decideAndRecord((state) => (state.context === before.context && isFree(state) ? [compacted] : []));
}

/** G2: what the story said of them is gone with it. */
function assertWhole({ messages }: ComposedPrompt, { directives, plan }: RunState): void {
  const last = messages.at(-1);
  const text = last?.role === 'user' ? last.text : '';
  for (const { directive, text: words, withdrawn } of directives)
    assert(
      withdrawn || text.includes(`Directive ${String(directive)}: ${words}`),
      `directive ${String(directive)} is lost`,
    );
  for (const { title, status } of plan)
    assert(status === 'done' || text.includes(title.split(/[\r\n]/, 1)[0] ?? ''), `the item “${title}” is lost`);
}

/** The story is left out. */
export async function freshen(run: Run, { why, by, instead }: Freshening): Promise<void> {
  const before = run.state;
  const { head, context, stepsStarted } = before;
  assert(head !== null, 'a story ends at a checkpoint');
  const freshened: EntryBody<'context.freshened'> = {
    type: 'context.freshened',
    checkpoint: context.pending?.checkpoint ?? head,
    step: stepsStarted,
    why,
    ...(by !== null && { by }),
    steps: stepsTold(before),
    tokensBefore: context.tokens ?? 0,
    costUsd: context.pending?.costUsd ?? 0,
    ...(instead !== undefined && { instead }),
  };
  await run.decideAndRecord((state) => (state.context === context && isFree(state) ? [freshened] : []));
}

function isFree({ paused, gate, stopRequested }: RunState): boolean {
  return paused === null && gate === null && !stopRequested;
}
