/** Starts a command of the agent that lasts, and tells when it has begun to: for abort.test.ts, which kills it. */
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';

const [folder = '', seconds = ''] = process.argv.slice(2);
const sandbox = chooseSandbox(await probeSandbox(), false);
if (sandbox === null) throw new Error('this needs bubblewrap');
const outcome = runCommand({
  sandbox,
  shape: {
    kind: 'agent',
    workspace: placeOf(folder),
    replaced: [],
    readOnly: [],
    mask: { files: [], folders: [] },
    toolchains: [],
    never: [],
  },
  command: ['/usr/bin/sleep', seconds],
  streams: 'separate',
  limits: { wallMs: 50_000, outputBytes: 1_000, memoryMb: 256, processes: 16 },
});
process.stdout.write('begun\n');
await outcome;
