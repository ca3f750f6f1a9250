/**
 * Job: one performer for each effect that `decide` can ask for.
 * Boundary: short joins; the work is in `effects/`.
 */
import { assert, messageOf } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Delta } from '../run/delta.ts';

import type { GateReason, ModelFacts } from '../run/entry.ts';
import type { StepInProgress } from '../run/state.ts';
import type { Task } from '../run/task.ts';
import { toolDefinitions, touchedPaths } from './agent/tools.ts';
import { performTool, type PerformToolPorts } from './effects/performTool.ts';
import { compact, freshen, requestSummary } from './effects/compaction.ts';
import { requestModel, type RequestModelPorts } from './effects/requestModel.ts';
import { Stalls } from './effects/stalls.ts';
import { limits } from '../run/limits.ts';
import type { Performers } from './loop.ts';
import type { Endpoint } from './model/request.ts';
import type { ActiveRun, OpenedRun } from './openRun.ts';
import type { Run } from './run.ts';
import { sandboxProblem } from './sandbox/probe.ts';

export interface PerformerPorts {
  readonly opened: OpenedRun;
  readonly active: ActiveRun;
  readonly clock: Clock;
  readonly random: () => number;
  readonly sendDelta: (delta: Delta) => void;
  /** A byte came from the model. */
  readonly onByte?: (() => void) | undefined;
  readonly key: () => string | undefined;
  /** A signal for the effect that begins now. */
  readonly beginEffect: () => AbortSignal;
}

export function performersOf(ports: PerformerPorts): Performers {
  const { opened, active, beginEffect } = ports;
  const { run, checkpoints, rollbacks } = opened;
  const { verifications, integrity } = active;
  const model = modelPorts(ports);
  const tool = toolPorts(ports);
  const stalls = new Stalls(run, rollbacks);
  return {
    takeBaseline: async () => {
      const checkpoint = await checkpoints.take({
        kind: 'baseline',
        step: null,
        title: 'Before the run',
        continues: null,
      });
      verifications.schedule(checkpoint);
    },
    finishRollback: async () => {
      verifications.schedule(await rollbacks.finish());
    },
    beginStep: async () => {
      await checkpoints.takeSupervisorChanges();
      await run.recall();
      await run.decideAndRecord((state) =>
        state.paused || state.gate ? [] : [{ type: 'step.started', step: state.stepsStarted + 1 }],
      );
    },
    requestModel: () => requestModel(model, beginEffect()),
    ...contextPerformers(model, beginEffect),
    performTool: ({ callId }) => performTool(tool, callId, beginEffect()),
    finishStep: async () => {
      const { step } = run.state;
      assert(step !== null, 'a step that finishes is in progress');
      const title = titleOf(step);
      const told = touchedPaths(step.calls ?? []);
      const checkpoint = await checkpoints.take({ kind: 'step', step: step.step, title, told }, (number) => [
        { type: 'step.finished', step: step.step, checkpoint: number, title },
      ]);
      verifications.schedule(checkpoint);
      integrity.schedule(checkpoint);
    },
    verify: ({ checkpoint, suite }) => verifications.verify(checkpoint, suite),
    checkIntegrity: ({ checkpoint }) => integrity.check(checkpoint, beginEffect()),
    climb: async (climb) => {
      const checkpoint = await stalls.climb(climb);
      if (checkpoint !== null) verifications.schedule(checkpoint);
    },
    settleStall: () => stalls.settle(),
    openGate: ({ reasons }) => openGate(run, reasons),
    pause: async ({ reason, message, until }) => {
      await run.record({ type: 'run.paused', reason, message, ...(until !== undefined && { until }) });
    },
    unpark: async () => {
      await run.decideAndRecord(({ paused }) => (paused?.until === undefined ? [] : [{ type: 'run.resumed' }]));
    },
    end: async ({ outcome, message }) => {
      await verifications.close();
      const step = run.state.step?.step ?? null;
      const unkept = step === null ? '' : await keepWhereStopped(opened, step);
      // Who hears of the end may start the next run here at once (W1).
      await active.retire();
      const endDigest = await digestOfRecordedEnd(opened);
      await run.record({
        type: 'run.ended',
        outcome,
        message: message + unkept,
        ...(endDigest !== null && { endDigest }),
      });
    },
  };
}

function contextPerformers(
  model: RequestModelPorts,
  beginEffect: PerformerPorts['beginEffect'],
): Pick<Performers, 'requestSummary' | 'compact' | 'freshen'> {
  return {
    requestSummary: (wanted) => requestSummary(model, wanted, beginEffect()),
    compact: () => compact(model),
    freshen: (freshening) => freshen(model.run, freshening),
  };
}

async function openGate(run: Run, reasons: readonly GateReason[]): Promise<void> {
  await run.decideAndRecord(({ head, gatesDecided, stepsStarted }) => {
    assert(head !== null, 'a gate is about a checkpoint');
    return [{ type: 'gate.opened', gate: gatesDecided + 1, step: stepsStarted, checkpoint: head, reasons }];
  });
}

/** A workspace that can't be kept, such as on a full disk, must not hold up the end: it is told in its message. */
async function keepWhereStopped({ checkpoints }: OpenedRun, step: number): Promise<string> {
  try {
    await checkpoints.take({ kind: 'safety', step, title: 'Where the run was stopped' });
    return '';
  } catch (error) {
    return `; the workspace could not be kept as a checkpoint: ${messageOf(error)}`;
  }
}

/** To be compared with the recording's; null where none is played. */
async function digestOfRecordedEnd({ run, checkpoints }: OpenedRun): Promise<string | null> {
  const { head, run: facts } = run.state;
  return facts?.task.recording === undefined || head === null ? null : checkpoints.contentDigest(head);
}

function modelPorts({ opened, active, clock, random, sendDelta, onByte, key }: PerformerPorts): RequestModelPorts {
  const { run, blobs } = opened;
  const { task, redacted } = active.world;
  return {
    run,
    clock,
    blobs,
    key,
    sendDelta,
    ...(onByte && { onByte }),
    random,
    endpoint: ({ run: facts }) => endpointOf(task.model, facts?.task.model),
    tools: toolDefinitions({ hasReference: task.reference !== undefined }),
    taskText: JSON.stringify(redacted, null, 2),
    call: active.model.call,
    windows: active.model.windows,
  };
}

/** @param now the model that answers now: the task's, or another one at the same place */
function endpointOf({ provider, ...more }: Task['model'], now: ModelFacts | undefined): Endpoint {
  return {
    provider,
    name: now?.name ?? more.name,
    ...('baseUrl' in more && more.baseUrl !== undefined && { baseUrl: more.baseUrl }),
    ...('vendor' in more && more.vendor !== undefined && { vendor: more.vendor }),
  };
}

function toolPorts({ opened, active, clock, sendDelta }: PerformerPorts): PerformToolPorts {
  const { run, blobs } = opened;
  const { world, agent } = active;
  const commandSeconds = world.task.sandbox.commandSeconds ?? limits.commandWallMs / 1000;
  return { run, blobs, clock, agent, sendDelta, commandSeconds, sandboxProblem: () => sandboxProblem(world.sandbox) };
}

const titleChars = 72;

/** The first sentence of the answer, else what its tools did. */
function titleOf({ step, text, calls }: StepInProgress): string {
  const sentence = /^[^\n]*?[.:!?](?=\s|$)|^[^\n]+/.exec(text.trim())?.[0].replace(/[.:]$/, '') ?? '';
  const title = sentence || (calls ?? []).map((call) => call.title).join(', ') || `Step ${String(step)}`;
  return title.length > titleChars ? `${title.slice(0, titleChars - 1).trimEnd()}…` : title;
}
