/** Job: a sandbox that breaks after the run began: nothing runs without it, and it is told apart from a command's own failure. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { refuseBrokenSandbox, sandboxProblem } from '../../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import { SandboxGone, type CommandOutcome, type Sandbox, type Shape } from '../../../src/engine/sandbox/shape.ts';
import { breakingSandbox, type BreakingSandbox } from './breaking.ts';

vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let broken: BreakingSandbox;
let sandbox: Sandbox;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-broken-'));
  broken = breakingSandbox(folder);
  sandbox = { kind: 'bubblewrap', program: broken.program };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const nothing = { mask: { files: [], folders: [] }, toolchains: [], never: [] };
const agent = (): Shape => ({ kind: 'agent', workspace: placeOf(folder), replaced: [], readOnly: [], ...nothing });
const build = (): Shape => ({ kind: 'build', folder, ...nothing });

function run(shape: Shape, command: string, streams: 'together' | 'separate' = 'together'): Promise<CommandOutcome> {
  return runCommand({
    sandbox,
    shape,
    command: ['/bin/sh', '-c', command],
    streams,
    limits: { wallMs: 20_000, outputBytes: 10_000, memoryMb: 256, processes: 16 },
  });
}

describe.each(['gone', 'refusing'] as const)('a sandbox that is %s', (how) => {
  it('H2: runs nothing, says why and what to do, and is well again once it is mended', async () => {
    expect(await sandboxProblem(sandbox)).toBeNull();
    broken.break(how);
    for (const shape of [agent(), build()]) {
      const outcome = await run(shape, 'touch ran');
      expect(outcome).toMatchObject({ endedBy: 'not-started', exitCode: null, sealed: true });
      expect(existsSync(join(folder, 'ran'))).toBe(false);
      await expect(refuseBrokenSandbox(sandbox, outcome)).rejects.toBeInstanceOf(SandboxGone);
    }
    expect(await sandboxProblem(sandbox)).toMatch(
      /^Commands can't be sealed any more: .*(not found|No permissions).*Install or repair bubblewrap, then resume the run\.$/s,
    );
    broken.mend();
    expect(await sandboxProblem(sandbox)).toBeNull();
    expect((await run(agent(), 'touch ran')).exitCode).toBe(0);
    expect(existsSync(join(folder, 'ran'))).toBe(true);
  });
});

it('H2: a command that only says that the sandbox failed is not believed', async () => {
  const outcome = await run(build(), 'echo "bwrap: No permissions" >&2; exit 1', 'separate');
  expect(outcome.endedBy).toBe('not-started');
  await expect(refuseBrokenSandbox(sandbox, outcome)).resolves.toBeUndefined();
});

it('H2: without a sandbox, which was allowed, none can break', async () => {
  expect(await sandboxProblem({ kind: 'unsealed' })).toBeNull();
});
