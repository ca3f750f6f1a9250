/**
 * Job: `npm run bench -- <name> [--check]`: runs one bench; its last line is `{"name": …, "figures": {…}}`.
 * Boundary: what is measured and how stands in each bench. Exit 1: a bench failed, or with `--check` a figure is over its
 *   limit; 2: wrong usage. What a bench starts ends with it.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/base/assert.ts';
import { benchCheckpoint } from './checkpoint.ts';
import { limitsOf, overLimit, tell, type Figures } from './figures.ts';
import { benchJournal } from './journal.ts';
import { benchLog } from './log.ts';
import { benchSandbox } from './sandbox.ts';
import { benchStartup } from './startup.ts';
import { benchStep } from './step.ts';
import { benchVerify } from './verify.ts';

const benches: Readonly<Record<string, () => Promise<Figures>>> = {
  checkpoint: benchCheckpoint,
  journal: benchJournal,
  log: benchLog,
  sandbox: benchSandbox,
  startup: benchStartup,
  step: benchStep,
  verify: benchVerify,
};
const usage = `usage: npm run bench -- ${Object.keys(benches).join('|')} [--check]`;
/** A bench that takes longer hangs. */
const wallMostMs = 20 * 60_000;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { check: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [name = '', ...more] = positionals;
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (bench === undefined || more.length > 0) {
    console.error(usage);
    return 2;
  }
  const startedAt = performance.now();
  const figures = await bench();
  const faults = overLimit(figures, limitsOf[name] ?? {});
  tell(`took ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  for (const fault of faults) tell(fault);
  console.log(JSON.stringify({ name, figures }));
  return values.check && faults.length > 0 ? 1 : 0;
}

// exit() runs the handlers that end what is still there.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}
setTimeout(() => {
  console.error(`ended after ${wallMostMs / 60_000} minutes`);
  process.exit(1);
}, wallMostMs).unref();

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof TypeError && 'code' in error ? `${messageOf(error)}\n${usage}` : error);
  process.exitCode = error instanceof TypeError && 'code' in error ? 2 : 1;
}
