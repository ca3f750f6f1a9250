/**
 * Job: self-tests as this user and as another, with bubblewrap as it is and sabotaged.
 * Boundary: each in a process of its own; what they found comes back.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { SandboxCheck } from '../../src/run/sandboxCheck.ts';
import { plantSabotaged, type Sabotage } from './sabotages.ts';

/** How to start a program as somebody: nothing for this user. */
export type Prefix = readonly string[];

/** A user without rights, where this one is root and that one can read this folder; null otherwise. */
export function unprivileged(): Prefix | null {
  if (process.getuid?.() !== 0) return null;
  const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const [program, ...args] = [
    ...prefix,
    process.execPath,
    '-e',
    `require('fs').readFileSync(${JSON.stringify(import.meta.filename)})`,
  ];
  return spawnSync(program, args).status === 0 ? prefix : null;
}

export interface CheckRequest {
  readonly prefix?: Prefix;
  readonly sabotage?: Sabotage;
  /** Names of attacks; all where absent. */
  readonly only?: readonly string[];
}

export async function check({ prefix = [], sabotage, only }: CheckRequest): Promise<SandboxCheck> {
  const folder = mkdtempSync(join(tmpdir(), 'belay-sabotaged-'));
  try {
    if (sabotage) {
      spawnSync('chmod', ['755', folder]);
      plantSabotaged(join(folder, 'bin'), sabotage);
    }
    const names = only === undefined ? [] : [JSON.stringify(only)];
    const [program = '', ...args] = [...prefix, process.execPath, join(import.meta.dirname, 'child.ts'), ...names];
    const env = { ...process.env, PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter) };
    const { stdout } = await promisify(execFile)(program, args, { env, maxBuffer: 64 * 1024 * 1024, timeout: 600_000 });
    return JSON.parse(stdout) as SandboxCheck;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the sabotage should have let through and did not. */
export async function uncaught(sabotage: Sabotage, prefix: Prefix = []): Promise<readonly string[]> {
  const { attacks } = await check({ prefix, sabotage, only: sabotage.caughtBy });
  const through = new Set(attacks.filter(({ outcome }) => outcome === 'through').map(({ name }) => name));
  return sabotage.caughtBy.filter((name) => !through.has(name));
}
