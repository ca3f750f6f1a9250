/**
 * Job: keep the newest check of the sandbox for later starts.
 * Boundary: one file of the state folder; damaged or of another machine it is as if there was none.
 * Rules: H2 a check holds for this kernel, this sandbox, this user and this very profile; for any other there is none.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { sandboxCheckFile } from '../../protocol/places.ts';
import type { SandboxCheck } from '../../run/sandboxCheck.ts';
import { profileText } from './profile.ts';
import { seccompFilter } from './seccomp.ts';

interface Kept {
  readonly key: string;
  /** ms since the epoch */
  readonly at: number;
  readonly check: SandboxCheck;
}

export function keepCheck(state: string, check: SandboxCheck, at: number): void {
  if (check.sandbox === null) return;
  const file = sandboxCheckFile(state);
  const kept: Kept = { key: keyOf(check.sandbox), at, check };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** What was found when this sandbox was checked here; null: it was not. @param sandbox such as "bubblewrap 0.8.0" */
export function keptCheck(state: string, sandbox: string): SandboxCheck | null {
  try {
    const kept = JSON.parse(readFileSync(sandboxCheckFile(state), 'utf8')) as Partial<Kept>;
    return kept.key === keyOf(sandbox) && kept.check !== undefined ? kept.check : null;
  } catch {
    return null; // none, or cut: the next check writes it anew
  }
}

function keyOf(sandbox: string): string {
  const filter = seccompFilter(process.arch)?.toString('hex') ?? '';
  const parts = [release(), sandbox, String(process.getuid?.()), profileText(), filter];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
