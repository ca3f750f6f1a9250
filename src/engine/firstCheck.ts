/**
 * Job: see to it that the sandbox of this machine was attacked before a run trusts it: the first start with this kernel, this
 *   bubblewrap, this user and this profile makes the short self-test, in a process of its own.
 * Boundary: what was found is kept by that process, and read where the world is made.
 * Rules: H2 fails closed: what could not be checked is a reason against the seal.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../base/assert.ts';
import type { SandboxCheckLine } from '../run/sandboxCheck.ts';
import { besideEngine } from './build.ts';
import { keptCheck } from './sandbox/keptCheck.ts';
import { probeSandbox } from './sandbox/probe.ts';

/** A second on a quiet machine. */
const wallMs = 60_000;

/** @returns why it could not be checked, without a full stop; null: it was, now or before, or there is none. Never rejects. */
export async function checkAtFirst(state: string): Promise<string | null> {
  const probe = await probeSandbox();
  if (!probe.available || keptCheck(state, probe.version) !== null) return null;
  const program = [besideEngine('main.mjs', 'main.ts'), '--check-sandbox', state, '--quick'];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: wallMs });
    if (keptCheck(state, probe.version) !== null) return null;
    const line = JSON.parse(stdout) as SandboxCheckLine;
    return uncheckable('check' in line ? (line.check.reasons[0] ?? '') : '');
  } catch (error) {
    return uncheckable(messageOf(error));
  }
}

const uncheckable = (why: string) => `the sandbox could not be checked: ${why === '' ? 'it gave no reason' : why}`;
