/**
 * Job: ask the reference many questions, each twice and once elsewhere, a few at a time, and read what it wrote.
 * Boundary: makes throwaway folders and takes them away again; what the answers are worth is screened in run/suiteMaking.
 */
import { isUtf8 } from 'node:buffer';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, lstatSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RecordMessage } from '../protocol/recordSuite.ts';
import { limits } from '../run/limits.ts';
import type { Question } from '../run/suiteMaking/question.ts';
import type { Answer, Answers } from '../run/suiteMaking/screen.ts';
import { askReference, type ReferencePlace } from './sandbox/askReference.ts';
import { SandboxGone } from './sandbox/shape.ts';
import { removeFolder } from './verification/folders.ts';

export interface Asking {
  readonly place: ReferencePlace;
  readonly tell: (message: RecordMessage) => void;
  readonly signal: AbortSignal;
}

/** Another language and another zone than any case has. */
const elsewhere = { LANG: 'C', LC_ALL: 'C', TZ: 'Pacific/Kiritimati', COLUMNS: '41' };
const filesRead = 20;

/** Asks them all; `take` gets each with its answers, in any order. @throws the signal's reason */
export async function askTimes(
  questions: readonly Question[],
  { place, tell, signal }: Asking,
  take: (question: Question, answers: Answers) => void,
): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'belay-record-'));
  let next = 0;
  let done = 0;
  const worker = async () => {
    for (let question = questions[next++]; question !== undefined; question = questions[next++]) {
      signal.throwIfAborted();
      const ask = (env: Readonly<Record<string, string>>) => askOnce(question, env, { place, signal, work });
      const first = await ask({});
      // Later by a while, so that a clock shows: the second time comes when the first question of the batch is long over.
      const other = await ask(elsewhere);
      const second = first.endedBy === null ? await ask({}) : first;
      take(question, { first, second, elsewhere: other });
      done += 1;
      tell({ kind: 'progress', done, total: questions.length });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(limits.verifierWorkers, cpus().length) }, worker));
    signal.throwIfAborted();
  } finally {
    removeFolder(work);
  }
}

interface Once {
  readonly place: ReferencePlace;
  readonly signal: AbortSignal;
  readonly work: string;
}

async function askOnce(
  { args, stdin, env, files = {} }: Question,
  more: Readonly<Record<string, string>>,
  { place, signal, work }: Once,
): Promise<Answer> {
  const folder = mkdtempSync(join(work, 'q-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const outcome = await askReference(place, { args, stdin, env: { ...more, ...env }, folder }, signal);
    signal.throwIfAborted();
    if (outcome.endedBy === 'not-started') throw new SandboxGone(outcome.message ?? 'the reference did not start');
    const written = writtenIn(folder, files);
    const { stdout, stderr, exitCode, message } = outcome;
    return {
      stdout: stdout.toString('utf8'),
      stderr: stderr.toString('utf8'),
      exit: exitCode,
      files: written.files,
      endedBy: message,
      isText: isUtf8(stdout) && isUtf8(stderr) && written.isText,
    };
  } finally {
    removeFolder(folder);
  }
}

/** Files that are new or have changed, the first few; links are not followed. */
function writtenIn(folder: string, before: Readonly<Record<string, string>>): Pick<Answer, 'files' | 'isText'> {
  const files: Record<string, string> = {};
  let isText = true;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const stat = lstatSync(path);
    if (!stat.isFile() || Object.keys(files).length >= filesRead) continue;
    const name = path.slice(folder.length + 1);
    const content = stat.size > limits.caseOutputBytes ? null : readFileSync(path);
    if (content === null || !isUtf8(content)) isText = false;
    else if (before[name] !== content.toString('utf8')) files[name] = content.toString('utf8');
  }
  return { files, isText };
}
