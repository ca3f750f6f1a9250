/**
 * Job: perform one tool call of the agent, with its intent before and its outcome after.
 * Boundary: what a tool does is the agent's; this file puts it into the journal.
 * Rules: J5 the intent is durable before the world changes. S1 a call that a crash cut is settled, not repeated, but for an
 *   edit that is guarded by what it replaces. S3 the digests that the agent has seen come from the story that the
 *   workspace stands at the end of. H2 a command that was not run because the sandbox broke pauses the run with its outcome.
 */
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { lastSeen, story } from '../../run/conversation.ts';
import type { Delta } from '../../run/delta.ts';

import type { CallState } from '../../run/state.ts';
import type { AgentPorts, ToolContext, ToolOutcome } from '../agent/tool.ts';
import { perform, prepare, sandboxedTools, settle } from '../agent/tools.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import { pausedWithoutSandbox } from './sandboxPause.ts';

export interface PerformToolPorts {
  readonly run: Run;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly agent: AgentPorts;
  readonly commandSeconds: number;
  readonly sendDelta: (delta: Delta) => void;
  /** Why commands can't be sealed any more; null while they can. */
  readonly sandboxProblem: () => Promise<string | null>;
}

export async function performTool(ports: PerformToolPorts, callId: string, signal: AbortSignal): Promise<void> {
  const { run, clock, sendDelta } = ports;
  const { step } = run.state;
  const call = step?.calls?.find((c) => c.callId === callId);
  assert(step !== null && call !== undefined, `there is no call ${callId} to perform`);
  const context = contextOf(ports);
  if (call.startedAt !== null) {
    await finish(ports, step.step, call, await settle(call, context, call.intent), call.startedAt);
    return;
  }
  const startedAt = clock.now();
  const prepared = await prepare(call, context);
  const intent = prepared.ok ? prepared.intent : undefined;
  await run.record({
    type: 'tool.started',
    step: step.step,
    callId,
    name: call.name,
    title: prepared.title,
    ...(intent && { intent }),
  });
  const running = {
    signal,
    onOutput: (text: string) => {
      sendDelta({ kind: 'output', step: step.step, callId, text });
    },
  };
  const outcome = prepared.ok ? await perform(call, context, running, intent) : prepared.outcome;
  await finish(ports, step.step, call, outcome, startedAt);
}

function contextOf({ run, agent, commandSeconds }: PerformToolPorts): ToolContext {
  const seen = [...lastSeen(story(run.state, run.conversation))];
  const lastRead = new Map(seen.filter((pair): pair is [string, string] => pair[1] !== null));
  return { ports: agent, lastRead, commandSeconds };
}

async function finish(
  ports: PerformToolPorts,
  step: number,
  call: CallState,
  outcome: ToolOutcome,
  startedAt: number,
): Promise<void> {
  const { run, blobs, clock } = ports;
  const whole = outcome.whole === undefined ? undefined : await blobs.putBlob(outcome.whole);
  const wallMs = Math.max(0, clock.now() - startedAt);
  const mayLackSandbox = outcome.fields.status === 'error' && sandboxedTools.has(call.name);
  const problem = mayLackSandbox ? await ports.sandboxProblem() : null;
  await run.record(
    { type: 'tool.finished', step, callId: call.callId, wallMs, ...outcome.fields, ...(whole && { whole }) },
    ...(problem === null ? [] : [pausedWithoutSandbox(problem)]),
  );
}
