/**
 * Job: `bench sandbox`: what the sandbox adds to a command of the agent.
 * Boundary: `runCommand` as the agent's tool calls it, beside a plain spawn of the same shell, interleaved.
 *
 * commandOverheadMs: median over the rounds of what a sealed command takes longer than the plain one just before it, ms.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeSandbox } from '../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../src/engine/sandbox/runCommand.ts';
import { nothingMasked, type AgentShape } from '../../src/engine/sandbox/shape.ts';
import { limits } from '../../src/run/limits.ts';
import { median, rounded, tell, type Figures } from './figures.ts';

const rounds = 40;
const command = ['/bin/bash', '-c', 'true'] as const;

export async function benchSandbox(): Promise<Figures> {
  const probe = await probeSandbox();
  if (!probe.available) throw new Error(`this bench needs bubblewrap: ${probe.reason}`);
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'belay-bench-sandbox-')));
  const shape: AgentShape = {
    kind: 'agent',
    workspace: placeOf(workspace),
    replaced: [],
    readOnly: [],
    mask: nothingMasked,
    toolchains: [],
    never: [],
  };
  try {
    const plainMs: number[] = [];
    const sealedMs: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const plain = await timed(plainSpawn);
      const sealed = await timed(() => sealedCommand(probe.program, shape));
      if (round < 0) continue; // the first loads what the others find loaded
      plainMs.push(plain);
      sealedMs.push(sealed);
    }
    const overhead = sealedMs.map((ms, i) => ms - (plainMs[i] ?? Number.NaN));
    tell(`plain ${median(plainMs).toFixed(1)} ms, sealed ${median(sealedMs).toFixed(1)} ms`);
    return { commandOverheadMs: rounded(median(overhead)), plainMs: rounded(median(plainMs)), rounds };
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function plainSpawn(): Promise<void> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    child.on('error', reject);
    child.on('close', () => {
      resolve();
    });
  });
}

async function sealedCommand(program: string, shape: AgentShape): Promise<void> {
  const outcome = await runCommand({
    sandbox: { kind: 'bubblewrap', program },
    shape,
    command,
    streams: 'together',
    limits: {
      wallMs: limits.commandWallMs,
      outputBytes: limits.commandOutputBytes,
      memoryMb: limits.commandMemoryMb,
      processes: limits.commandProcesses,
    },
  });
  if (outcome.endedBy !== 'exit' || outcome.exitCode !== 0)
    throw new Error(`the sealed command did not run: ${JSON.stringify(outcome)}`);
}
