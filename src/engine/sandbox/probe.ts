/**
 * Job: find out whether commands can be sealed on this machine, by running the very profile with a program that does nothing.
 * Rules: H2 fails closed: whatever goes wrong, the answer is no, with the reason. A sandbox that worked may break in mid-run:
 *   whether it did is found out by another look, never believed of what a command printed.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../base/assert.ts';
import { runCommand } from './runCommand.ts';
import { nothingMasked, SandboxGone, type CommandOutcome, type Sandbox } from './shape.ts';

export type SandboxProbe =
  | { readonly available: true; readonly program: string; /** Such as "bubblewrap 0.8.0". */ readonly version: string }
  | { readonly available: false; /** One sentence without a full stop. */ readonly reason: string };

const oldest = [0, 8] as const;

/** Looks for bubblewrap on `path` (PATH's form). Takes about 30 ms. Never rejects. */
export async function probeSandbox(path = process.env['PATH'] ?? ''): Promise<SandboxProbe> {
  if (process.platform !== 'linux') return no(`there is no sandbox for ${process.platform} yet`);
  const program = programOn(path, 'bwrap');
  if (program === null) return no('bubblewrap is not installed (the program bwrap was not found)');
  let version: string;
  try {
    version = (await promisify(execFile)(program, ['--version'], { timeout: 10_000 })).stdout.trim();
  } catch (error) {
    return no(`${program} does not run: ${messageOf(error)}`);
  }
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major === oldest[0] && minor < oldest[1]) return no(`${version} is too old, ${oldest.join('.')} is needed`);
  const outcome = await runCommand({
    sandbox: { kind: 'bubblewrap', program },
    shape: { kind: 'reference', mask: nothingMasked, toolchains: [], never: [], needs: [], folder: null },
    command: ['/usr/bin/true'],
    streams: 'separate',
    limits: { wallMs: 10_000, outputBytes: 10_000, memoryMb: 256, processes: 16 },
  });
  if (outcome.endedBy === 'exit' && outcome.exitCode === 0) return { available: true, program, version };
  const said = outcome.stderr.toString('utf8').trim();
  return no(
    outcome.message ??
      `a sandbox was made but did not work: ${said === '' ? `exit ${String(outcome.exitCode)}` : said}`,
  );
}

/** How commands are run from here on; null when they may not be run at all (H2: no silent way round the sandbox). */
export function chooseSandbox(probe: SandboxProbe, unsealedAllowed: boolean): Sandbox | null {
  if (probe.available) return { kind: 'bubblewrap', program: probe.program };
  return unsealedAllowed ? { kind: 'unsealed' } : null;
}

/** Why the sandbox that the run began with can't be made any more, and what to do, for a person; null while it works. */
export async function sandboxProblem(sandbox: Sandbox): Promise<string | null> {
  if (sandbox.kind === 'unsealed') return null;
  const probe = await probeSandbox(dirname(sandbox.program));
  if (probe.available) return null;
  return `Commands can't be sealed any more: ${probe.reason}. Nothing is run without the seal. Install or repair bubblewrap, then resume the run.`;
}

/** @throws SandboxGone when that is why the command was not started: its outcome then says nothing of the candidate. */
export async function refuseBrokenSandbox(sandbox: Sandbox, { endedBy }: CommandOutcome): Promise<void> {
  const problem = endedBy === 'not-started' ? await sandboxProblem(sandbox) : null;
  if (problem !== null) throw new SandboxGone(problem);
}

/** The first executable of that name on a PATH. */
export function programOn(path: string, name: string): string | null {
  for (const folder of path.split(delimiter)) {
    if (!folder.startsWith('/')) continue;
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not in this folder, or not executable there: the next one
    }
  }
  return null;
}

const no = (reason: string): SandboxProbe => ({ available: false, reason });
