/** Starts a command that lasts, and tells when it has begun to: for abort.test.ts, which kills it. */
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import type { Sandbox, Shape } from '../../../src/engine/sandbox/shape.ts';

const [folder = '', seconds = '', kind = 'agent', how = 'sealed'] = process.argv.slice(2);
const sandbox: Sandbox | null = how === 'sealed' ? chooseSandbox(await probeSandbox(), false) : { kind: 'unsealed' };
if (sandbox === null) throw new Error('this needs bubblewrap');
const nothing = { mask: { files: [], folders: [] }, toolchains: [], never: [] };
const shapes: Record<string, Shape> = {
  agent: { kind: 'agent', workspace: placeOf(folder), replaced: [], readOnly: [], ...nothing },
  build: { kind: 'build', folder, ...nothing },
  reference: { kind: 'reference', needs: [], folder: null, ...nothing },
};
const shape = shapes[kind];
if (shape === undefined) throw new Error(`there is no shape ${kind}`);
const outcome = runCommand({
  sandbox,
  shape,
  command: ['/usr/bin/sleep', seconds],
  streams: 'separate',
  limits: { wallMs: 50_000, outputBytes: 1_000, memoryMb: 256, processes: 16 },
});
process.stdout.write('begun\n');
await outcome;
