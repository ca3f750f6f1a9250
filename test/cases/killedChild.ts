/**
 * Job: a process that dies at one of its writes: takes a step's checkpoint, rolls back to the baseline, or opens what is there.
 * Usage: node killedChild.ts take|rollback|open RUN WORKSPACE AT. With AT 0 it lives, and prints how many writes there were.
 */
import { begin, writesSeen } from './killAt.ts';
import { CaseEngine } from './engine.ts';

const [what = '', run = '', workspace = '', at = '0'] = process.argv.slice(2);
if (what === 'open') begin(Number(at));
const engine = await CaseEngine.open(run, workspace);
if (what !== 'open') begin(Number(at));
if (what === 'take') await engine.finishStep();
if (what === 'rollback') await engine.rollBack(0);
process.stdout.write(`${writesSeen()}\n`);
begin(0);
await engine.close();
