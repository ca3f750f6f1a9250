/** Job: real folders, stores and histories for the tests of checkpoints, and a look at a tree that is not the code under test. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { CheckpointKind } from '../../../src/run/entry.ts';
import type { RollbackPlan } from '../../../src/protocol/messages.ts';
import { changesBetween, type Manifest } from '../../../src/engine/checkpoint/manifest.ts';
import type { HistoryItem } from '../../../src/engine/checkpoint/plan.ts';
import { withEdits } from '../../../src/engine/effects/rollbackHistory.ts';
import { openCheckpointStore, type CheckpointStore, type Taken } from '../../../src/engine/checkpoint/store.ts';

/** A folder that the end of the test removes. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-checkpoint-')));
  onTestFinished(() => {
    execFileSync('chmod', ['-R', 'u+rwX', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Every path of a tree except `.git`, as [type, mode, content], by name bytes as Latin-1; parents' modes included. */
export function look(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (folder: Buffer, shown: string): void => {
    for (const name of readdirSync(folder, { encoding: 'buffer' })) {
      const text = name.toString('latin1');
      if (text === '.git') continue;
      const path = Buffer.concat([folder, Buffer.from('/'), name]);
      const key = shown === '' ? text : `${shown}/${text}`;
      const stat = lstatSync(path);
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isDirectory()) {
        found[key] = `folder ${mode}`;
        visit(path, key);
      } else if (stat.isSymbolicLink())
        found[key] = `link ${readlinkSync(path, { encoding: 'buffer' }).toString('latin1')}`;
      else if (stat.isFile()) found[key] = `file ${mode} ${readFileSync(path).toString('latin1')}`;
      else found[key] = 'special';
    }
  };
  visit(Buffer.from(root), '');
  return found;
}

/** One digest over every byte, name, mode and time below a folder. */
export function digestOf(root: string): string {
  const sum = createHash('sha256');
  const visit = (folder: string): void => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      const stat = lstatSync(path, { bigint: true });
      sum.update(`${path}\0${String(stat.mode)}\0${String(stat.mtimeNs)}\0${String(stat.ino)}\0`);
      if (stat.isDirectory()) visit(path);
      else if (stat.isSymbolicLink()) sum.update(readlinkSync(path));
      else sum.update(readFileSync(path));
    }
  };
  visit(root);
  return sum.digest('hex');
}

export function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'init.defaultBranch=main'];
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', [...identity, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

interface Recorded {
  readonly kind: CheckpointKind;
  readonly taken: Taken;
  readonly manifest: Manifest;
}

/** A workspace, a store, and the chain of checkpoints as a run keeps it. */
export class Workbench {
  readonly root: string;
  readonly workspace: string;
  readonly store: CheckpointStore;
  readonly chain: Recorded[] = [];

  private constructor(root: string, store: CheckpointStore) {
    this.root = root;
    this.workspace = join(root, 'workspace');
    this.store = store;
  }

  /** @param logBytes see OpenParams */
  static async open({ logBytes }: { readonly logBytes?: number } = {}): Promise<Workbench> {
    const root = temporaryFolder();
    mkdirSync(join(root, 'workspace'));
    const places = { folder: join(root, 'store.git'), workspace: join(root, 'workspace') };
    const store = await openCheckpointStore({ ...places, ...(logBytes !== undefined && { logBytes }) });
    onTestFinished(() => {
      store.dispose();
    });
    return new Workbench(root, store);
  }

  path(path: string): string {
    return join(this.workspace, path);
  }

  write(path: string, content: string | Buffer, mode?: number): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
    if (mode !== undefined) chmodSync(this.path(path), mode);
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true });
  }

  look(): Record<string, string> {
    return look(this.workspace);
  }

  /** Takes a checkpoint; its manifest is read again, as after a restart. @param told see TakeParams. Returns its number. */
  async take(kind: CheckpointKind, told?: readonly string[]): Promise<number> {
    const last = this.chain.at(-1);
    const at = 1_700_000_000_000 + this.chain.length * 1000;
    const parent = last?.taken.commit ?? null;
    const taken = await this.store.take({
      title: `${kind} ${String(this.chain.length)}`,
      at,
      parent,
      previous: last?.manifest ?? null,
      ...(told && { told }),
    });
    // With and without another manifest to lean on.
    const near = this.chain.length % 2 === 0 ? null : (last?.manifest ?? null);
    const manifest = await this.store.manifestOf(taken.commit, near);
    expect(manifest).toEqual(taken.manifest);
    if (manifest === null) throw new Error('the commit names no manifest');
    return this.chain.push({ kind, taken, manifest }) - 1;
  }

  manifest(checkpoint: number): Manifest {
    const found = this.chain[checkpoint];
    if (!found) throw new Error(`no checkpoint ${String(checkpoint)}`);
    return found.manifest;
  }

  taken(checkpoint: number): Taken {
    const found = this.chain[checkpoint];
    if (!found) throw new Error(`no checkpoint ${String(checkpoint)}`);
    return found.taken;
  }

  /** What each checkpoint after `to` changed, and what is in none yet as the supervisor's. */
  history(to: number, now: Manifest): HistoryItem[] {
    const history: HistoryItem[] = [];
    const add = (checkpoint: number, kind: CheckpointKind, before: Manifest, after: Manifest) =>
      history.push(withEdits({ checkpoint, kind, changes: changesBetween(before, after) }, before, after));
    for (let checkpoint = to + 1; checkpoint < this.chain.length; checkpoint++) {
      add(checkpoint, this.chain[checkpoint]?.kind ?? 'step', this.manifest(checkpoint - 1), this.manifest(checkpoint));
    }
    const last = this.chain.length - 1;
    add(last + 1, 'supervisor', this.manifest(last), now);
    return history;
  }

  async plan(to: number, only?: readonly string[]): Promise<{ plan: RollbackPlan; now: Manifest }> {
    const now = await this.store.detect(this.chain.at(-1)?.manifest ?? null);
    const history = this.history(to, now);
    const params = { checkpoint: to, to: this.manifest(to), now, history, ...(only && { only: { paths: only } }) };
    return { plan: await this.store.planRollback(params, { keep: true }), now };
  }

  /** Plan, safety checkpoint, apply, checkpoint: as the engine does it. Returns the safety checkpoint's number. */
  async rollBack(
    to: number,
    only?: readonly string[],
  ): Promise<{ safety: number; plan: RollbackPlan; conflicts: readonly string[] }> {
    const { plan } = await this.plan(to, only);
    const safety = await this.take('safety');
    const { conflicts } = await this.store.applyRollback(plan, this.manifest(to), { now: this.manifest(safety) });
    await this.take('rollback');
    return { safety, plan, conflicts };
  }
}
