/**
 * Job: accept files one by one, and take the newest acceptance back.
 * Boundary: what the supervisor looked at comes as a version of each file; which checkpoint holds it is found here. Nothing
 *   of the workspace is touched.
 * Rules: G3 what is accepted is what was shown: one file that has changed since refuses all. S2 what the supervisor wrote
 *   between two steps, or since the run ended, is a checkpoint of its own before it can be accepted.
 */
import { RequestRefused } from '../../protocol/refused.ts';
import type { SeenFile } from '../../protocol/messages.ts';
import { acceptedCheckpointOf } from '../../run/accepted.ts';
import type { EntryBody, Shown } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { pathInWords } from '../../run/pathWords.ts';
import type { RunState } from '../../run/state.ts';
import { leafAt, versionOf } from '../checkpoint/manifest.ts';
import type { Run } from '../run.ts';
import type { Checkpoints } from './checkpoints.ts';

export class Acceptances {
  private readonly run: Run;
  private readonly checkpoints: Checkpoints;
  /** Runs work between two effects, with no step on its way. */
  private readonly command: <T>(work: () => Promise<T>) => Promise<T>;

  constructor(run: Run, checkpoints: Checkpoints, command: <T>(work: () => Promise<T>) => Promise<T>) {
    this.run = run;
    this.checkpoints = checkpoints;
    this.command = command;
  }

  /**
   * At once where the newest checkpoint holds what was seen, else after the step in progress.
   * @returns the checkpoint that holds the accepted versions.
   * @throws RequestRefused with words for a person; then nothing is accepted.
   */
  async accept(files: readonly SeenFile[], shown: Shown, by: string): Promise<number> {
    return this.record(await this.hold(files), files, shown, by);
  }

  /**
   * The checkpoint that holds these versions: the newest one, or after the step in progress one of what the supervisor changed.
   * @throws RequestRefused with words for a person
   */
  async hold(files: readonly SeenFile[]): Promise<number> {
    refuseMany(this.run.state, files);
    const { head } = this.run.state;
    if (head === null) throw new RequestRefused('The run has no checkpoint yet.');
    await this.refuseNeverThere(files);
    const missing = await this.notHeld(head, files);
    if (missing === null) return head;
    return this.command(async () => {
      const { step } = this.run.state;
      if (step !== null)
        throw new RequestRefused(
          `${pathInWords(missing)} was changed in step ${String(step.step)}, which is not finished. Resume the run, then accept it.`,
        );
      await this.checkpoints.takeSupervisorChanges();
      const newest = this.run.state.head ?? head;
      const changed = await this.notHeld(newest, files);
      if (changed !== null)
        throw new RequestRefused(
          `${pathInWords(changed)} has changed since you looked at it. Look again; nothing was accepted.`,
        );
      return newest;
    });
  }

  /** @throws RequestRefused when there is none, or a newer one. */
  async undo(acceptance: number, by: string): Promise<void> {
    await this.run.decideAndRecord((state) => {
      if (state.beforeAccept === null) throw new RequestRefused('Nothing was accepted that could be taken back.');
      if (state.beforeAccept.acceptance !== acceptance)
        throw new RequestRefused('Something else was accepted since: only the newest acceptance can be taken back.');
      return [{ type: 'acceptance.withdrawn', by }];
    });
  }

  private async record(checkpoint: number, files: readonly SeenFile[], shown: Shown, by: string): Promise<number> {
    const paths = files.map(({ path }) => path);
    await this.run.decideAndRecord((state) => {
      refuseMany(state, files);
      return [{ type: 'files.accepted', paths, checkpoint, by, shown } satisfies EntryBody];
    });
    return checkpoint;
  }

  /** What is accepted as gone is a file of the accepted tree: nothing outside the folder, in `.git` or made up gets in. */
  private async refuseNeverThere(files: readonly SeenFile[]): Promise<void> {
    for (const { path, version } of files) {
      if (version !== null) continue;
      const manifest = await this.checkpoints.manifest(acceptedCheckpointOf(this.run.state, path));
      if (leafAt(manifest, path) === null)
        throw new RequestRefused(`There is no file ${pathInWords(path)} whose end could be accepted.`);
    }
  }

  /** The first file that is another at this checkpoint; null when all are the same. */
  private async notHeld(checkpoint: number, files: readonly SeenFile[]): Promise<string | null> {
    const manifest = await this.checkpoints.manifest(checkpoint);
    return files.find(({ path, version }) => versionOf(leafAt(manifest, path)) !== version)?.path ?? null;
  }
}

/** @throws RequestRefused where the journal could not hold them */
export function refuseMany(state: RunState, files: readonly SeenFile[]): void {
  const kept = new Set([...Object.keys(state.acceptedFiles), ...files.map(({ path }) => path)]);
  if (kept.size > limits.acceptedFilesKept)
    throw new RequestRefused(
      `More than ${String(limits.acceptedFilesKept)} files would be accepted one by one. Accept a gate: that accepts them all.`,
    );
  // As JSON, where a character of a name takes up to six.
  if (JSON.stringify(files).length * 3 > limits.lineOfEntryBytes)
    throw new RequestRefused('These are too many files at once. Accept them in parts.');
}
