/** Job: print what descriptors a sandboxed command holds, and what this process would have leaked; run with extra ones open. */
import { readdirSync } from 'node:fs';
import { leakingDescriptors } from '../../../src/engine/sandbox/descriptors.ts';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import { nothingMasked } from '../../../src/engine/sandbox/shape.ts';

const sandbox = chooseSandbox(await probeSandbox(), false);
if (sandbox === null) throw new Error('no sandbox');
const outcome = await runCommand({
  sandbox,
  shape: { kind: 'reference', mask: nothingMasked, toolchains: [], never: [], needs: [], folder: null },
  // the glob's own descriptor is closed again before `echo` prints, so list by a loop over what can still be opened
  command: ['/bin/bash', '-c', 'for f in /proc/$$/fd/*; do [ -e "$f" ] && echo "${f##*/}"; done'],
  stdin: '',
  streams: 'separate',
  limits: { wallMs: 10_000, outputBytes: 100_000, memoryMb: 512, processes: 32 },
});
const inside = outcome.stdout.toString().trim().split('\n').map(Number);
process.stdout.write(
  JSON.stringify({ inside, leaking: leakingDescriptors(), own: readdirSync('/proc/self/fd').length }),
);
