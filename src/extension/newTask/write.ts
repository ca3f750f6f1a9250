/**
 * Job: put a new task into its folder: the file `belay.json`, and the reference's manual page where that was wished.
 * Boundary: part of the late bundle. Writes only what is not there; `man` is run only because the supervisor chose so.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../base/assert.ts';
import { taskText } from '../../run/taskText.ts';
import { draftOf, manualPageFile, type WholeAnswers } from './answers.ts';
import { which } from './survey.ts';

export interface WrittenTask {
  /** False: there was a `belay.json` already, and it was not touched. */
  readonly written: boolean;
  /** What could not be done beside it, for a person. */
  readonly notes: readonly string[];
}

const manualBytesMost = 4 * 1024 * 1024;

/** @throws where the folder can't be written, with a message for a person */
export async function writeTask(folder: string, name: string, answers: WholeAnswers): Promise<WrittenTask> {
  const notes: string[] = [];
  let whole = answers;
  if (answers.manualPage === true && answers.reference) {
    const problem = await saveManualPage(folder, answers.reference);
    if (problem !== null) {
      notes.push(problem);
      whole = { ...answers, manualPage: false };
    }
  }
  const written = await writeNew(join(folder, 'belay.json'), taskText(draftOf(name, whole)));
  return { written, notes };
}

/** Whether the system has a manual page of the program; looks, runs nothing. */
export async function hasManualPage(program: string, searchPath: string): Promise<boolean> {
  if (!/^[\w.+-]+$/.test(program) || (await which('man', searchPath)) === null) return false;
  const { stdout } = await promisify(execFile)('man', ['-w', program], { timeout: 5_000 }).catch(() => ({
    stdout: '',
  })); // none
  return stdout.trim() !== '';
}

/** null: it is there now. */
async function saveManualPage(folder: string, reference: readonly string[]): Promise<string | null> {
  const file = manualPageFile(reference);
  try {
    const program = file.slice('docs/'.length, -'.txt'.length);
    const env = { ...process.env, MANWIDTH: '100', MANPAGER: 'cat', MAN_KEEP_FORMATTING: '', LC_ALL: 'C.UTF-8' };
    const options = { env, timeout: 20_000, maxBuffer: manualBytesMost };
    const { stdout } = await promisify(execFile)('man', [program], options);
    // Bold and underlined letters of old formatters: a letter, a backspace, a letter.
    const text = stdout.replaceAll(/.\x08/g, '').replaceAll(/\x1b\[[0-9;]*m/g, '');
    if (text.trim() === '') return `man has no page of ${program}, so no document was saved.`;
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeNew(join(folder, file), text); // one that is there is the supervisor's, and as good
    return null;
  } catch (error) {
    return `The manual page could not be saved as ${file}: ${messageOf(error)}`;
  }
}

/** False: something is there already. */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
