/**
 * Job: turn a checkout into a build, and keep the newest few so that a checkpoint is built once.
 * Boundary: in the verifier's process; folders lie in its own work folder.
 * Rules: H5 the build's sandbox holds no case: withheld paths are removed first, and nothing else is bound. B3 few are kept.
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, normalize, sep } from 'node:path';
import { assert } from '../../base/assert.ts';
import type { BuildOutcome } from '../../run/entry.ts';
import { refuseBrokenSandbox } from '../sandbox/probe.ts';
import { runCommand } from '../sandbox/runCommand.ts';
import { removeFolder } from './folders.ts';
import type { CandidateRecipe } from './messages.ts';

const kept = 4;
const messageChars = 4_000;
const buildOutputBytes = 4 * 1024 * 1024;

export const buildsFolder = (work: string) => join(work, 'builds');
/** Stands beside a finished build; a build without it was cut and is not used. */
export const finishedMark = (work: string, key: string) => join(buildsFolder(work), `${key}.finished`);

export interface Build {
  readonly outcome: BuildOutcome;
  readonly folder: string;
  /** Lets go of the folder: it may be removed from now on. */
  release(): void;
}

export class Builds {
  private readonly work: string;
  private readonly used = new Map<string, number>();

  constructor(work: string) {
    this.work = work;
    mkdirSync(buildsFolder(work), { recursive: true, mode: 0o700 });
  }

  /** The build that was kept under that key, or one made from the checkout. A failed build is not kept. */
  async take(
    key: string | null,
    checkout: string | null,
    recipe: CandidateRecipe,
    signal: AbortSignal,
  ): Promise<Build> {
    if (key !== null && existsSync(finishedMark(this.work, key))) {
      if (checkout !== null) removeFolder(checkout);
      return this.lend(key, { ok: true });
    }
    assert(checkout !== null, 'a checkout is given where no build is kept');
    const outcome = await build(checkout, recipe, signal);
    chmodSync(checkout, 0o700); // a build may have closed it
    if (!outcome.ok || key === null) {
      return {
        outcome,
        folder: checkout,
        release: () => {
          removeFolder(checkout);
        },
      };
    }
    const folder = join(buildsFolder(this.work), key);
    if (existsSync(finishedMark(this.work, key))) {
      removeFolder(checkout); // the same checkpoint was verified meanwhile
    } else {
      removeFolder(folder);
      renameSync(checkout, folder);
      writeFileSync(finishedMark(this.work, key), '');
    }
    return this.lend(key, outcome);
  }

  private lend(key: string, outcome: BuildOutcome): Build {
    const now = new Date();
    utimesSync(finishedMark(this.work, key), now, now);
    this.used.set(key, (this.used.get(key) ?? 0) + 1);
    this.prune();
    let lent = true;
    return {
      outcome,
      folder: join(buildsFolder(this.work), key),
      release: () => {
        if (!lent) return;
        lent = false;
        this.used.set(key, (this.used.get(key) ?? 1) - 1);
      },
    };
  }

  private prune(): void {
    const folder = buildsFolder(this.work);
    const marks = readdirSync(folder).filter((name) => name.endsWith('.finished'));
    const newestFirst = marks
      .map((name) => ({ key: name.slice(0, -'.finished'.length), at: statSync(join(folder, name)).mtimeMs }))
      .sort((a, b) => b.at - a.at);
    for (const { key } of newestFirst.slice(kept)) {
      if ((this.used.get(key) ?? 0) > 0) continue;
      rmSync(finishedMark(this.work, key), { force: true }); // first: a half-removed build must not look finished
      removeFolder(join(folder, key));
    }
  }
}

async function build(checkout: string, recipe: CandidateRecipe, signal: AbortSignal): Promise<BuildOutcome> {
  for (const path of recipe.withheld) withhold(checkout, path);
  if (recipe.build === undefined) return { ok: true };
  const { limits, sandbox, view } = recipe;
  const outcome = await runCommand({
    sandbox,
    shape: { kind: 'build', folder: checkout, ...view },
    command: ['/bin/sh', '-c', recipe.build],
    streams: 'together',
    limits: {
      wallMs: limits.buildWallMs,
      outputBytes: buildOutputBytes,
      memoryMb: limits.memoryMb,
      processes: limits.processes,
    },
    signal,
  });
  signal.throwIfAborted();
  await refuseBrokenSandbox(sandbox, outcome);
  if (outcome.endedBy === 'exit' && outcome.exitCode === 0) return { ok: true };
  const why = outcome.message ?? `the build ended with exit ${String(outcome.exitCode)}`;
  const said = Buffer.concat([outcome.stdout, outcome.stderr]).toString('utf8').slice(-messageChars).trim();
  return { ok: false, message: said === '' ? why : `${why}\n${said}` };
}

/** Takes a file or folder out of a checkout. A link on the way is taken out instead: it may lead to what is the supervisor's. */
function withhold(checkout: string, path: string): void {
  const normal = normalize(path);
  const isRelative = !normal.startsWith('/') && !normal.startsWith('..') && normal !== '.';
  assert(isRelative, `withheld is relative to the checkout: ${path}`);
  let at = checkout;
  for (const name of normal.split(sep)) {
    if (at !== checkout) chmodSync(at, 0o700 | statSync(at).mode); // a checkpoint keeps closed folders closed
    at = join(at, name);
    if (lstatSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) break;
  }
  removeFolder(at);
  if (lstatSync(at, { throwIfNoEntry: false }) !== undefined)
    throw new Error(`${path} could not be taken out of the checkout, so nothing is built from it`);
}
