/**
 * Job: `npm run sim -- [--seeds N] [--from N]`: the long simulation. Whole runs with odd supervisors, faults and crashes;
 * short runs cut at each of their appends; engines with a sabotage each. Its last line is `{"name": …, "figures": {…}}`.
 * Boundary: what a run is and what is checked stands in simulate.ts and checks.ts. Exit 1: a rule broke or a sabotage was not
 *   seen; 2: wrong usage. A violation is printed with its seed: keep that seed in simulation.test.ts.
 */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parseArgs } from 'node:util';
import { cutsOfShortRun, firstViolation } from './jobs.ts';
import { sabotages } from './sabotage.ts';
import { report, simulate, type SimulationResult } from './simulate.ts';

/** One short run for so many whole ones: each is cut some forty times. */
const seedsPerShort = 10;

type Job =
  { readonly kind: 'whole' | 'cuts'; readonly seed: number } | { readonly kind: 'sabotage'; readonly title: string };

interface Outcome {
  /** Moments at which an engine died: power cuts, kills, and chosen appends. */
  readonly crashPoints: number;
  /** Failed model calls, full disks, damaged files, a machine that sleeps. */
  readonly faults: number;
  readonly violations: readonly string[];
  readonly caught: boolean;
}

const nothing: Outcome = { crashPoints: 0, faults: 0, violations: [], caught: false };

async function perform(job: Job): Promise<Outcome> {
  if (job.kind === 'sabotage') return performSabotage(job.title);
  if (job.kind === 'whole') return outcomeOf(await simulate({ seed: job.seed }));
  let sum = nothing;
  for await (const result of cutsOfShortRun(job.seed)) sum = plus(sum, outcomeOf(result));
  return sum;
}

async function performSabotage(title: string): Promise<Outcome> {
  const sabotage = sabotages.find((one) => one.title === title);
  if (sabotage === undefined) throw new Error(`no sabotage is called "${title}"`);
  const seen = await firstViolation(sabotage.parts);
  if (seen.violation?.check === sabotage.check) return { ...nothing, caught: true };
  return { ...nothing, violations: [`${title}: ${sabotage.check} does not see it; ${report(seen)}`] };
}

function outcomeOf(result: SimulationResult): Outcome {
  const { figures, entriesByType, violation, state } = result;
  const unended = violation === null && !state?.ended ? [`seed ${String(result.seed)}: the run did not end`] : [];
  return {
    crashPoints: figures.powerCuts + figures.kills,
    faults:
      figures.diskFull + figures.damages + figures.sleeps + figures.meddled + (entriesByType.get('model.failed') ?? 0),
    violations: violation === null ? unended : [report(result)],
    caught: false,
  };
}

function plus(a: Outcome, b: Outcome): Outcome {
  return {
    crashPoints: a.crashPoints + b.crashPoints,
    faults: a.faults + b.faults,
    violations: [...a.violations, ...b.violations],
    caught: a.caught || b.caught,
  };
}

function jobsOf(from: number, seeds: number): readonly Job[] {
  const numbers = Array.from({ length: seeds }, (_, index) => from + index);
  return [
    ...sabotages.map(({ title }): Job => ({ kind: 'sabotage', title })),
    ...numbers.filter((seed) => (seed - from) % seedsPerShort === 0).map((seed): Job => ({ kind: 'cuts', seed })),
    ...numbers.map((seed): Job => ({ kind: 'whole', seed })),
  ];
}

/** A worker a core takes the next job as it is done with one. */
async function performAll(jobs: readonly Job[], tell: (done: number, sum: Outcome) => void) {
  const left = [...jobs];
  let [sum, done, caught] = [nothing, 0, 0];
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: 'simulate' });
      const next = () => {
        const job = left.shift();
        if (job === undefined)
          void worker.terminate().then(() => {
            resolve();
          });
        else worker.postMessage(job);
      };
      worker.on('error', reject);
      worker.on('message', (outcome: Outcome) => {
        sum = plus(sum, outcome);
        if (outcome.caught) caught += 1;
        for (const violation of outcome.violations) console.error(violation);
        tell((done += 1), sum);
        next();
      });
      next();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return { sum, caught };
}

function numberOf(text: string, name: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new TypeError(`--${name} must be a whole number above 0, not "${text}"`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '2000' }, from: { type: 'string', default: '1' } },
  });
  const [seeds, from] = [numberOf(values.seeds, 'seeds'), numberOf(values.from, 'from')];
  const jobs = jobsOf(from, seeds);
  const { sum, caught } = await performAll(jobs, (done, { violations }) => {
    if (done % 200 === 0)
      console.log(`${String(done)} of ${String(jobs.length)} jobs, ${String(violations.length)} violations`);
  });
  const { crashPoints, faults } = sum;
  const figures = {
    crashPoints,
    faults,
    violations: sum.violations.length,
    sabotages: sabotages.length,
    sabotagesCaught: caught,
  };
  console.log(JSON.stringify({ name: 'sim', figures }));
  return sum.violations.length > 0 ? 1 : 0;
}

if (isMainThread) {
  try {
    process.exitCode = await main();
  } catch (error) {
    const isUsage = error instanceof TypeError;
    console.error(isUsage ? `${error.message}\nusage: npm run sim -- [--seeds 2000] [--from 1]` : error);
    process.exitCode = isUsage ? 2 : 1;
  }
} else if (workerData === 'simulate') {
  parentPort?.on('message', (job: Job) => {
    // A rejection ends the worker, and the main thread hears of it as its error.
    void perform(job).then((outcome) => parentPort?.postMessage(outcome));
  });
}
