/**
 * Job: `npm run cases -- checkpoint`: every case on the real file system; a line for each that is not exact, the figures last.
 *   `--only WORDS` performs those whose names hold the words; `--table` prints the table of the documentation and performs none.
 * Boundary: what is performed stands in the cases. Exit 1: one is not exact; 2: wrong usage.
 */
import { parseArgs } from 'node:util';
import { checkpointCases } from './all.ts';
import type { Case, Outcome } from './case.ts';
import { perform } from './check.ts';
import { table } from './table.ts';

const usage = 'usage: npm run cases -- checkpoint [--only WORDS] [--table]';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', default: '' }, table: { type: 'boolean', default: false } },
  });
  if (positionals.length !== 1 || positionals[0] !== 'checkpoint') {
    console.error(usage);
    return 2;
  }
  if (values.table) {
    process.stdout.write(table(checkpointCases));
    return 0;
  }
  const chosen = Object.values(checkpointCases)
    .flat()
    .filter(({ name }) => name.includes(values.only));
  if (chosen.length === 0) {
    console.error(`no case is named so: ${values.only}`);
    return 2;
  }
  const outcomes: Outcome[] = [];
  for (const one of chosen) outcomes.push(await performAndTell(one));
  const figures = {
    cases: chosen.length,
    undoExact: outcomes.filter(({ undo }) => undo === '').length,
    redoExact: outcomes.filter(({ redo }) => redo === '').length,
    userGitUntouched: outcomes.every(({ git }) => git === '') ? 1 : 0,
  };
  console.log(JSON.stringify({ name: 'cases', figures }));
  return outcomes.every(isExact) ? 0 : 1;
}

async function performAndTell(one: Case): Promise<Outcome> {
  const startedAt = performance.now();
  const outcome = await perform(one);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(`${isExact(outcome) ? 'ok    ' : 'FAILED'} ${seconds.padStart(5)} s  ${one.name}\n`);
  const { undo, redo, git } = outcome;
  for (const [what, wrong] of Object.entries({ undo, redo, git }))
    if (wrong !== '') process.stderr.write(`  ${what}: ${wrong.trim().replaceAll('\n', '\n    ')}\n`);
  return outcome;
}

function isExact({ undo, redo, git }: Outcome): boolean {
  return undo === '' && redo === '' && git === '';
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error;
  console.error(isUsage ? `${error.message}\n${usage}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
