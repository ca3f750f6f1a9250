/**
 * Job: keep the workspace as numbered checkpoints, and find them again.
 * Boundary: joins the checkpoint store with the journal; what is covered and how it is stored is the store's.
 * Rules: J9 commit and manifest are durable before the entry that names them. S2 what the supervisor changed between
 *   steps becomes a checkpoint of its own. S3 what they saved while a step ran is told apart in its checkpoint.
 */
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { SerialQueue } from '../../base/queue.ts';
import type { Changeset, CheckpointKind, EntryBody, PathChange } from '../../run/entry.ts';
import type { CheckpointSummary, RunState } from '../../run/state.ts';
import type { ChangedFile, CommitSide, FileAt, NotCovered, Side } from '../../protocol/messages.ts';
import { besideCommit } from '../checkpoint/commitSide.ts';
import { contentDigest } from '../checkpoint/contentDigest.ts';
import {
  emptyManifest,
  leafAt,
  ManifestDamaged,
  onlyFiles,
  overlaid,
  type Manifest,
  type ManifestEntry,
} from '../checkpoint/manifest.ts';
import { pathBytes } from '../checkpoint/paths.ts';
import { parseManifest } from '../checkpoint/manifestText.ts';
import type { CheckpointStore, Taken } from '../checkpoint/store.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { thinnedWords } from '../../run/thinning.ts';
import { commitTree, committedBlob, headOf } from '../workspace/commitTree.ts';
import { taskFileName } from '../workspace/paths.ts';

export interface CheckpointRequest {
  readonly kind: CheckpointKind;
  readonly title: string;
  readonly step: number | null;
  /** Defaults to the head. */
  readonly continues?: number | null;
  /** The only files that may have changed; what else somebody changed is found by the next look. Absent, null: any. */
  readonly told?: readonly string[] | null;
  /** What `survey` found, instead of another look. */
  readonly found?: Manifest;
}

/** Facts that stand or fall with a checkpoint, from its number and the state as it stands before both. */
export type Follow = (checkpoint: number, state: RunState) => readonly EntryBody[];

/** What the windows report as saved by the supervisor, relative to the workspace. */
export interface SavedFiles {
  saved(): ReadonlySet<string>;
  forgetSaved(): void;
}

interface AcceptedLeaf {
  readonly checkpoint: number;
  /** null: the checkpoint has no such file. */
  readonly leaf: ManifestEntry | null;
}

export class Checkpoints {
  private readonly queue = new SerialQueue();
  /** Manifests by checkpoint; only the newest few are asked for again and again. */
  private readonly manifests = new Map<number, Manifest>();
  /** The accepted tree as it was asked for last; another acceptance makes another `acceptedFiles`. */
  private overlay: {
    readonly of: RunState['acceptedFiles'];
    readonly leaves: ReadonlyMap<string, AcceptedLeaf>;
    readonly tree: Manifest;
  } | null = null;

  private readonly run: Run;
  private readonly store: CheckpointStore;
  private readonly blobs: Blobs;
  private readonly clock: Clock;
  private readonly editors: SavedFiles;

  constructor(run: Run, store: CheckpointStore, blobs: Blobs, clock: Clock, editors: SavedFiles) {
    this.run = run;
    this.store = store;
    this.blobs = blobs;
    this.clock = clock;
    this.editors = editors;
  }

  /** What stands on a side, without the task file, which names another model in each run. */
  async contentDigest(side: Side): Promise<string> {
    return contentDigest(await this.at(side), new Set([taskFileName]));
  }

  /** The checkpoint with this number. Throws when there is none. */
  summary(checkpoint: number): CheckpointSummary {
    // Numbers are dense, so the number is the index.
    const found = this.run.state.checkpoints.get(checkpoint);
    assert(found?.checkpoint === checkpoint, `there is no checkpoint ${String(checkpoint)}`);
    return found;
  }

  async manifest(checkpoint: number): Promise<Manifest> {
    const known = this.manifests.get(checkpoint);
    if (this.summary(checkpoint).thinned) throw new RequestRefused(thinnedWords(checkpoint));
    if (known) return known;
    const manifest = await this.readManifest(this.summary(checkpoint));
    this.remember(checkpoint, manifest);
    return manifest;
  }

  private async readManifest({ checkpoint, commit, manifest: blob }: CheckpointSummary): Promise<Manifest> {
    if (blob !== undefined) return parseManifest((await this.blobs.getBlob(blob.digest)).toString('utf8'));
    const near = [...this.manifests.keys()].sort((a, b) => Math.abs(a - checkpoint) - Math.abs(b - checkpoint))[0];
    const found = await this.store.manifestOf(commit, this.manifests.get(near ?? -1) ?? null);
    if (found === null) throw new ManifestDamaged(`the commit of checkpoint ${String(checkpoint)} names no manifest`);
    return found;
  }

  /**
   * Takes a checkpoint whatever changed; `follow` makes facts of the same commit. What it throws reaches the caller, and
   * nothing is recorded.
   */
  take(request: CheckpointRequest, follow: Follow = () => []): Promise<number> {
    return this.queue.run(() => this.takeNow(request, follow));
  }

  /** S2: keeps what changed since the last checkpoint as the supervisor's, if anything did. */
  takeSupervisorChanges(): Promise<number | null> {
    return this.queue.run(async () => {
      const { parent, previous } = await this.last();
      assert(previous !== null, 'there is a baseline before the first step');
      const taken = await this.store.takeIfChanged({
        title: 'You edited the workspace',
        at: this.clock.now(),
        parent,
        previous,
      });
      this.editors.forgetSaved();
      if (taken === null) return null;
      return this.record(taken, { kind: 'supervisor', title: editedTitle(taken.changeset), step: null }, () => []);
    });
  }

  /** The same with its content kept, for a checkpoint of it. @param told see CheckpointRequest */
  async survey(told?: readonly string[]): Promise<Manifest> {
    return this.store.survey((await this.last()).previous, told);
  }

  /** What stands in the workspace now. */
  async detect(): Promise<Manifest> {
    return this.store.detect((await this.last()).previous);
  }

  /** @param paths only these, counted; absent: all, as many counted as at once is quick */
  async compare(from: Side, to: Side, paths?: readonly string[]): Promise<readonly ChangedFile[]> {
    const commit = isCommit(from) ? from : isCommit(to) ? to : null;
    const only = paths && { paths: new Set(paths) };
    if (commit === null) return this.store.compare(await this.at(from), await this.at(to), { ...only });
    const workspace = this.workspace();
    const { files, nested } = await commitTree(workspace, idOf(commit));
    const sides = besideCommit(files, nested, await this.at(commit === from ? to : from));
    const [left, right] = commit === from ? [sides.commit, sides.other] : [sides.other, sides.commit];
    const elsewhere = (digest: string) => committedBlob(workspace, digest);
    return this.store.compare(left, right, { ...only, elsewhere });
  }

  userHead(): ReturnType<typeof headOf> {
    return headOf(this.workspace());
  }

  /** Every path that differs, folders included; nothing is read of what they hold. */
  async changes(from: Side, to: Side): Promise<readonly PathChange[]> {
    return this.store.changes(await this.at(from), await this.at(to));
  }

  async readFileAt(side: Side, path: string): Promise<FileAt> {
    if (isCommit(side)) return this.readCommitted(idOf(side), path);
    const manifest = await this.at(side);
    const entry = leafAt(manifest, path);
    const content = entry && (await this.store.readFile(manifest, path));
    return { contentBase64: content?.toString('base64') ?? null, mode: entry ? entry.mode.toString(8) : null };
  }

  /** The bytes of a file, or of a link's target; null where there is none. */
  async contentAt(checkpoint: number, path: string): Promise<Buffer | null> {
    return this.store.readFile(await this.manifest(checkpoint), path);
  }

  async notCovered(checkpoint: number): Promise<readonly NotCovered[]> {
    return (await this.manifest(checkpoint)).notCovered;
  }

  /** Writes a checkpoint's files into an empty folder. */
  async exportTo(checkpoint: number, folder: string): Promise<void> {
    await this.store.exportTo(await this.manifest(checkpoint), folder);
  }

  /** Writes only these of a checkpoint's files; what it has no file for is left out. */
  async exportFiles(checkpoint: number, paths: ReadonlySet<string>, folder: string): Promise<void> {
    await this.store.exportTo(onlyFiles(await this.manifest(checkpoint), paths), folder);
  }

  private async readCommitted(commit: string, path: string): Promise<FileAt> {
    const workspace = this.workspace();
    const { files } = await commitTree(workspace, commit);
    const name = pathBytes(path);
    const file = files.find((one) => one.path.equals(name));
    if (file === undefined) return { contentBase64: null, mode: null };
    const content = await committedBlob(workspace, file.digest);
    return { contentBase64: content?.toString('base64') ?? null, mode: file.executable ? '755' : '644' };
  }

  private workspace(): string {
    const { run } = this.run.state;
    assert(run !== null, 'a run has a workspace');
    return run.workspace;
  }

  private async at(side: Side): Promise<Manifest> {
    if (side === 'workspace') return this.detect();
    if (isCommit(side)) {
      const { files, nested } = await commitTree(this.workspace(), idOf(side));
      return besideCommit(files, nested, emptyManifest).commit;
    }
    return side === 'accepted' ? this.acceptedTree() : this.manifest(side);
  }

  /** The accepted checkpoint, overlaid with the files that were accepted one by one. */
  private async acceptedTree(): Promise<Manifest> {
    const { accepted, acceptedFiles } = this.run.state;
    const known = this.overlay;
    if (known?.of === acceptedFiles) return known.tree;
    const leaves = new Map<string, AcceptedLeaf>();
    // In the order of the checkpoints, so that no manifest is read twice.
    for (const [path, checkpoint] of Object.entries(acceptedFiles).sort(([, a], [, b]) => a - b)) {
      const kept = known?.leaves.get(path);
      const leaf = kept?.checkpoint === checkpoint ? kept.leaf : leafAt(await this.manifest(checkpoint), path);
      leaves.set(path, { checkpoint, leaf });
    }
    const files = new Map(Array.from(leaves, ([path, { leaf }]) => [path, leaf]));
    const tree = overlaid(await this.manifest(accepted), files);
    this.overlay = { of: acceptedFiles, leaves, tree };
    return tree;
  }

  private async takeNow(request: CheckpointRequest, follow: Follow): Promise<number> {
    const { title, told, found } = request;
    // S3: what the windows saved while the step ran is told apart in its checkpoint.
    const paths = told && [...told, ...this.editors.saved()];
    const what = { ...(paths && { told: paths }), ...(found && { found }) };
    const taken = await this.store.take({ title, at: this.clock.now(), ...(await this.last()), ...what });
    return this.record(taken, request, follow);
  }

  /** The newest link of the chain; the head of the story may be an older one. */
  private async last(): Promise<{ parent: string | null; previous: Manifest | null }> {
    const last = this.run.state.checkpoints.at(-1);
    if (last === undefined) return { parent: null, previous: null };
    return { parent: last.commit, previous: await this.manifest(last.checkpoint) };
  }

  private async record(taken: Taken, request: CheckpointRequest, follow: Follow): Promise<number> {
    const checkpoint = this.run.state.checkpoints.length;
    const { kind, title, step } = request;
    const continues = request.continues === undefined ? this.run.state.head : request.continues;
    const { commit, tree, changeset, notCovered, storeBytes } = taken;
    const saved = step === null ? [] : this.savedAmong(taken);
    await this.run.decideAndRecord((state) => [
      {
        type: 'checkpoint.created',
        checkpoint,
        kind,
        step,
        continues,
        commit,
        tree,
        title,
        changeset,
        notCovered: notCovered.length,
        ...(saved.length > 0 && { saved }),
        storeBytes,
      },
      ...follow(checkpoint, state),
    ]);
    this.remember(checkpoint, taken.manifest);
    return checkpoint;
  }

  private savedAmong({ changes }: Taken): readonly string[] {
    const saved = this.editors.saved();
    return saved.size === 0 ? [] : changes.map(({ path }) => path).filter((path) => saved.has(path));
  }

  private remember(checkpoint: number, manifest: Manifest): void {
    const kept = 8;
    this.manifests.set(checkpoint, manifest);
    for (const oldest of this.manifests.keys()) {
      if (this.manifests.size <= kept) break;
      this.manifests.delete(oldest);
    }
  }
}

const isCommit = (side: Side): side is CommitSide => typeof side === 'string' && side.startsWith('commit ');
const idOf = (side: CommitSide): string => side.slice('commit '.length);

function editedTitle({ added, modified, deleted, paths }: Changeset): string {
  const more = added + modified + deleted - 1;
  return `You edited ${paths[0]?.path ?? 'the workspace'}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
