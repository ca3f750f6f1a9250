/**
 * Job: `bench checkpoint`: what a checkpoint and a rollback cost, beside the walk that finds out what changed and beside the way
 *   of most peers.
 * Boundary: the store of the product on real trees: unpacked npm packages of this project, copied. Told, walked and peer's
 *   rounds alternate on the same tree, so that the machine's moods meet all of them.
 *
 * walk: Node's readdir and lstat of everything. peer: a shadow repository, `git add -A` and `git commit` by spawns. Each ratio is
 * one of medians of 7 rounds; a round changes 5 files in 5 folders. told: the store is told the 5 paths; detect: it walks. Both
 * durable when they return. rollback: plan, safety checkpoint, 5 files put back, checkpoint. first.perSeededAdd: the first
 * checkpoint against `git add -A` and commit with an index that was seeded from the user's and an object store that borrows
 * theirs. flat: the median told checkpoint of the last tenth of 10,000 steps against that of the first;
 * flatOfBareWrites: the same of two synced new files every tenth step, for some disks make files more slowly where many were
 * just removed. kbPerStep: what the store grew by in these, after a repack.
 */
import { limits } from '../../src/run/limits.ts';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changesBetween, type Manifest } from '../../src/engine/checkpoint/manifest.ts';
import { openCheckpointStore, type CheckpointStore, type Taken } from '../../src/engine/checkpoint/store.ts';
import { median, rounded, tell, type Figures } from './figures.ts';

const rounds = 7;
const steps = 10_000;
const touched = 5;
const folderNamesMost = 500;
const fileBytesMost = 300_000;
const lister = join(import.meta.dirname, '../../src/engine/checkpoint/listWorker.ts');
const packages = join(import.meta.dirname, '..', '..', 'node_modules');

export async function benchCheckpoint(): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-bench-'));
  try {
    for (const files of [200, 2_700]) {
      const figures = await figuresOf(join(folder, String(files)), files);
      tell(`${String(files)} files: ${JSON.stringify(figures)}`);
    }
    const large = await figuresOf(join(folder, 'large'), 27_000);
    return { ...large, ...(await longRun(join(folder, 'long'))) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function figuresOf(folder: string, files: number): Promise<Figures> {
  const workspace = join(folder, 'workspace');
  const paths = makeTree(workspace, files);
  git(workspace, ['init', '-q']);
  git(workspace, ['add', '-A']);
  git(workspace, ['commit', '-q', '-m', 'as it was']);
  const seeded = timed(() => {
    seededAdd(folder, workspace);
  });
  const store = await openCheckpointStore({ folder: join(folder, 'store.git'), workspace, lister });
  try {
    const chain = new Chain(store);
    const first = await timedAsync(() => chain.take());
    const peer = new Peer(folder, workspace);
    const times = await inTurns({ workspace, paths, chain, peer });
    const byName = (name: string) => median(times.get(name) ?? []);
    for (const [name, values] of times) tell(`  ${name}: ${values.map((ms) => ms.toFixed(1)).join(' ')} ms`);
    tell(`  first ${first.toFixed(0)} ms, seeded add ${seeded.toFixed(0)} ms`);
    return {
      'told.perWalk': rounded(byName('told') / byName('walk')),
      'told.perPeer': rounded(byName('told') / byName('peer')),
      'detect.perWalk': rounded(byName('detect') / byName('walk')),
      'detect.perPeer': rounded(byName('detect') / byName('peer')),
      'rollback.perWalk': rounded(byName('rollback') / byName('walk')),
      'rollbackTold.perWalk': rounded(byName('rollbackTold') / byName('walk')),
      'first.perSeededAdd': rounded(first / seeded),
    };
  } finally {
    store.dispose();
  }
}

interface Scene {
  readonly workspace: string;
  readonly paths: readonly string[];
  readonly chain: Chain;
  readonly peer: Peer;
}

async function inTurns({ workspace, paths, chain, peer }: Scene): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>();
  const keep = (name: string, ms: number) => times.set(name, [...(times.get(name) ?? []), ms]);
  let turn = 0;
  const touch = () => {
    const told = pick(paths, turn++);
    for (const path of told) appendFileSync(join(workspace, path), `// round ${String(turn)}\n`);
    return told;
  };
  for (let round = 0; round < rounds; round++) {
    keep(
      'walk',
      timed(() => walk(workspace)),
    );
    const told = touch();
    keep('told', await timedAsync(() => chain.take(told)));
    touch();
    keep('detect', await timedAsync(() => chain.take()));
    touch();
    keep(
      'peer',
      timed(() => {
        peer.commit();
      }),
    );
    await chain.take();
    touch();
    await chain.take();
    keep('rollback', await timedAsync(() => chain.rollBack()));
    const again = touch();
    await chain.take(again);
    keep('rollbackTold', await timedAsync(() => chain.rollBack(again)));
  }
  return times;
}

/** Paths of different folders, others each time. */
function pick(paths: readonly string[], turn: number): readonly string[] {
  const stride = Math.floor(paths.length / touched);
  return Array.from({ length: touched }, (_, at) => paths[(at * stride + turn * 37) % paths.length] ?? '');
}

/** The checkpoints of a store as a run takes them. */
class Chain {
  private readonly store: CheckpointStore;
  /** The last two: a run keeps no more of them in memory than it needs. */
  private taken: readonly Taken[] = [];
  private count = 0;

  constructor(store: CheckpointStore) {
    this.store = store;
  }

  async take(told?: readonly string[], found?: Manifest): Promise<void> {
    const last = this.taken.at(-1);
    const link = { title: 'step', at: 0, parent: last?.commit ?? null, previous: last?.manifest ?? null };
    const taken = await this.store.take({ ...link, ...(told && { told }), ...(found && { found }) });
    this.taken = [...this.taken.slice(-1), taken];
    this.count += 1;
  }

  /** To the checkpoint before the last, as the engine does it. */
  async rollBack(told?: readonly string[]): Promise<void> {
    const [to, last] = this.taken.map(({ manifest }) => manifest);
    if (!to || !last) throw new Error('there is no checkpoint to go back to');
    const checkpoint = this.count - 2;
    const now = await this.store.survey(last, told);
    const changes = changesBetween(to, last);
    const plan = await this.store.planRollback({
      checkpoint,
      to,
      now,
      history: [{ checkpoint: checkpoint + 1, kind: 'step', changes }],
    });
    await this.take(undefined, now);
    const { written } = await this.store.applyRollback(plan, to, { now });
    if (written !== touched) throw new Error(`${String(written)} files were written instead of ${String(touched)}`);
    await this.take(plan.paths.map(({ path }) => path));
  }
}

/** A shadow repository beside the workspace, as most peers keep one. */
class Peer {
  private readonly environment: NodeJS.ProcessEnv;
  private readonly workspace: string;

  constructor(folder: string, workspace: string) {
    this.workspace = workspace;
    this.environment = { GIT_DIR: join(folder, 'shadow.git'), GIT_WORK_TREE: workspace };
    git(workspace, ['init', '-q'], this.environment);
    git(workspace, ['config', 'gc.auto', '0'], this.environment);
    this.commit();
  }

  commit(): void {
    git(this.workspace, ['add', '-A'], this.environment);
    git(this.workspace, ['commit', '-q', '-m', 'step', '--allow-empty'], this.environment);
  }
}

/** The first checkpoint of the quickest peers: the user's index and objects are borrowed. */
function seededAdd(folder: string, workspace: string): void {
  const shadow = join(folder, 'seeded.git');
  const environment = { GIT_DIR: shadow, GIT_WORK_TREE: workspace };
  git(workspace, ['init', '-q'], environment);
  writeFileSync(join(shadow, 'objects/info/alternates'), `${join(workspace, '.git/objects')}\n`);
  cpSync(join(workspace, '.git/index'), join(shadow, 'index'));
  git(workspace, ['add', '-A'], environment);
  git(workspace, ['commit', '-q', '-m', 'first'], environment);
  // Made whole: else the user's gc takes its content away.
  const objects = execFileSync(
    'git',
    ['rev-list', '--objects', '--no-object-names', 'HEAD'],
    options(workspace, environment),
  );
  execFileSync('git', ['pack-objects', '-q', join(shadow, 'objects/pack/pack')], {
    ...options(workspace, environment),
    input: objects,
  });
}

async function longRun(folder: string): Promise<Figures> {
  const workspace = join(folder, 'workspace');
  const paths = makeTree(workspace, 2_700);
  const store = await openCheckpointStore({ folder: join(folder, 'store.git'), workspace, lister });
  try {
    const chain = new Chain(store);
    await chain.take();
    const before = bytesIn(join(folder, 'store.git'));
    const times: number[] = [];
    const bare = new BareWrites(join(folder, 'bare'));
    let repacking: Promise<void> | null = null;
    for (let step = 0; step < steps; step++) {
      const told = pick(paths, step);
      for (const path of told) replaceLine(join(workspace, path), step);
      times.push(await timedAsync(() => chain.take(told)));
      if (step % 10 === 9) bare.write();
      if (store.upkeep.packs > limits.packsBeforeRepack && repacking === null)
        repacking = store.upkeep.repack().finally(() => {
          repacking = null;
        });
      if (step % 1000 === 999) tell(`  step ${String(step + 1)}: ${median(times.slice(-1000)).toFixed(2)} ms`);
    }
    await repacking;
    await store.upkeep.repack();
    const grown = bytesIn(join(folder, 'store.git')) - before;
    return {
      flat: rounded(lastOverFirstTenth(times)),
      flatOfBareWrites: rounded(lastOverFirstTenth(bare.times)),
      kbPerStep: rounded(grown / 1024 / steps),
    };
  } finally {
    store.dispose();
  }
}

/** What no checkpoint can do without: two new files, each synced before it gets its name. */
class BareWrites {
  readonly times: number[] = [];
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder);
  }

  write(): void {
    const name = String(this.times.length);
    const startedAt = performance.now();
    for (const kind of ['pack', 'idx']) {
      writeFileSync(join(this.folder, 'new'), name, { flush: true });
      renameSync(join(this.folder, 'new'), join(this.folder, `${name}.${kind}`));
    }
    this.times.push(performance.now() - startedAt);
  }
}

function lastOverFirstTenth(times: readonly number[]): number {
  const tenth = times.length / 10;
  return median(times.slice(-tenth)) / median(times.slice(0, tenth));
}

/** A small edit: the file stays as long as it is. */
function replaceLine(path: string, step: number): void {
  const lines = readFileSync(path, 'utf8').split('\n');
  lines[step % lines.length] = `// edited in step ${String(step)}`;
  writeFileSync(path, lines.join('\n'));
}

/** Copies packages until there are so many files. @returns the paths of texts that a round may change */
function makeTree(root: string, files: number): readonly string[] {
  const paths: string[] = [];
  let left = files;
  const copy = (from: string, to: string): void => {
    const found = readdirSync(from, { withFileTypes: true });
    if (found.length > folderNamesMost) return;
    mkdirSync(join(root, to), { recursive: true });
    for (const entry of found) {
      if (left <= 0) return;
      const [source, target] = [join(from, entry.name), `${to}/${entry.name}`];
      if (entry.isDirectory()) copy(source, target);
      else if (entry.isFile() && statSync(source).size <= fileBytesMost) {
        writeFileSync(join(root, target), readFileSync(source));
        if (/\.(?:js|ts|md)$/.test(target)) paths.push(target);
        left -= 1;
      }
    }
  };
  for (let round = 0; left > 0; round++)
    for (const name of readdirSync(packages))
      if (!name.startsWith('.')) copy(join(packages, name), `part${String(round)}/${name}`);
  return paths;
}

function walk(folder: string): number {
  let seen = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    seen += lstatSync(path).size > 0 ? 1 : 0;
    if (entry.isDirectory() && entry.name !== '.git') seen += walk(path);
  }
  return seen;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}

function options(cwd: string, environment: NodeJS.ProcessEnv) {
  const { PATH } = process.env;
  const who = {
    GIT_AUTHOR_NAME: 'B',
    GIT_AUTHOR_EMAIL: 'b@localhost',
    GIT_COMMITTER_NAME: 'B',
    GIT_COMMITTER_EMAIL: 'b@localhost',
  };
  const env = { PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', ...who, ...environment };
  return { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'], maxBuffer: 256 * 1024 * 1024 };
}

function git(cwd: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
  execFileSync('git', args, options(cwd, environment));
}

function timed(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
