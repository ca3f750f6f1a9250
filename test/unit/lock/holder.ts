/** A process that takes the locks it is told to, says "held" or the refusal, and stays until it is ended.
 * It keeps no reference to the lock and collects its garbage: a lock is not lost by that. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { takeRunLock } from '../../../src/engine/lock/runLock.ts';
import { takeWorkspaceLock } from '../../../src/engine/lock/workspaceLock.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const [kind, folder = '', workspace = '', runId = ''] = process.argv.slice(2);
if (kind === 'run') {
  const { held } = takeRunLock(folder);
  collectGarbage();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  process.stdout.write(held ? 'refused\n' : 'held\n');
} else {
  const result = await takeWorkspaceLock(folder, { workspace, runId, pid: process.pid });
  process.stdout.write(result.ok ? 'held\n' : `${result.message}\n`);
}
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
