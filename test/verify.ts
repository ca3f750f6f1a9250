// Job: the one gate of every commit. Runs the stages in order, a line for each; stops at the first that fails and shows its
//   output; ends with the line `N passed, N failed`.
// Boundary: starts programs and reads their output; what a stage checks is the stage's own business.
//
//   node test/verify.ts                    all stages
//   node test/verify.ts --full             the long ones too
//   node test/verify.ts --only types,unit  some of them, in the gate's order

import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const logDir = join(root, 'out', 'verify');
const binDir = join(root, 'node_modules', '.bin');

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

interface Stage {
  readonly name: string;
  /** Programs of node_modules/.bin or `node`, with their arguments; each a check of its own unless `counts` says otherwise. */
  readonly commands: () => readonly (readonly string[])[];
  /** How many of the commands may run at once. */
  readonly parallel?: number;
  /** Minutes for little news: only with --full, or by name. */
  readonly long?: boolean;
  /** The stage is ended, and has failed, after this time. */
  readonly limitMs: number;
  /** Tests counted from the output of a command that ended well or badly. */
  readonly counts?: (output: string) => Counts;
}

const minuteMs = 60_000;

const stages: readonly Stage[] = [
  {
    name: 'types',
    commands: () => typedFolders().map((folder) => ['tsc', '--noEmit', '-p', folder]),
    parallel: 2,
    limitMs: 5 * minuteMs,
  },
  {
    name: 'architecture',
    commands: () => [
      ['node', 'test/architecture/architecture.ts'],
      ['node', 'test/architecture/rulesCited.ts'],
    ],
    limitMs: minuteMs,
  },
  {
    name: 'lint',
    commands: () => [['eslint', '-c', 'test/lint/eslint.config.js', '--max-warnings', '0', 'src', 'test']],
    limitMs: 5 * minuteMs,
  },
  {
    name: 'format',
    commands: () => [['prettier', '--check', 'src', 'test']],
    limitMs: 2 * minuteMs,
  },
  {
    name: 'dead-code',
    commands: () => [['knip', '--config', 'test/lint/knip.json']],
    limitMs: 2 * minuteMs,
  },
  {
    name: 'unit',
    commands: () => [vitest('test/unit', 'unit')],
    limitMs: 15 * minuteMs,
    counts: () => vitestCounts('unit'),
  },
  {
    name: 'simulation',
    commands: () => [vitest('test/simulation', 'simulation')],
    limitMs: 5 * minuteMs,
    counts: () => vitestCounts('simulation'),
  },
  {
    name: 'contract',
    commands: () => [[...vitest('test/contract', 'contract'), '--no-file-parallelism']],
    limitMs: 20 * minuteMs,
    counts: () => vitestCounts('contract'),
  },
  {
    name: 'extension',
    commands: () => [['node', 'test/host/runExtensionTests.ts']],
    limitMs: 5 * minuteMs,
    counts: mochaCounts,
  },
  {
    name: 'webview',
    commands: () => [vitest('test/ui', 'webview')],
    limitMs: 5 * minuteMs,
    counts: () => vitestCounts('webview'),
  },
  {
    name: 'attack',
    commands: () => [['node', 'test/attack/main.ts']],
    long: true,
    limitMs: 20 * minuteMs,
  },
  {
    name: 'pictures',
    commands: () => [
      ['node', 'test/ui/webview/render.ts'],
      ['node', 'test/ui/webview/renderReport.ts'],
    ],
    long: true,
    limitMs: 10 * minuteMs,
  },
  {
    name: 'eval',
    commands: () => [
      ['node', 'test/eval/main.ts', 'truth', '--check'],
      ['node', 'test/eval/main.ts', 'forecast', '--check'],
    ],
    long: true,
    limitMs: 5 * minuteMs,
  },
  {
    name: 'stories',
    commands: () => [['node', 'test/e2e/main.ts', 'stories']],
    long: true,
    limitMs: 20 * minuteMs,
  },
  {
    name: 'ui',
    commands: () => [[...vitest('test/e2e', 'ui'), '--no-file-parallelism', '--bail', '1', '--hookTimeout', '60000']],
    limitMs: 20 * minuteMs,
    counts: () => vitestCounts('ui'),
  },
];

/** Every folder with a tsconfig of its own and something to check, and the project's root for the tests. */
function typedFolders(): string[] {
  const layers = globSync(['src/*/tsconfig.json', 'test/*/tsconfig.json'], {
    cwd: root,
  }).map((file) => dirname(file));
  const filled = layers.filter((folder) => globSync('**/*.ts', { cwd: join(root, folder) }).length > 0);
  return [...filled.sort(), '.'];
}

function vitest(folder: string, name: string): string[] {
  const report = join(logDir, `${name}.json`);
  return ['vitest', 'run', '--dir', folder, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
}

function vitestCounts(name: string): Counts {
  const report = join(logDir, `${name}.json`);
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
  return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 };
}

function mochaCounts(output: string): Counts {
  const number = (word: string): number => Number(new RegExp(`^\\s*(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
  return { passed: number('passing'), failed: number('failing') };
}

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs one command in a process group of its own, so that a limit or Ctrl+C ends all that it started. */
function runCommand(command: readonly string[], limitMs: number): Promise<Outcome> {
  const [program = '', ...args] = command;
  return new Promise((done) => {
    const child = spawn(program === 'node' ? process.execPath : join(binDir, program), args, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: [binDir, process.env['PATH']].join(delimiter),
        CI: '1',
        NO_COLOR: '1',
      },
    });
    let output = '';
    const endAll = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    };
    const timer = setTimeout(() => {
      output += `\nended after ${limitMs / 1000} s: this stage's limit\n`;
      endAll();
    }, limitMs);
    process.once('exit', endAll);
    const finish = (ok: boolean): void => {
      clearTimeout(timer);
      process.removeListener('exit', endAll);
      done({ ok, output: ok ? output : `$ ${command.join(' ')}\n${output}` });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    }
    child.once('error', (error) => {
      output += error.message;
      finish(false);
    });
    child.once('close', (code) => {
      finish(code === 0);
    });
  });
}

/** At most `parallel` commands at a time; the outcomes are in the order of the commands. */
async function runCommands(
  commands: readonly (readonly string[])[],
  parallel: number,
  limitMs: number,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const pending = commands.entries();
  const worker = async (): Promise<void> => {
    for (const [index, command] of pending) outcomes[index] = await runCommand(command, limitMs);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return outcomes;
}

async function runStage(stage: Stage): Promise<Counts & { readonly ok: boolean; readonly output: string }> {
  const outcomes = await runCommands(stage.commands(), stage.parallel ?? 1, stage.limitMs);
  const output = outcomes.map((outcome) => outcome.output).join('');
  writeFileSync(join(logDir, `${stage.name}.log`), output);
  const failedCommands = outcomes.filter((outcome) => !outcome.ok).length;
  if (stage.counts === undefined) {
    return {
      ok: failedCommands === 0,
      output,
      passed: outcomes.length - failedCommands,
      failed: failedCommands,
    };
  }
  const counts = stage.counts(output);
  // A runner that fails without a failed test (a file that doesn't load, say), or finds no test at all, has failed.
  const failed = Math.max(counts.failed, failedCommands > 0 || counts.passed === 0 ? 1 : 0);
  return { ok: failed === 0, output, passed: counts.passed, failed };
}

function chosenStages(): readonly Stage[] {
  const { values } = parseArgs({ options: { only: { type: 'string' }, full: { type: 'boolean', default: false } } });
  const names = values.only?.split(',');
  const unknown = names?.filter((name) => !stages.some((stage) => stage.name === name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(`no stage ${unknown.join(', ')}: the stages are ${stages.map((stage) => stage.name).join(', ')}`);
  }
  if (names !== undefined) return stages.filter((stage) => names.includes(stage.name));
  return stages.filter((stage) => values.full || stage.long !== true);
}

async function main(): Promise<void> {
  const chosen = chosenStages();
  rmSync(logDir, { recursive: true, force: true });
  mkdirSync(logDir, { recursive: true });
  let passed = 0;
  let failed = 0;
  for (const stage of chosen) {
    process.stdout.write(stage.name.padEnd(14));
    const startedAt = performance.now();
    const result = await runStage(stage);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(
      `${result.ok ? 'ok    ' : 'FAILED'} ${seconds.padStart(6)} s  ${result.passed} passed, ${result.failed} failed`,
    );
    passed += result.passed;
    failed += result.failed;
    if (!result.ok) {
      console.log(result.output);
      break;
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
