/**
 * Job: `npm run conformance -- models`: every network provider, through its real SDK, against a loopback server of its
 * protocol. Prints a line per provider and, last, the figures; `--markdown` prints the matrix for the README instead of the
 * lines.
 * Boundary: what is exercised stands in `scenarios.ts`.
 */
import { parseArgs } from 'node:util';
import { providerNames } from '../../src/run/providers.ts';
import { dialects, exercise, scenarios } from './scenarios.ts';
import type { Dialect } from './wire.ts';

interface Row {
  readonly dialect: Dialect;
  /** What was wrong, per scenario; null: nothing. */
  readonly verdicts: readonly (string | null)[];
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { markdown: { type: 'boolean', default: false } },
  });
  if (positionals.some((suite) => suite !== 'models')) {
    process.stderr.write(`There is no conformance suite "${positionals.join(' ')}"; the one there is is "models".\n`);
    return 2;
  }
  const rows: Row[] = [];
  for (const dialect of dialects) {
    const verdicts: (string | null)[] = [];
    for (const scenario of scenarios) verdicts.push(await exercise(dialect, scenario));
    rows.push({ dialect, verdicts });
  }
  process.stdout.write(`${values.markdown ? markdown(rows) : lines(rows)}\n`);
  const all = rows.flatMap(({ verdicts }) => verdicts);
  const failed = all.filter((verdict) => verdict !== null).length;
  process.stdout.write(`${JSON.stringify({ name: 'conformance', figures: { exercised: all.length, failed } })}\n`);
  return failed === 0 ? 0 : 1;
}

function lines(rows: readonly Row[]): string {
  return rows
    .flatMap(({ dialect, verdicts }) => [
      `${dialect.provider}: ${scenarios.map(({ name }, at) => `${name} ${verdicts[at] === null ? 'ok' : 'FAILED'}`).join('; ')}`,
      ...verdicts.flatMap((verdict, at) =>
        verdict === null ? [] : [`  ${scenarios[at]?.name ?? ''}: ${verdict.replaceAll('\n', '\n    ')}`],
      ),
    ])
    .join('\n');
}

function markdown(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...rows.map(({ dialect }) => heading(dialect.provider))]),
    line(['---', ...rows.map(() => '---')]),
    ...scenarios.map(({ name }, at) =>
      line([name.replace(/^B\d: /, ''), ...rows.map(({ verdicts }) => (verdicts[at] === null ? 'ok' : '**failed**'))]),
    ),
  ].join('\n');
}

function heading(provider: Dialect['provider']): string {
  return provider === 'openai-compatible' ? 'OpenAI-compatible' : providerNames[provider];
}

process.exitCode = await main();
