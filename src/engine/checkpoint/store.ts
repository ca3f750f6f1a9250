/**
 * Job: the checkpoint store of one run: take checkpoints of the workspace, plan and apply rollbacks, compare, export.
 * Boundary: a bare git repository in the run directory, which belongs to the run alone. Of the user's repository only the
 *   index, `info/exclude` and `.gitignore` files are read, also where the workspace is a folder in it; nothing below `.git` is written, no git runs there (C1).
 * Rules: C1–C7 in the parts beside this file. J9 what `take` returns is durable. One take or rollback at a time.
 *
 * The store keeps content and manifests; the story of checkpoints is the journal's. Git can read it without anything else, but
 * for the newest checkpoints while an engine works in it: these are in its log (objectLog.ts) until it settles.
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { SerialQueue } from '../../base/queue.ts';
import type { Disposable } from '../../base/disposable.ts';
import { limits } from '../../run/limits.ts';
import type { Changeset, PathChange } from '../../run/entry.ts';
import type { ChangedFile, NotCovered, RollbackPlan } from '../../protocol/messages.ts';
import { applyRollback, type RollbackResult } from './apply.ts';
import { changedFiles } from './compare.ts';
import { codeOf, digestOnly, largeBytes, lstatInside, readFile, readLink } from './content.ts';
import { replaceFile, syncFolder } from './durable.ts';
import { exportManifest } from './export.ts';
import { planHunks } from './hunkPlan.ts';
import { FileSystemClock } from './fileSystemClock.ts';
import { IgnoreRules, ignoreMatcher, ruleTexts } from './ignoreRules.ts';
import { LastWalk } from './lastWalk.ts';
import { Listers } from './listers.ts';
import { ManifestObjects, treeOfCommit } from './manifestObjects.ts';
import { changesBetween, changesetOf, emptyManifest, leafAt, type Manifest, type ManifestEntry } from './manifest.ts';
import { mergedVersions } from './merge.ts';
import { CheckpointStoreDamaged, initStore, ObjectStore } from './objects.ts';
import { nameOf, parentOf, pathText } from './paths.ts';
import { planRollback, type PlanParams } from './plan.ts';
import { clearHalfPacks, endLeftOver } from './quietGit.ts';
import { UserRepository } from './repository.ts';
import { scan } from './scan.ts';
import { makeShadow, type ShadowParams } from './shadow.ts';
import { canBeTold } from './toldPaths.ts';
import { Upkeep } from './upkeep.ts';

export interface OpenParams {
  /** `<run>/store.git`; made where it is missing. */
  readonly folder: string;
  /** Real path of the workspace. */
  readonly workspace: string;
  /** listWorker.ts or its bundle. Absent: no threads. */
  readonly lister?: string;
  /** The length of the log of newest objects; 0: each checkpoint becomes a pack at once. Absent: as in `limits`. */
  readonly logBytes?: number;
}

export interface TakeParams {
  /** The commit's message. */
  readonly title: string;
  /** ms since the epoch; only the commit's date. */
  readonly at: number;
  /** The commit of the checkpoint before in the chain; null for the first. */
  readonly parent: string | null;
  /** Its manifest: spares reading what did not change. */
  readonly previous: Manifest | null;
  /**
   * The paths that may differ from `previous`, where the caller knows them (a folder's without a slash; what is below it is
   * told one by one). Absent: the whole workspace is walked.
   */
  readonly told?: readonly string[];
  /** What `survey` found, instead of another look. */
  readonly found?: Manifest;
}

export interface Taken {
  readonly commit: string;
  readonly tree: string;
  readonly manifest: Manifest;
  /** Against `previous`, for the entry; a folder only where it is empty. */
  readonly changeset: Changeset;
  /** The same, complete, with all folders: what a later plan wants as history. */
  readonly changes: readonly PathChange[];
  readonly notCovered: readonly NotCovered[];
  readonly changed: boolean;
  /** What the store takes on disk with it, bytes. */
  readonly storeBytes: number;
}

export interface CompareOptions {
  /** Only these, however much is to be read. */
  readonly paths?: ReadonlySet<string>;
  /** Where content lies that neither the store nor the workspace has; null: nowhere. */
  readonly elsewhere?: (digest: string) => Promise<Buffer | null>;
}

const ref = 'refs/heads/run';

/**
 * Opens or creates a store. Removes what a crash left (locks, temporary files).
 * Throws CheckpointStoreDamaged when the ref names a commit that is not there.
 */
export async function openCheckpointStore(params: OpenParams): Promise<CheckpointStore> {
  const { folder } = params;
  initStore(folder);
  await endLeftOver(folder);
  rmSync(`${folder}/tmp`, { recursive: true, force: true });
  mkdirSync(`${folder}/tmp`);
  clearHalfPacks(folder);
  for (const lock of ['index.lock', 'HEAD.lock', 'config.lock', 'packed-refs.lock', `${ref}.lock`]) {
    rmSync(`${folder}/${lock}`, { force: true }); // the run's lock (J7) says that no other writer lives
  }
  if (!existsSync(`${folder}/HEAD`)) {
    const config =
      '[core]\n\trepositoryformatversion = 0\n\tbare = true\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n';
    writeFileSync(`${folder}/config`, config);
    writeFileSync(`${folder}/info/attributes`, '* -text -filter -ident -working-tree-encoding -eol\n');
    for (const part of ['refs/heads', 'refs', 'objects']) await syncFolder(`${folder}/${part}`);
    await replaceFile(folder, 'HEAD', `ref: ${ref}\n`); // last: a store with HEAD is whole
  }
  const store = new CheckpointStore(params);
  try {
    await store.verifyHead();
    await store.settle().catch(() => undefined); // a full disk must not keep a run closed: the log is read where it is
  } catch (error) {
    store.dispose();
    throw error;
  }
  return store;
}

export class CheckpointStore implements Disposable {
  private readonly folder: string;
  private readonly workspace: string;
  private readonly objects: ObjectStore;
  private readonly manifests: ManifestObjects;
  private readonly rules = new IgnoreRules();
  private readonly repository: UserRepository;
  private readonly listers: Listers | null;
  private readonly lastWalk = new LastWalk();
  private readonly queue = new SerialQueue();
  /** What a survey kept: it counts as kept until objects go. */
  private surveyed = new WeakSet<Manifest>();
  private readonly clock: FileSystemClock;
  private newest: string | null;
  readonly upkeep: Upkeep;

  constructor(params: OpenParams) {
    this.folder = params.folder;
    this.workspace = realpathSync(params.workspace);
    this.clock = new FileSystemClock(`${params.folder}/tmp/clock`);
    this.objects = new ObjectStore(params.folder, params.logBytes ?? limits.storeLogBytes);
    this.newest = this.objects.loggedCommit ?? this.named();
    this.manifests = new ManifestObjects(this.objects);
    this.repository = new UserRepository(this.workspace);
    this.listers = params.lister === undefined ? null : new Listers(params.lister);
    this.upkeep = new Upkeep({
      folder: params.folder,
      objects: this.objects,
      alone: (work) =>
        this.queue.run(async () => {
          await this.settleNow();
          return work();
        }),
      head: () => this.head(),
      onDropped: () => {
        this.surveyed = new WeakSet();
      },
    });
  }

  dispose(): void {
    this.clock.dispose();
    this.listers?.dispose();
    void this.upkeep.cancel();
    this.objects.dispose();
  }

  /** The last commit of the chain; null in a new store. May be one ahead of the journal after a crash: harmless. */
  head(): string | null {
    return this.newest;
  }

  /** Puts all that is durable where git's own tools find it too. Throws what writing throws; nothing is lost then. */
  settle(): Promise<void> {
    return this.queue.run(() => this.settleNow());
  }

  /** Throws CheckpointStoreDamaged unless the head, if there is one, is a commit with a tree. */
  async verifyHead(): Promise<void> {
    const head = this.head();
    if (head === null) return;
    const tree = treeOfCommit(await this.objects.read(head, 'commit'));
    if (tree === null) throw new CheckpointStoreDamaged(`checkpoint store ${this.folder}: ${head} is no commit`);
    await this.objects.read(tree, 'tree');
  }

  /**
   * Takes a checkpoint of everything in the workspace. When it returns, all of it is durable (J9).
   * Throws what writing throws (ENOSPC: nothing acknowledged is lost, and it may be repeated).
   */
  take(params: TakeParams): Promise<Taken> {
    return this.queue.run(async () => {
      const { found } = params;
      const isKept = found !== undefined && this.surveyed.has(found);
      return this.commit(params, isKept ? found : await this.scan(params.previous, true, params.told));
    });
  }

  /** As `take`, but returns null and writes no commit when nothing differs from `previous`. */
  takeIfChanged(params: TakeParams & { readonly previous: Manifest }): Promise<Taken | null> {
    return this.queue.run(async () => {
      const manifest = await this.scan(params.previous, true, params.told);
      const same = changesBetween(params.previous, manifest).length === 0;
      return same ? null : this.commit(params, manifest);
    });
  }

  /** A detection whose content is kept, for a checkpoint that is taken of it (`found`) once it is clear that it is wanted. */
  survey(previous: Manifest | null, told?: readonly string[]): Promise<Manifest> {
    return this.queue.run(async () => {
      const found = await this.scan(previous, true, told);
      this.surveyed.add(found);
      return found;
    });
  }

  /** What stands in the workspace now, without keeping its content: for plans, comparisons and "is there a change". */
  detect(previous: Manifest | null): Promise<Manifest> {
    return this.queue.run(() => this.scan(previous, false));
  }

  /**
   * The manifest of a checkpoint, from its commit; null for a commit of a time before commits named one.
   * @param near a manifest that resembles it: what they share is not read.
   * Throws CheckpointStoreDamaged, ManifestDamaged.
   */
  manifestOf(commit: string, near: Manifest | null): Promise<Manifest | null> {
    return this.manifests.read(commit, near);
  }

  /**
   * Plans a rollback; touches nothing in the workspace. See PlanParams for what the caller must give.
   * @param keep content that is no version yet (merged, or with hunks put back) is durable with the next checkpoint, so that
   *   the plan can be carried out; otherwise the plan is only to be shown.
   */
  async planRollback(params: PlanParams, { keep = false } = {}): Promise<RollbackPlan> {
    const sink = keep ? this.objects : digestOnly;
    const ports = {
      read: (entry: ManifestEntry) => this.contentOf(entry),
      keep: (content: Buffer) => sink.blob(content),
      store: this.folder,
    };
    if (params.only?.lines !== undefined) return planHunks(params, params.only.lines, ports);
    const [ignoredThen, ignoredNow] = [await this.matcherOf(params.to), await this.matcherOf(params.now)];
    const exists = (path: string) => isThere(this.workspace, path);
    const merged = await mergedVersions(params, ports);
    return planRollback(params, { ignoredThen, ignoredNow, exists, merged });
  }

  /**
   * Carries a plan out; `now` is the detection that it was made from (take a safety checkpoint of it first). Run again after a
   * crash with the same plan it completes what is left. Throws RollbackRefused when the workspace has moved on.
   */
  applyRollback(plan: RollbackPlan, to: Manifest, { now }: { readonly now: Manifest }): Promise<RollbackResult> {
    const read = (digest: string, size: number) => this.contentToWrite(digest, size);
    return this.queue.run(() => applyRollback({ workspace: this.workspace, plan, to, now, read }));
  }

  /** Everything that differs, folders included (path with `/` at its end). */
  changes(from: Manifest, to: Manifest): PathChange[] {
    return changesBetween(from, to);
  }

  /** The files that differ, with sizes and line counts; either side may be a detection. */
  compare(from: Manifest, to: Manifest, { paths, elsewhere }: CompareOptions = {}): Promise<ChangedFile[]> {
    const read = async (entry: ManifestEntry) =>
      (await this.contentOf(entry)) ?? (elsewhere ? elsewhere(entry.digest) : null);
    return changedFiles(from, to, { read, store: this.folder, ...(paths && { paths }) });
  }

  /** The bytes of a file, or of a link's target, on one side; null where there is none, or (detection) where it changed since. */
  async readFile(manifest: Manifest, path: string): Promise<Buffer | null> {
    const entry = leafAt(manifest, path);
    return entry ? this.contentOf(entry) : null;
  }

  /** Writes a checkpoint's files, links and folders with their modes into a folder that is empty or missing. */
  exportTo(manifest: Manifest, folder: string): Promise<void> {
    return exportManifest(manifest, folder, (digest, size) => this.contentToWrite(digest, size));
  }

  /** From the top of the user's repository to the workspace, with a slash at its end; null without one. */
  wayInRepository(): string | null {
    return this.repository.way();
  }

  /** Makes a repository of one commit: see shadow.ts. What an ignore rule matches is in it only where the user's git tracks it. */
  async shadow(params: ShadowParams): Promise<void> {
    await this.settle();
    const tracked = this.repository.tracked().files;
    const takes = (entry: ManifestEntry) => (!entry.ignored || tracked.has(entry.path)) && params.takes(entry);
    await makeShadow(this.folder, { ...params, takes });
  }

  private async contentToWrite(digest: string, size: number): Promise<Buffer | AsyncIterable<Buffer>> {
    return size > largeBytes ? this.objects.pieces(digest, size) : this.objects.read(digest, 'blob');
  }

  private async scan(previous: Manifest | null, stored: boolean, told?: readonly string[]): Promise<Manifest> {
    const trusted = previous?.stored === true;
    return scan({
      root: this.workspace,
      previous,
      told: told && canBeTold(told) ? told : null,
      reusable: (digest) => !stored || trusted || this.objects.has(digest),
      sink: stored ? this.objects : digestOnly,
      stored,
      rules: this.rules,
      above: this.rules.above(this.repository.rulesAbove()),
      tracked: this.repository.tracked(),
      nowNs: this.clock.nowNs(),
      coveredIgnoredFileBytes: limits.coveredIgnoredFileBytes,
      listers: this.listers,
      lastWalk: this.lastWalk,
    });
  }

  private async commit({ title, at, parent, previous }: TakeParams, manifest: Manifest): Promise<Taken> {
    const { commit, files: tree } = this.manifests.commit(manifest, { previous, parent, title, at });
    await this.objects.sync();
    this.newest = commit;
    if (this.objects.isSettled) this.nameHead(commit);
    const before = previous ?? emptyManifest;
    const changes = changesBetween(before, manifest);
    const changeset = changesetOf(before, manifest, changes);
    return {
      commit,
      tree,
      manifest,
      changeset,
      changes,
      notCovered: manifest.notCovered,
      changed: changes.length > 0,
      storeBytes: this.upkeep.bytes,
    };
  }

  private async settleNow(): Promise<void> {
    await this.objects.settle();
    if (this.newest !== null && this.newest !== this.named()) this.nameHead(this.newest);
  }

  /** For git's own tools: the journal names commits, so that a ref which a power cut took back loses nothing. */
  private nameHead(commit: string): void {
    const temporary = `${this.folder}/tmp/head`;
    writeFileSync(temporary, `${commit}\n`);
    renameSync(temporary, `${this.folder}/${ref}`);
  }

  /** What the ref names: the newest commit that git finds, or one before it. */
  private named(): string | null {
    const file = `${this.folder}/${ref}`;
    const id = existsSync(file) ? readFileSync(file, 'latin1').trim() : '';
    return id === '' ? null : id;
  }

  private async contentOf(entry: ManifestEntry): Promise<Buffer | null> {
    if (this.objects.has(entry.digest)) return this.objects.read(entry.digest, 'blob');
    let content: Buffer | null = null;
    const keep = { ...digestOnly, blob: (bytes: Buffer) => digestOnly.blob((content = bytes)) };
    const stat = lstatInside(this.workspace, entry.path);
    const read = stat?.isSymbolicLink()
      ? readLink(this.workspace, entry.path, keep)
      : await readFile(this.workspace, entry.path, keep);
    return read?.digest === entry.digest ? content : null;
  }

  /** The ignore rules of a manifest's tree (C5); of those above the workspace, which no checkpoint holds, as they are now. */
  private async matcherOf(manifest: Manifest): Promise<(path: string, isFolder: boolean) => boolean> {
    const ruleFiles = new Map<string, string[]>();
    for (const [folder, exclude] of Object.entries(manifest.repositories))
      ruleFiles.set(folder, ruleTexts(exclude, null));
    for (const entry of manifest.entries) {
      if (!entry.path.endsWith('.gitignore') || nameOf(entry.path) !== '.gitignore' || entry.type !== 'file') continue;
      if (entry.size > limits.ruleFileBytes) continue; // no rules, as in the walk
      const folder = parentOf(entry.path);
      const content = await this.contentOf(entry);
      ruleFiles.set(folder, ruleTexts(manifest.repositories[folder], content && pathText(content)));
    }
    return ignoreMatcher(this.rules, ruleFiles, this.rules.above(this.repository.rulesAbove()));
  }
}

/** Where a folder above the path lets nobody look, something may stand there. */
function isThere(workspace: string, path: string): boolean {
  try {
    return lstatInside(workspace, path) !== null;
  } catch (error) {
    if (codeOf(error) === 'EACCES') return true;
    throw error;
  }
}
