/**
 * Job: who answers a run's model calls, with what a recorded model plays.
 * Boundary: joins `model/` with the run directory. J9 the recording is a blob of the run before an entry names it.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StartRequest } from '../protocol/places.ts';
import { parseRecording, type Recording } from '../run/recording.ts';
import type { Task } from '../run/task.ts';
import { recordingDigestName } from './createRun.ts';
import type { Checkpoints } from './effects/checkpoints.ts';
import type { Blobs } from './journal/blobs.ts';
import { modelSource, type ModelSource } from './model/source.ts';
import { Playing } from './playing.ts';
import type { Records } from './records.ts';
import type { Run } from './run.ts';
import { resolveTaskPath } from './workspace/taskFile.ts';

export interface ModelParts {
  /** Run directory. */
  readonly folder: string;
  readonly task: Task;
  readonly run: Run;
  readonly records: Records;
  readonly checkpoints: Checkpoints;
  /** null where the model is not a recorded one. */
  readonly recording: Recording | null;
}

export interface OpenedModel extends ModelSource {
  /** null where the model is not a recorded one. */
  readonly playing: Playing | null;
}

export function openModel({ folder, task, run, records, checkpoints, recording }: ModelParts): OpenedModel {
  const { model } = task;
  const playing =
    recording === null || model.provider !== 'recorded'
      ? null
      : new Playing({ run, records, checkpoints, recording, secondsPerAnswer: model.secondsPerAnswer });
  return { ...modelSource(model, join(folder, 'manual'), playing?.call ?? null), playing };
}

/** Read once, when the run is created: it goes on with what it began with. null where the model is not a recorded one. */
export async function recordingFromFile({ taskFile }: StartRequest, { model }: Task): Promise<string | null> {
  if (model.provider !== 'recorded') return null;
  return readFile(resolveTaskPath(model.file, dirname(taskFile), process.env['HOME'] ?? '/'), 'utf8');
}

/**
 * null where the model is not a recorded one. What was played is in the run directory, whatever became of its file.
 * @throws with words for a person when a recording is of another version of Belay
 */
export async function recordingFromJournal(run: Run, blobs: Blobs): Promise<Recording | null> {
  const digest = run.state.run?.provenance.digests[recordingDigestName];
  if (digest === undefined) return null;
  const parsed = parseRecording((await blobs.getBlob(digest)).toString('utf8'));
  if (!parsed.ok) throw new Error(`The recording can't be played: ${parsed.problem.message}.`);
  return parsed.recording;
}
