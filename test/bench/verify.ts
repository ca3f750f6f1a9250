/**
 * Job: `bench verify`: what a verification costs beside bare spawns of the candidate, and what one case leaves for the next.
 * Boundary: CommonMark's cases, Debian's cmark as candidate, through the engine's verifier in its real sandbox.
 *
 * cold.perFloor: wall time of a verification of files that were never seen, over that of bare Node spawns of the candidate with
 *   the same inputs and as many at once, outputs compared, interleaved; median of the passes' ratios. alone.perFloor: the same with a
 *   sandbox for each case, which is what stands in where namespaces can't be made in a sandbox.
 * unchangedAgain.perCold: the same files once more: verdicts of one content are not asked for twice.
 * stateChannelsLeft: of `stateChannels.ts`, those in which a case found what an earlier one had left; stateChannelsFound is
 *   what the same looks find where nothing keeps two runs apart, to show that they can.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeSandbox } from '../../src/engine/sandbox/probe.ts';
import { nothingMasked, type Mask, type Sandbox } from '../../src/engine/sandbox/shape.ts';
import type { CandidateRecipe } from '../../src/engine/verification/messages.ts';
import { VerifierClient } from '../../src/engine/verification/verifierClient.ts';
import { limits } from '../../src/run/limits.ts';
import { readExamples, referenceCommand, type Example } from '../cmark/cases.ts';
import { channelCases, channelProgram, channelsIn, channelsInOneCase } from '../fixtures/stateChannels.ts';
import { median, rounded, tell, type Figures } from './figures.ts';

const passes = 7;
const workers = limits.verifierWorkers;

export async function benchVerify(): Promise<Figures> {
  const probe = await probeSandbox();
  if (!probe.available) throw new Error(`this bench needs bubblewrap: ${probe.reason}`);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-bench-verify-')));
  const client = new VerifierClient({
    kind: 'visible',
    script: join(import.meta.dirname, '../../src/engine/verification/verifier.ts'),
    work: join(folder, 'work'),
  });
  try {
    const scene: Scene = { folder, client, sandbox: { kind: 'bubblewrap', program: probe.program } };
    const times = await timesOf(scene);
    const left = await channelsLeft(scene);
    tell(`left by a case for the next: ${left.length === 0 ? 'nothing' : left.join(', ')}`);
    const found = await channelsFound(scene, 'once', [channelsInOneCase]);
    tell(`found within one case: ${found.join(', ')}`);
    return { ...times, stateChannelsLeft: left.length, stateChannelsFound: found.length };
  } finally {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Scene {
  readonly folder: string;
  readonly client: VerifierClient<'visible'>;
  readonly sandbox: Sandbox;
}

async function timesOf(scene: Scene): Promise<Figures> {
  const examples = readExamples();
  const suite = suiteOf(
    scene,
    'commonmark',
    examples.map(({ number, stdin, stdout }) => ({ id: String(number), stdin, expect: { stdout } })),
  );
  const verify = async (tree: string, mask: Mask = nothingMasked) => {
    const startedAt = performance.now();
    const result = await scene.client.verify({
      suite,
      recipe: { ...recipeOf(scene.sandbox, mask), run: [...referenceCommand] },
      tree,
      checkOut: (to) => {
        writeFileSync(join(to, 'tree'), tree); // other files each time: nothing is known of them
        return Promise.resolve();
      },
      seed: 1,
    });
    if (result.counts.pass !== examples.length) throw new Error(`not all passed: ${JSON.stringify(result.counts)}`);
    return { wallMs: performance.now() - startedAt, isolation: result.isolation?.kind };
  };
  await verify('first'); // starts the verifier's process
  const rows: { floor: number; cold: number; again: number; alone: number }[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const floor = await bareSpawns(examples);
    const cold = await verify(`pass ${String(pass)}`);
    const again = await verify(`pass ${String(pass)}`);
    // Where Perl is out of sight no supervisor of cases can be started.
    const alone = await verify(`alone ${String(pass)}`, { files: [realpathSync('/usr/bin/perl')], folders: [] });
    if (cold.isolation !== 'namespaces' || alone.isolation !== 'sandboxes')
      throw new Error(`other isolation than was to be measured: ${JSON.stringify([cold, alone])}`);
    rows.push({ floor, cold: cold.wallMs, again: again.wallMs, alone: alone.wallMs });
    tell(
      `pass ${String(pass + 1)}: floor ${floor.toFixed(0)}, cold ${cold.wallMs.toFixed(0)}, again ${again.wallMs.toFixed(1)}, alone ${alone.wallMs.toFixed(0)} ms`,
    );
  }
  const ratio = (of: (row: (typeof rows)[number]) => number) => rounded(median(rows.map(of)));
  return {
    'cold.perFloor': ratio(({ cold, floor }) => cold / floor),
    'alone.perFloor': ratio(({ alone, floor }) => alone / floor),
    'unchangedAgain.perCold': ratio(({ again, cold }) => again / cold),
    coldMsPerCase: ratio(({ cold }) => cold / examples.length),
    floorMsPerCase: ratio(({ floor }) => floor / examples.length),
    cases: examples.length,
    passes,
  };
}

/** Wall time of running the candidate on every input with nothing around it, ms. */
async function bareSpawns(examples: readonly Example[]): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    for (let one = examples[next++]; one !== undefined; one = examples[next++])
      if ((await bareSpawn(one.stdin)) !== one.stdout) throw new Error(`example ${String(one.number)} failed bare`);
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return performance.now() - startedAt;
}

function bareSpawn(stdin: string): Promise<string> {
  const [program, ...args] = referenceCommand;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.resume();
    child.on('error', reject);
    child.on('close', () => {
      resolve(Buffer.concat(output).toString('utf8'));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

/** In which channels a case finds what another left. */
async function channelsLeft(scene: Scene): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const kind of ['still', 'network'] as const)
    for (const channel of await channelsFound(scene, kind, channelCases(kind))) found.add(channel);
  return [...found].sort();
}

async function channelsFound(scene: Scene, name: string, cases: readonly object[]): Promise<readonly string[]> {
  const { failing } = await scene.client.verify({
    suite: suiteOf(scene, name, cases),
    recipe: { ...recipeOf(scene.sandbox, nothingMasked), run: ['perl', 'main.pl'], workers: 1 },
    tree: null,
    checkOut: (to) => {
      writeFileSync(join(to, 'main.pl'), channelProgram);
      return Promise.resolve();
    },
    seed: 1,
    show: cases.length,
    repeatFailed: false,
  });
  return failing.flatMap(({ actual, detail }) => {
    if (!actual.endsWith('\n')) throw new Error(`the look for channels broke: ${detail} ${actual}`);
    return channelsIn(actual);
  });
}

function suiteOf({ folder }: Scene, name: string, cases: readonly object[]) {
  const file = join(folder, 'suites', `${name}.jsonl`);
  mkdirSync(join(folder, 'suites'), { recursive: true });
  writeFileSync(file, cases.map((one) => JSON.stringify(one)).join('\n'));
  return { kind: 'visible', file } as const;
}

function recipeOf(sandbox: Sandbox, mask: Mask): Omit<CandidateRecipe, 'run'> {
  return {
    sandbox,
    view: { mask, toolchains: [], never: [] },
    build: undefined,
    withheld: [],
    limits: {
      buildWallMs: limits.buildWallMs,
      caseWallMs: limits.caseWallMs,
      caseOutputBytes: limits.caseOutputBytes,
      memoryMb: limits.commandMemoryMb,
      processes: limits.commandProcesses,
      totalWallMs: limits.verificationWallMs,
    },
    workers,
  };
}
