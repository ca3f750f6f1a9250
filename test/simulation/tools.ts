/**
 * Job: what the agent's calls do in the simulation. Calls without files go through the real `performTool` and the real
 * tools over simulated ports; reading and writing files, which the real tools do on a real file system, is done here with
 * the very same entries.
 * Rules: J5 the intent is durable before the file changes. S1 a cut write is repeated only over what it replaces. S3 only
 *   what the agent last saw is replaced.
 */
import type { Clock } from '../../src/base/clock.ts';
import { assert } from '../../src/base/assert.ts';
import { lastSeen, story } from '../../src/run/conversation.ts';
import type { EntryBodies, FileEdit } from '../../src/run/entry.ts';
import { sampleOf } from '../../src/run/sample.ts';
import type { CallState } from '../../src/run/state.ts';
import type { AgentPorts, Running } from '../../src/engine/agent/tool.ts';
import { performTool, type PerformToolPorts } from '../../src/engine/effects/performTool.ts';
import type { VerificationPorts } from '../../src/engine/effects/verifications.ts';
import type { Run } from '../../src/engine/run.ts';
import type { Random } from '../unit/journal/simulatedDisk.ts';
import { sha256Of, type SimulatedWorkspace } from './workspace.ts';

export interface ToolWorld {
  readonly workspace: SimulatedWorkspace;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each piece of the agent's work at the moment when it changes the world. */
  readonly onWork: (work: string) => void;
  readonly requireLife: () => void;
}

export function simulatedAgentPorts({ workspace, clock, random, onWork, requireLife }: ToolWorld): AgentPorts {
  const work = async (name: string, mostMs: number, { signal }: Running): Promise<boolean> => {
    requireLife();
    onWork(name);
    await clock.sleep(random() * mostMs, signal);
    requireLife();
    return !signal.aborted;
  };
  return {
    place: { root: '/workspace', hidden: [] },
    runShell: async (command, timeoutSeconds, running) => {
      const done = await work(command, timeoutSeconds * 1_200, running);
      if (done && random() < 0.3) workspace.write('out.txt', `${command}\n`);
      if (!done) return { output: '', exitCode: null, endedBy: 'ended' };
      running.onOutput('made\n');
      return { output: random() < 0.05 ? 'x'.repeat(20_000) : `${command}: made\n`, exitCode: random() < 0.2 ? 1 : 0 };
    },
    runVisibleTests: async (_filter, running) => {
      const done = await work('', 20_000, running);
      return done ? { ok: true, text: 'visible: 3 of 4 passed', pass: 3, total: 4 } : { ok: false, message: 'ended' };
    },
    probeReference: async ({ args }, running) => {
      const done = await work(args.join(' '), 500, running);
      return done
        ? { ok: true, stdout: `${args.join(' ')}\n`, stderr: '', exitCode: 0 }
        : { ok: false, message: 'ended' };
    },
    toolOutput: () => Promise.resolve(null),
    dirtyEditors: () => [],
    redactedTask: () => ({}),
  };
}

const suiteSize = 60;

/** Suites whose verdicts follow from the checkpoint's tree; now and then nothing can be said. */
export function simulatedVerifier({
  clock,
  random,
  treeOf,
}: {
  readonly clock: Clock;
  readonly random: Random;
  readonly treeOf: (checkpoint: number) => string;
}): VerificationPorts['verifyCheckpoint'] {
  return async ({ checkpoint, suite, seed, sample }, signal, onProgress) => {
    await clock.sleep(100 + random() * 15_000, signal);
    if (signal.aborted) throw new Error('ended');
    onProgress(5, suiteSize);
    if (random() < 0.08) throw new Error('the verifier ended');
    const all = Array.from({ length: suiteSize }, (_, index) => ({ id: `case-${index}`, tags: [`tag ${index % 4}`] }));
    const drawn = sample && sampleOf(all, { ...sample, seed });
    const judged = (isBeside: boolean) => (one: { readonly id: string }) => {
      const passes = parseInt(sha256Of(`${treeOf(checkpoint)} ${suite} ${one.id}`).slice(0, 2), 16) < 150;
      const verdict = passes ? ('pass' as const) : ('fail' as const);
      return { id: one.id, verdict, ...(isBeside && { beside: true as const }) };
    };
    const counted = (drawn?.drawn ?? all).map(judged(false));
    const cases = [...counted, ...(drawn?.beside ?? []).map(judged(true))];
    const [pass, total] = [counted.filter((c) => c.verdict === 'pass').length, counted.length];
    return {
      counts: { pass, fail: total - pass, error: 0, timeout: 0, flaky: 0 },
      total,
      ...(drawn && { of: suiteSize }),
      build: { ok: true },
      cases,
      tags: [{ tag: 'all', pass, total }],
      cost: { buildCpuMs: 500, casesCpuMs: cases.length * 800, casesWallMs: cases.length * 400, ran: cases.length },
    };
  };
}

type Outcome = Omit<EntryBodies['tool.finished'], 'step' | 'callId' | 'wallMs'>;

/** The performer of a tool call: files here, all else by the real one. */
export async function performSimulatedTool(
  ports: PerformToolPorts,
  world: ToolWorld,
  callId: string,
  signal: AbortSignal,
): Promise<void> {
  const { run } = ports;
  const { step } = run.state;
  const call = step?.calls?.find((c) => c.callId === callId);
  assert(step !== null && call !== undefined, `there is no call ${callId} to perform`);
  const args = fileArgs(call);
  if (args === null) {
    await performTool(ports, callId, signal);
    return;
  }
  const startedAt = world.clock.now();
  let outcome: Outcome;
  if (call.startedAt !== null) outcome = settle(world, call.intent, args);
  else {
    const planned = plan(run, world, args);
    const intent = 'status' in planned ? undefined : planned.intent;
    await run.record({
      type: 'tool.started',
      step: step.step,
      callId,
      name: call.name,
      title: `${call.name} ${args.path}`,
      ...(intent && { intent }),
    });
    await world.clock.sleep(world.random() * 20);
    outcome =
      'status' in planned
        ? planned
        : make(world, planned.intent, args, {
            status: 'error',
            output: `error: ${args.path} changed since you read it; read it again`,
          });
  }
  await world.clock.sleep(world.random() * 20);
  await run.record({
    type: 'tool.finished',
    step: step.step,
    callId,
    wallMs: world.clock.now() - startedAt,
    ...outcome,
  });
}

interface FileArgs {
  readonly path: string;
  /** Absent for a read. */
  readonly content?: string;
}

function fileArgs({ name, argumentsJson }: CallState): FileArgs | null {
  if (name !== 'read_file' && name !== 'write_file') return null;
  try {
    return JSON.parse(argumentsJson) as FileArgs;
  } catch {
    return null; // malformed on purpose: the real tool says so to the agent
  }
}

function plan(
  run: Run,
  { workspace }: ToolWorld,
  { path, content }: FileArgs,
): Outcome | { readonly intent: FileEdit } {
  const present = workspace.digest(path);
  if (content === undefined) {
    if (present === null) return { status: 'error', output: `error: no such file: ${path}` };
    return { status: 'ok', output: workspace.read(path) ?? '', read: { path, digest: present } };
  }
  const seen = lastSeen(story(run.state, run.conversation)).get(path);
  if (present !== null && seen !== present)
    return { status: 'error', output: `error: ${path} changed since you read it; read it again` };
  return { intent: { path, before: present, after: sha256Of(content), lines: { added: 1, removed: 0 } } };
}

function make(world: ToolWorld, intent: FileEdit, { path, content = '' }: FileArgs, otherwise: Outcome): Outcome {
  world.requireLife();
  const present = world.workspace.digest(path);
  const made: Outcome = {
    status: 'ok',
    output: `wrote ${path}`,
    edit: intent,
    read: { path, digest: intent.after ?? '' },
  };
  if (present === intent.after) return made;
  if (present !== intent.before) return otherwise;
  world.onWork(`write ${intent.after ?? ''}`);
  world.workspace.write(path, content);
  return made;
}

function settle(world: ToolWorld, intent: FileEdit | undefined, args: FileArgs): Outcome {
  const unknown: Outcome = { status: 'interrupted', output: 'interrupted, outcome unknown' };
  return intent ? make(world, intent, args, unknown) : unknown;
}
