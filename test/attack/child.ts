/** Job: one self-test in a process of its own: `node child.ts [names as a JSON list]` prints its result as JSON. */
import { selfTest } from '../../src/engine/selfTest/selfTest.ts';

const [names] = process.argv.slice(2);
const only = names === undefined ? {} : { only: new Set(JSON.parse(names) as string[]) };
process.stdout.write(JSON.stringify(await selfTest({ signal: new AbortController().signal, ...only })));
process.exit(0); // nothing of the scene may hold it
