/**
 * Job: give the agent's tools what they may ask of the engine: commands in the sandbox, the visible tests, the reference.
 * Boundary: the one place where the agent's side meets sandbox and verifier; what passes is text and two counts.
 * Rules: H1 the visible verifier is another process than the one that holds the held-out cases, and nothing here runs beside them. H2 the reference runs in a
 *   sandbox of its own, without the workspace. B3 probes are limited, and cached so that a repeated one is free.
 */
import { limits } from '../../run/limits.ts';
import { recordedProbe } from '../../run/playback.ts';
import type { Recording } from '../../run/recording.ts';
import type { AgentPorts, ProbeOutcome } from '../agent/tool.ts';
import { askReference, type ReferencePlace } from '../sandbox/askReference.ts';
import { runCommand } from '../sandbox/runCommand.ts';
import { runVisibleTests } from '../verification/visibleTests.ts';
import type { VisibleSuite } from '../verification/suite.ts';
import type { VerifierClient } from '../verification/verifierClient.ts';
import type { Steering, Swept } from '../workspace/steering.ts';
import type { World } from '../world.ts';
import type { Shadows } from './shadows.ts';
import type { Turns } from './turns.ts';

export interface AgentPortsRequest {
  readonly world: World;
  readonly steering: Steering;
  readonly shadows: Pick<Shadows, 'current'>;
  /** What the agent runs waits while held-out cases run. */
  readonly turns: Pick<Turns, 'shared'>;
  readonly visible: { readonly suite: VisibleSuite; readonly verifier: VerifierClient<'visible'> };
  readonly dirtyEditors: () => readonly string[];
  /** Probes that earlier engines of this run made. */
  readonly probesMade: number;
  readonly toolOutput: AgentPorts['toolOutput'];
  readonly random: () => number;
  /** What the run plays; null where its model is a real one. */
  readonly recording: Recording | null;
}

type Probe = NonNullable<AgentPorts['probeReference']>;

const cancelled = 'cancelled before it began';

export function agentPorts(request: AgentPortsRequest): AgentPorts {
  const { world, steering, shadows, turns, visible, dirtyEditors, probesMade, toolOutput, random, recording } = request;
  const { reference } = world.task;
  const plays = recording !== null && world.reference?.program === null;
  const shell = shellIn(world, steering, shadows);
  return {
    place: world.place,
    runShell: async (command, timeoutSeconds, running) => {
      const leave = await turns.shared(running.signal);
      if (leave === null) return { output: '', exitCode: null, endedBy: cancelled };
      try {
        return await shell(command, timeoutSeconds, running);
      } finally {
        leave();
      }
    },
    runVisibleTests: async (filter, { signal, onOutput }) => {
      const outcome = await runVisibleTests({
        ...visible,
        recipe: world.recipe,
        workspace: world.workspace,
        filter,
        seed: Math.floor(random() * 2 ** 32),
        signal,
        onProgress: everyTenth((done, total) => {
          onOutput(`${String(done)} of ${String(total)} cases\n`);
        }),
      });
      if (!outcome.visible) return { ok: false, message: outcome.text };
      return { ok: true, text: outcome.text, ...outcome.visible };
    },
    ...(reference && {
      probeReference: plays ? playing(recording) : inTurn(turns, probing(world, reference.command, probesMade)),
    }),
    toolOutput,
    dirtyEditors,
    redactedTask: () => world.redacted,
  };
}

const nothingSwept: Swept = { moved: [], problem: null };

/** The agent's commands: what steers the supervisor's editor is covered before each and, where it is new, moved away after it. */
export function shellIn(world: World, steering: Steering, shadows: Pick<Shadows, 'current'>): AgentPorts['runShell'] {
  return async (command, timeoutSeconds, { signal, onOutput }) => {
    const outcome = await runCommand({
      sandbox: world.sandbox,
      shape: { ...world.agentShape, shadow: await shadows.current(), steering: await steering.before() },
      command: ['/bin/bash', '-c', command],
      streams: 'together',
      limits: { ...world.commandLimits, wallMs: Math.min(timeoutSeconds * 1000, limits.commandWallMostMs) },
      signal,
      onOutput: (chunk) => {
        onOutput(chunk.toString('utf8'));
      },
    });
    const { moved, problem } = outcome.endedBy === 'not-started' ? nothingSwept : await steering.sweep();
    return {
      output: outcome.stdout.toString('utf8'),
      exitCode: outcome.exitCode,
      ...(outcome.message !== null && { endedBy: outcome.message }),
      ...(moved.length > 0 && { quarantined: moved }),
      ...(problem !== null && { quarantineProblem: problem }),
    };
  };
}

/** The reference's answers, in a sandbox of its own. @param made how many were asked before @param most of them */
export function probing(
  world: World,
  command: readonly string[],
  made: number,
  most: number = limits.probesPerRun,
): Probe {
  const known = new Map<string, ProbeOutcome>();
  let knownBytes = 0;
  const bytesOf = (one: ProbeOutcome) => (one.ok ? one.stdout.length + one.stderr.length : 0);
  let count = made;
  const place: ReferencePlace = {
    sandbox: world.sandbox,
    command,
    view: world.view,
    needs: world.reference?.needs ?? [],
    limits: { ...world.commandLimits, wallMs: limits.caseWallMs, outputBytes: limits.caseOutputBytes },
  };
  return async ({ args, stdin }, { signal }) => {
    const key = JSON.stringify([args, stdin]);
    const before = known.get(key);
    if (before) return before;
    if (count >= most) return { ok: false, message: `no probes are left: a run has ${String(most)}` };
    count += 1;
    const outcome = await askReference(place, { args, stdin, folder: null }, signal);
    if (outcome.endedBy === 'not-started' || outcome.endedBy === 'abort')
      return { ok: false, message: outcome.message ?? 'the reference did not run' };
    const probed: ProbeOutcome = {
      ok: true,
      stdout: outcome.stdout.toString('utf8'),
      stderr: outcome.stderr.toString('utf8'),
      exitCode: outcome.exitCode,
      ...(outcome.message !== null && { endedBy: outcome.message }),
    };
    known.set(key, probed);
    knownBytes += bytesOf(probed);
    for (const [oldest, one] of known) {
      if (knownBytes <= limits.probesKeptBytes) break;
      known.delete(oldest);
      knownBytes -= bytesOf(one);
    }
    return probed;
  };
}

/** The reference may be an interpreter, and run what the agent wrote. */
function inTurn(turns: Pick<Turns, 'shared'>, probe: Probe): Probe {
  return async (question, running) => {
    const leave = await turns.shared(running.signal);
    if (leave === null) return { ok: false, message: cancelled };
    try {
      return await probe(question, running);
    } finally {
      leave();
    }
  };
}

/** Where the reference is not installed a recorded run has the answers that it gave; no other question can be answered. */
function playing(recording: Recording): Probe {
  return ({ args, stdin }) => {
    const answer = recordedProbe(recording, args, stdin);
    if (answer === null)
      return Promise.resolve({
        ok: false,
        message: 'the reference is not installed here, and the recording has no answer of it to this question',
      });
    const { stdout, stderr, exit, endedBy } = answer;
    return Promise.resolve({
      ok: true,
      played: true,
      stdout,
      stderr,
      exitCode: exit,
      ...(endedBy !== undefined && { endedBy }),
    });
  };
}

/** Progress lines are for a person: ten of them are enough. */
function everyTenth(tell: (done: number, total: number) => void): (done: number, total: number) => void {
  let told = 0;
  return (done, total) => {
    const tenth = total === 0 ? 10 : Math.floor((done / total) * 10);
    if (tenth <= told) return;
    told = tenth;
    tell(done, total);
  };
}
