/**
 * Job: `npm run eval -- <name> [--check]`: judges Belay's judgements; its last line is `{"name": …, "figures": {…}}`.
 * Boundary: what is judged and how stands in each eval. Exit 1: it failed, or with `--check` a figure misses its bound;
 *   2: wrong usage.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/base/assert.ts';
import { tell, type Figures } from '../bench/figures.ts';
import { evalForecast, missedByForecast } from './forecast.ts';
import { evalTruth, missedByTruth } from './truth.ts';

interface Eval {
  readonly run: () => Promise<Figures>;
  /** One sentence for each figure that misses its bound. */
  readonly missed: (figures: Figures) => readonly string[];
}

const evals: Readonly<Record<string, Eval>> = {
  truth: { run: evalTruth, missed: missedByTruth },
  forecast: { run: () => evalForecast(), missed: missedByForecast },
};
const usage = `usage: npm run eval -- ${Object.keys(evals).join('|')} [--check]`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { check: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [name = '', ...more] = positionals;
  const chosen = Object.hasOwn(evals, name) ? evals[name] : undefined;
  if (chosen === undefined || more.length > 0) {
    console.error(usage);
    return 2;
  }
  const startedAt = performance.now();
  const figures = await chosen.run();
  const faults = chosen.missed(figures);
  tell(`took ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  for (const fault of faults) tell(fault);
  console.log(JSON.stringify({ name, figures }));
  return values.check && faults.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof TypeError && 'code' in error ? `${messageOf(error)}\n${usage}` : error);
  process.exitCode = error instanceof TypeError && 'code' in error ? 2 : 1;
}
