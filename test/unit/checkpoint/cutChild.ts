/**
 * Job: a process that a test kills: takes a checkpoint, or applies a rollback, told by its arguments.
 * Usage: node cutChild.ts take|apply <store> <workspace> <state.json>. Prints "go" right before it begins.
 */
import { readFileSync } from 'node:fs';
import type { Manifest } from '../../../src/engine/checkpoint/manifest.ts';
import { openCheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import type { RollbackPlan } from '../../../src/protocol/messages.ts';

const [what = '', folder = '', workspace = '', stateFile = ''] = process.argv.slice(2);
const state = JSON.parse(readFileSync(stateFile, 'utf8')) as {
  plan: RollbackPlan;
  to: Manifest;
  now: Manifest;
  parent: string;
};
const store = await openCheckpointStore({ folder, workspace });
process.stdout.write('go\n');
if (what === 'take') await store.take({ title: 'cut', at: 0, parent: state.parent, previous: null });
else await store.applyRollback(state.plan, state.to, { now: state.now });
process.stdout.write('done\n');
store.dispose();
