/**
 * Job: put the bundled sample into a new folder, as a workspace with its held-out cases and its recording beside it.
 * Boundary: copies and checks; opening and starting it is the caller's. Nothing that is there is touched.
 */
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../base/assert.ts';
import { recordingProblem } from '../run/recording.ts';

export interface SampleFolder {
  /** The new folder; the workspace is one below it. */
  readonly folder: string;
  readonly workspace: string;
  readonly taskFile: string;
}

/** `place`: another parent may do. `sample`: what is bundled is damaged. The message is for a person. */
export class SampleFailed extends Error {
  override readonly name = 'SampleFailed';
  readonly reason: 'place' | 'sample';

  constructor(reason: 'place' | 'sample', message: string) {
    super(message);
    this.reason = reason;
  }
}

const folderName = 'belay-sample';
const copiesMost = 1_000;

/**
 * @param sample the folder that Belay brings: `cal`, `held-out.jsonl`, `recording.jsonl`
 * @param parent where the copy is made, `belay-sample` or, where that exists, `belay-sample-2` …
 * @throws SampleFailed; then nothing is left behind
 */
export async function copySample(sample: string, parent: string): Promise<SampleFolder> {
  await checkRecording(join(sample, 'recording.jsonl'));
  const folder = await newFolder(parent);
  try {
    await cp(sample, folder, { recursive: true });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new SampleFailed('place', `The sample could not be copied to ${folder}: ${messageOf(error)}.`);
  }
  const workspace = join(folder, 'cal');
  return { folder, workspace, taskFile: join(workspace, 'belay.json') };
}

async function checkRecording(file: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SampleFailed(
      'sample',
      `The sample of this Belay is not whole: ${messageOf(error)}. Install Belay again.`,
    );
  }
  const problem = recordingProblem(text);
  if (problem === null) return;
  const at = `recording.jsonl:${String(problem.line)}`;
  throw new SampleFailed('sample', `The sample can't be played: ${at}: ${problem.message}. Install Belay again.`);
}

async function newFolder(parent: string): Promise<string> {
  for (let copy = 1; copy <= copiesMost; copy++) {
    const folder = join(parent, copy === 1 ? folderName : `${folderName}-${String(copy)}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new SampleFailed('place', `No folder for the sample can be made in ${parent}: ${messageOf(error)}.`);
    }
  }
  throw new SampleFailed('place', `${parent} holds ${String(copiesMost)} copies of the sample.`);
}
