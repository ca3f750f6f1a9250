// Job: run many seeds of the simulation and say in one line of JSON what happened. A seed that breaks a rule is printed with
//   its last entries, and ends the process with 1.
//
//   node test/simulation/main.ts --seeds 1000 [--from 1]

import { parseArgs } from 'node:util';
import { report, simulate } from './simulate.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } },
});
const from = Number(values.from);
const figures: Record<string, number> = { seeds: 0, violations: 0 };
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const result = await simulate({ seed });
  figures['seeds'] = (figures['seeds'] ?? 0) + 1;
  for (const [name, value] of Object.entries(result.figures)) figures[name] = (figures[name] ?? 0) + (value as number);
  if (result.violation === null) continue;
  figures['violations'] = (figures['violations'] ?? 0) + 1;
  console.log(report(result));
  process.exitCode = 1;
}
console.log(JSON.stringify({ name: 'sim', figures }));
