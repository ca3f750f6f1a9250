/**
 * Job: a process that a test kills while it gathers or sweeps the packs of a store.
 * Usage: node upkeepChild.ts repack|sweep <store> <workspace> <kept commits, by comma>. Prints "go" right before it begins.
 */
import { openCheckpointStore } from '../../../src/engine/checkpoint/store.ts';

const [what = '', folder = '', workspace = '', kept = ''] = process.argv.slice(2);
const store = await openCheckpointStore({ folder, workspace });
process.stdout.write('go\n');
if (what === 'repack') await store.upkeep.repack();
else await store.upkeep.sweep(kept.split(','));
process.stdout.write('done\n');
store.dispose();
