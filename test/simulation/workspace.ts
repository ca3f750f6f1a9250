/**
 * Job: a workspace in memory, and a checkpoint store over it that keeps what the real one promises: durable content (J9),
 * the real plan of a rollback, and a rollback that may be cut between any two files and is finished by the same plan.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../src/base/clock.ts';
import type { ChangedFile, RollbackPlan } from '../../src/protocol/messages.ts';
import { RollbackRefused, type RollbackResult } from '../../src/engine/checkpoint/apply.ts';
import {
  changesBetween,
  changesetOf,
  emptyManifest,
  leafAt,
  versionOf,
  type Manifest,
  type ManifestEntry,
} from '../../src/engine/checkpoint/manifest.ts';
import { planDigest, planRollback, type PlanParams } from '../../src/engine/checkpoint/plan.ts';
import type { CheckpointStore, Taken, TakeParams } from '../../src/engine/checkpoint/store.ts';
import type { Random } from '../unit/journal/simulatedDisk.ts';

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
const blobIdOf = (text: string): string => createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex');

/** Outlives every engine. Files only, in one folder. */
export class SimulatedWorkspace {
  private readonly files = new Map<string, string>([
    ['main.pl', 'print 0;\n'],
    ['t/a.t', 'ok 1\n'],
  ]);
  /** Content by blob id and by tree: the checkpoint store's objects. */
  readonly objects = new Map<string, string>();
  /** Manifests by commit: they are in the store too. */
  readonly commits = new Map<string, Manifest>();

  read(path: string): string | null {
    return this.files.get(path) ?? null;
  }

  write(path: string, content: string): void {
    this.files.set(path, content);
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  /** SHA-256 as the agent's edits have it; null: no file. */
  digest(path: string): string | null {
    const content = this.files.get(path);
    return content === undefined ? null : sha256Of(content);
  }

  manifest(): Manifest {
    const files = [...this.files].map(([path, content]) => file(path, content));
    const folders = [...new Set(files.filter((f) => f.path.includes('/')).map((f) => f.path.split('/')[0] ?? ''))];
    const entries = [...files, ...folders.map(folder)].sort((a, b) => (a.path < b.path ? -1 : 1));
    return { ...emptyManifest, takenNs: '1', entries };
  }

  /** Only these paths as they are, all else as it was. */
  toldManifest(told: readonly string[], previous: Manifest): Manifest {
    const news = new Set(told.flatMap((path) => [path, path.split('/')[0] ?? '']));
    const entries = [
      ...previous.entries.filter(({ path }) => !news.has(path)),
      ...this.manifest().entries.filter(({ path }) => news.has(path)),
    ];
    return { ...previous, entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)) };
  }

  keep(): void {
    for (const content of this.files.values()) this.objects.set(blobIdOf(content), content);
  }
}

function file(path: string, content: string): ManifestEntry {
  return {
    path,
    type: 'file',
    mode: 0o644,
    size: content.length,
    digest: blobIdOf(content),
    stamp: '',
    ignored: false,
  };
}

function folder(path: string): ManifestEntry {
  return { path, type: 'directory', mode: 0o755, size: 0, digest: '', stamp: '', ignored: false };
}

/** What the effects ask of a checkpoint store. */
type StoreParts = Pick<
  CheckpointStore,
  | 'take'
  | 'takeIfChanged'
  | 'survey'
  | 'detect'
  | 'manifestOf'
  | 'planRollback'
  | 'applyRollback'
  | 'changes'
  | 'compare'
>;

export interface StoreRequest {
  readonly workspace: SimulatedWorkspace;
  readonly clock: Clock;
  readonly random: Random;
  /** Throws once the engine is gone, before anything is changed. */
  readonly requireLife: () => void;
}

export function simulatedStore({ workspace, clock, random, requireLife }: StoreRequest): CheckpointStore {
  const work = async (mostMs: number): Promise<void> => {
    await clock.sleep(Math.ceil(random() * mostMs));
    requireLife();
  };
  const look = (previous: Manifest | null, told?: readonly string[]): Manifest =>
    told && previous ? workspace.toldManifest(told, previous) : workspace.manifest();
  const commit = ({ parent, previous, title }: TakeParams, manifest: Manifest): Taken => {
    workspace.keep();
    const before = previous ?? emptyManifest;
    const changes = changesBetween(before, manifest);
    const tree = treeOf(manifest);
    const id = createHash('sha1')
      .update(`${tree} ${parent ?? ''} ${title}`)
      .digest('hex');
    const changeset = changesetOf(before, manifest, changes);
    workspace.commits.set(id, manifest);
    const changed = changes.length > 0;
    return { commit: id, tree, manifest, changeset, changes, notCovered: [], changed, storeBytes: 0 };
  };
  const parts: StoreParts = {
    take: async (params) => {
      await work(40);
      return commit(params, params.found ?? look(params.previous, params.told));
    },
    takeIfChanged: async (params) => {
      await work(40);
      const manifest = workspace.manifest();
      return changesBetween(params.previous, manifest).length === 0 ? null : commit(params, manifest);
    },
    survey: async (previous, told) => {
      await work(20);
      workspace.keep();
      return look(previous, told);
    },
    manifestOf: (id) => Promise.resolve(workspace.commits.get(id) ?? null),
    detect: async () => {
      await work(20);
      return workspace.manifest();
    },
    planRollback: (params: PlanParams) => {
      const none = () => false;
      return Promise.resolve(
        planRollback(params, { ignoredThen: none, ignoredNow: none, exists: (path) => workspace.read(path) !== null }),
      );
    },
    applyRollback: (plan, to, { now }) => applyRollback({ workspace, work }, plan, to, now),
    changes: (from, to) => changesBetween(from, to),
    compare: (from, to) => Promise.resolve(changedFiles(from, to)),
  };
  // The rest of the store serves windows, which a simulated supervisor does not ask for.
  return parts as CheckpointStore;
}

function changedFiles(from: Manifest, to: Manifest): ChangedFile[] {
  return changesBetween(from, to)
    .filter(({ path }) => !path.endsWith('/'))
    .map(({ path, change }) => {
      const [before, after] = [leafAt(from, path), leafAt(to, path)];
      const sizes = { beforeBytes: before?.size ?? null, afterBytes: after?.size ?? null };
      return { path, change, ...sizes, binary: false, version: versionOf(after) };
    });
}

export function treeOf(manifest: Manifest): string {
  const rows = manifest.entries.map(({ path, type, mode, digest }) => [path, type, mode, digest]);
  return createHash('sha1').update(JSON.stringify(rows)).digest('hex');
}

async function applyRollback(
  { workspace, work }: { readonly workspace: SimulatedWorkspace; readonly work: (mostMs: number) => Promise<void> },
  plan: RollbackPlan,
  to: Manifest,
  now: Manifest,
): Promise<RollbackResult> {
  const { only } = plan;
  if (planDigest({ checkpoint: plan.to, to, now, ...(only && { only }) }, plan.paths) !== plan.digest)
    throw new RollbackRefused('The workspace changed.');
  const lines = plan.paths.filter(
    ({ path, action }) => !path.endsWith('/') && (action === 'write' || action === 'delete'),
  );
  const present = workspace.manifest();
  for (const { path } of lines) {
    const digest = leafAt(present, path)?.digest;
    const known = digest === leafAt(now, path)?.digest || digest === leafAt(to, path)?.digest;
    if (!known) throw new RollbackRefused(`${path} has changed since the rollback was planned.`);
  }
  for (const { path, action } of lines) {
    if (leafAt(workspace.manifest(), path)?.digest !== leafAt(present, path)?.digest)
      throw new RollbackRefused(`${path} changed during the rollback.`);
    const content = workspace.objects.get(leafAt(to, path)?.digest ?? '');
    if (action === 'delete') workspace.remove(path);
    else if (content === undefined) throw new Error(`J9: the store has no content of ${path} at checkpoint ${plan.to}`);
    else workspace.write(path, content);
    await work(3);
  }
  const conflicts = plan.paths.filter((line) => line.action === 'conflict').map((line) => line.path);
  return { written: plan.write, deleted: plan.delete, kept: plan.keep, conflicts };
}
