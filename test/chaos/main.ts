/**
 * Job: `npm run chaos -- [--kills N] [--seed N]`: the real engine on a real workspace with the loopback model, SIGKILL at random
 *   moments; its last line is `{"name": …, "figures": {…}}`.
 * Boundary: what is done and judged stands in disturbedRun.ts. Exit 1: something was lost, or a run did not end as the
 *   undisturbed one does; 2: wrong usage. The seed draws the moments; what is cut there depends on the machine too.
 */
import { parseArgs } from 'node:util';
import { seeded } from '../unit/journal/simulatedDisk.ts';
import { disturbedRun, type DisturbedRun } from './disturbedRun.ts';

const usage = 'usage: npm run chaos -- [--kills 200] [--seed 1]';

function numberOf(text: string, name: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new TypeError(`--${name} must be a whole number above 0, not "${text}"`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
  });
  const [wanted, seed] = [numberOf(values.kills, 'kills'), numberOf(values.seed, 'seed')];
  const random = seeded(seed);
  const calm = await disturbedRun(0, random);
  tell('undisturbed', calm);
  const runs: DisturbedRun[] = [];
  const sum = (count: (run: DisturbedRun) => number) => runs.reduce((total, run) => total + count(run), 0);
  while (sum(({ kills }) => kills) < wanted) {
    const run = await disturbedRun(wanted - sum(({ kills }) => kills), random);
    runs.push(run);
    tell(`run ${String(runs.length)}`, run);
  }
  const asCalm = (run: DisturbedRun) => run.finished && run.visiblePassRate === calm.visiblePassRate;
  const figures = {
    kills: sum(({ kills }) => kills),
    runs: runs.length,
    lostEntries: sum((run) => run.lostEntries),
    lostUserBytes: sum((run) => run.lostUserBytes),
    doubleBoughtAnswers: sum((run) => run.doubleBoughtAnswers),
    problems: sum((run) => run.problems.length),
    finished: runs.every(({ finished }) => finished) ? 1 : 0,
    finalVisiblePassRate: Math.min(...runs.map((run) => run.visiblePassRate)),
    undisturbedVisiblePassRate: calm.visiblePassRate,
  };
  console.log(JSON.stringify({ name: 'chaos', figures }));
  const lost = figures.lostEntries + figures.lostUserBytes + figures.doubleBoughtAnswers + figures.problems;
  return lost === 0 && runs.every(asCalm) ? 0 : 1;
}

function tell(name: string, { problems, ...run }: DisturbedRun): void {
  console.log(`${name}: ${JSON.stringify(run)}`);
  for (const problem of problems) console.log(`  ${problem}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof TypeError && error.message.startsWith('--');
  console.error(isUsage ? `${error.message}\n${usage}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
