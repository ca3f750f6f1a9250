/**
 * Job: `npm run e2e`: the tests of what a person sees in a real window (`-- ui`, the default), or the stories
 *   (`-- stories [--update-pictures] [part of a story's file name]`), whose last line is their figures.
 * Boundary: starts vitest and the packager; a story is a test of test/stories, and says what it looked at in out/stories.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toldDir, updateFlag, type Told } from '../stories/told.ts';

const root = join(import.meta.dirname, '..', '..');
const report = join(root, 'out', 'stories.json');

/** In a process group of its own, so that whatever ends this ends all that it started. */
function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', detached: true, env: { ...process.env, ...env } });
  const endAll = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
  };
  process.once('exit', endAll);
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('exit', (code) => {
      process.removeListener('exit', endAll);
      done(code ?? 1);
    });
  });
}

async function stories(which: readonly string[], updatePictures: boolean): Promise<number> {
  for (const place of [report, toldDir]) rmSync(place, { recursive: true, force: true });
  mkdirSync(toldDir, { recursive: true });
  if ((await run(process.execPath, ['src/build/package.ts'])) !== 0) return 1;
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  const args = [
    vitest,
    'run',
    '--dir',
    'test/stories',
    '--no-file-parallelism',
    '--hookTimeout',
    '90000',
    ...reporters,
  ];
  const code = await run(process.execPath, [...args, ...which], updatePictures ? { [updateFlag]: '1' } : {});
  const figures = figuresOf();
  for (const violation of figures.violations) console.log(violation);
  const { passed, failed, pictures, violations } = figures;
  const told = { stories: passed + failed, failed, axeViolations: violations.length, pictures };
  console.log(JSON.stringify({ name: 'stories', figures: told }));
  return code === 0 && failed === 0 && passed > 0 && violations.length === 0 ? 0 : 1;
}

interface Figures {
  readonly passed: number;
  readonly failed: number;
  readonly pictures: number;
  readonly violations: readonly string[];
}

function figuresOf(): Figures {
  const told = readdirSync(toldDir).map((name) => JSON.parse(readFileSync(join(toldDir, name), 'utf8')) as Told);
  const pictures = told.reduce((sum, each) => sum + each.pictures, 0);
  const violations = told.flatMap((each) => each.axeViolations);
  if (!existsSync(report)) return { passed: 0, failed: 1, pictures, violations };
  const counts = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
  // A file that does not load, or a host that does not start, fails without a failed test.
  const failed = Math.max(counts['numFailedTests'] ?? 0, counts['numFailedTestSuites'] ?? 0);
  return { passed: counts['numPassedTests'] ?? 0, failed, pictures, violations };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'update-pictures': { type: 'boolean', default: false } },
});
const [suite = 'ui', ...which] = positionals;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}
if (suite === 'stories') process.exitCode = await stories(which, values['update-pictures']);
else if (suite === 'ui') {
  const packed = await run(process.execPath, ['src/build/package.ts']);
  process.exitCode = packed === 0 ? await run(process.execPath, ['test/verify.ts', '--only', 'ui']) : packed;
} else {
  console.error(`There are no e2e tests "${suite}": there are "ui" and "stories".`);
  process.exitCode = 2;
}
