/**
 * Job: what the agent's commands see in place of the repository that the workspace lies in: one commit, the folder as it was when
 *   the run began.
 * Boundary: made once by each engine, beside the first answer of the model; where it can't be made a `.git` is empty to commands.
 * Rules: H1 the task file is the redacted one. H2 what commands may not see in the workspace is not in it either.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { messageOf } from '../../base/assert.ts';
import { limits } from '../../run/limits.ts';
import { shadowsFolder } from '../../protocol/places.ts';
import type { Manifest, ManifestEntry } from '../checkpoint/manifest.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import type { Shadow } from '../sandbox/shape.ts';
import type { Run } from '../run.ts';
import type { World } from '../world.ts';
import type { Checkpoints } from './checkpoints.ts';

export interface ShadowPorts {
  /** The state folder. */
  readonly state: string;
  readonly world: Pick<World, 'run' | 'workspace' | 'sandbox' | 'agentShape' | 'view'>;
  readonly store: Pick<CheckpointStore, 'shadow' | 'wayInRepository'>;
  /** Of checkpoint 0, and when it was taken, ms since the epoch. */
  readonly baseline: () => Promise<{ readonly manifest: Manifest; readonly at: number }>;
  readonly say: (line: string) => void;
}

export class Shadows {
  private readonly ports: ShadowPorts;
  /** By the way from the top of the repository to the workspace: a folder may become a repository in mid-run. */
  private readonly made = new Map<string, Promise<string | null>>();

  constructor(ports: ShadowPorts) {
    this.ports = ports;
  }

  /** What stands for the repository as it is now; null: there is none, nothing is sealed, or it could not be made. Never rejects. */
  async current(): Promise<Shadow | null> {
    const { store, world } = this.ports;
    const way = world.sandbox.kind === 'unsealed' ? null : store.wayInRepository();
    if (way === null) return null;
    let made = this.made.get(way);
    if (made === undefined) this.made.set(way, (made = this.make(way)));
    const folder = await made;
    const top = way === '' ? world.workspace : world.workspace.slice(0, -way.length);
    return folder === null ? null : { folder, top };
  }

  private async make(way: string): Promise<string | null> {
    const { state, world, store, baseline, say } = this.ports;
    try {
      const { manifest, at } = await baseline();
      const bytes = manifest.entries.reduce((sum, { size }) => sum + size, 0);
      if (bytes > limits.shadowBytes) throw new Error('the folder is too large');
      const folder = join(shadowsFolder(state), shadowName(world.run, way));
      mkdirSync(shadowsFolder(state), { recursive: true, mode: 0o700 });
      await store.shadow({
        folder,
        manifest,
        takes: seenBy(world),
        replaced: new Map(world.agentShape.replaced.map(({ path, text }) => [path, text])),
        way,
        owner: ownerSeen(world.workspace),
        at,
      });
      return folder;
    } catch (error) {
      say(`commands see an empty .git: ${messageOf(error)}`);
      return null;
    }
  }
}

export interface ShadowsOfRun extends Omit<ShadowPorts, 'baseline'> {
  readonly run: Pick<Run, 'onEntry'>;
  readonly checkpoints: Pick<Checkpoints, 'manifest' | 'summary'>;
}

/** Begun as soon as there is a baseline: the first command comes after the first answer of the model. */
export function shadowsOf({ run, checkpoints, ...ports }: ShadowsOfRun): Shadows {
  const baseline = async () => ({ manifest: await checkpoints.manifest(0), at: checkpoints.summary(0).at });
  const shadows = new Shadows({ ...ports, baseline });
  run.onEntry(({ type }) => {
    if (type === 'checkpoint.created') void shadows.current();
  });
  return shadows;
}

/** Removes what was made for a run. */
export function removeShadows(state: string, run: string): void {
  const folder = shadowsFolder(state);
  const own = shadowName(run, '').slice(0, runDigits);
  const names = statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
  for (const name of names) if (name.startsWith(own)) rmSync(join(folder, name), { recursive: true, force: true });
}

const runDigits = 16;

function shadowName(run: string, way: string): string {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  return digest(basename(run)).slice(0, runDigits) + digest(way).slice(0, 8);
}

/** Whether a command sees the file that stood there. */
function seenBy({ workspace, view }: Pick<World, 'workspace' | 'view'>): (entry: ManifestEntry) => boolean {
  const covered = [...view.mask.files, ...view.mask.folders, ...view.never].filter((path) =>
    path.startsWith(workspace + sep),
  );
  const inside = covered.map((path) => path.slice(workspace.length + 1));
  return ({ path }) =>
    !path.toLowerCase().split('/').includes('.git') &&
    !inside.some((one) => path === one || path.startsWith(`${one}/`));
}

/** In a user namespace of one user and one group everything else belongs to nobody. */
const nobody = 65534;

function ownerSeen(workspace: string): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = statSync(workspace);
  return { uid: uid === process.getuid?.() ? uid : nobody, gid: gid === process.getgid?.() ? gid : nobody };
}
