/** Job: what of the supervisor's steers editor or git is covered for a command, all of it, or the command is not run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import { nothingMasked } from '../../../src/engine/sandbox/shape.ts';
import { limits } from '../../../src/run/limits.ts';
import { makeFolder } from '../workspace/folder.ts';
import { plenty } from './attacks.ts';

vi.setConfig({ testTimeout: 60_000 });
const sealed = chooseSandbox(await probeSandbox(), false);
if (sealed === null) throw new Error('these tests need bubblewrap');

async function run(workspace: string, steering: readonly string[], command: string) {
  const shape = { kind: 'agent', workspace: placeOf(workspace), steering, replaced: [], readOnly: [] } as const;
  const outcome = await runCommand({
    sandbox: sealed ?? { kind: 'unsealed' },
    shape: { ...shape, mask: nothingMasked, toolchains: [], never: [] },
    command: ['/bin/bash', '-c', command],
    streams: 'together',
    limits: plenty,
  });
  return { said: outcome.stdout.toString('utf8').trim(), endedBy: outcome.endedBy, message: outcome.message };
}

function repositories(count: number) {
  const workspace = makeFolder();
  const steering = Array.from({ length: count }, (_, i) => `group/one/module${String(i)}/.git`);
  for (const path of steering) {
    mkdirSync(join(workspace, path), { recursive: true });
    writeFileSync(join(workspace, path, 'config'), 'history\n');
  }
  return { workspace, steering };
}

it('H2: as many as the limit says are covered at once', async () => {
  const { workspace, steering } = repositories(limits.steeringCovered);
  const { said, endedBy } = await run(workspace, steering, 'cat group/one/module*/.git/config 2>/dev/null | wc -l');
  expect({ said, endedBy }).toEqual({ said: '0', endedBy: 'exit' });
});

it('H2: of more the command is not run, and is told why; nor where one can’t be named', async () => {
  const { workspace, steering } = repositories(limits.steeringCovered + 1);
  const more = await run(workspace, steering, 'true');
  expect(more).toMatchObject({
    endedBy: 'not-started',
    message: expect.stringContaining('501 repositories') as string,
  });
  const odd = await run(workspace, ['caf\udce9/.git'], 'true');
  expect(odd).toMatchObject({ endedBy: 'not-started', message: expect.stringContaining('not UTF-8') as string });
});

it('H2: one that is not named is open (sabotaged: the check can fail)', async () => {
  const { workspace, steering } = repositories(2);
  expect((await run(workspace, steering.slice(1), 'cat group/one/module*/.git/config 2>/dev/null | wc -l')).said).toBe(
    '1',
  );
});
