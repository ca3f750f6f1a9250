/**
 * Job: the message of a commit on the supervisor's branch: what is proposed for the steps that it holds, and its trailers.
 * Boundary: pure. The supervisor edits what is proposed; the trailers are Belay's and name run and steps for `git log`.
 */
import { formatCounted } from './forDisplay.ts';
import type { CheckpointSummary, RunState } from './state.ts';

export const runTrailer = 'Belay-Run';
export const stepsTrailer = 'Belay-Steps';

const subjectChars = 72;
const listedSteps = 30;

/**
 * The steps between two checkpoints, oldest first: of the story that `to` goes on with, so without what was rolled back.
 * @param paths only steps that changed one of them; a step whose list of changes was cut may have
 */
export function stepsBetween(
  { checkpoints }: Pick<RunState, 'checkpoints'>,
  from: number,
  to: number,
  paths?: ReadonlySet<string>,
): readonly CheckpointSummary[] {
  const steps: CheckpointSummary[] = [];
  for (let at = checkpoints.get(to); at !== undefined && at.checkpoint > from; at = checkpoints.get(at.continues ?? -1))
    if (at.kind === 'step' && touches(at, paths)) steps.unshift(at);
  return steps;
}

function touches({ changeset }: CheckpointSummary, paths: ReadonlySet<string> | undefined): boolean {
  if (paths === undefined) return true;
  const { added, modified, deleted, paths: listed } = changeset;
  return listed.length < added + modified + deleted || listed.some(({ path }) => paths.has(path));
}

/** A subject, and for several steps a list of their titles. */
export function proposedMessage(task: string, steps: readonly CheckpointSummary[]): string {
  const [first] = steps;
  if (first === undefined) return cut(`Accept what was changed by hand (${task})`);
  if (steps.length === 1) return cut(first.title);
  const subject = cut(`${task}: steps ${rangesOf(steps)}`);
  const hidden = steps.length - listedSteps;
  const rows = steps.slice(0, listedSteps).map(({ title }) => `- ${title}`);
  return [subject, '', ...rows, ...(hidden > 0 ? [`- … and ${formatCounted(hidden, 'step')} more`] : [])].join('\n');
}

/** "12-18, 20": runs of numbers, as many as fit on a line. */
export function rangesOf(steps: readonly Pick<CheckpointSummary, 'step'>[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const { step } of steps) {
    const open = ranges.at(-1);
    if (step === null) continue;
    if (open?.last === step - 1) open.last = step;
    else ranges.push({ first: step, last: step });
  }
  const words = ranges.map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`));
  return words.length > 20 ? `${words[0] ?? ''} … ${words.at(-1) ?? ''}` : words.join(', ');
}

/** The message with Belay's trailers at its end, in the block of trailers that may stand there; older ones of Belay go. */
export function withTrailers(
  message: string,
  runId: string,
  steps: readonly Pick<CheckpointSummary, 'step'>[],
): string {
  const own = new RegExp(`^(${runTrailer}|${stepsTrailer}):`);
  const lines = message.replaceAll('\r\n', '\n').trimEnd().split('\n');
  const text = lines
    .filter((line) => !own.test(line))
    .join('\n')
    .trim();
  const ranges = rangesOf(steps);
  const trailers = [`${runTrailer}: ${runId}`, ...(ranges === '' ? [] : [`${stepsTrailer}: ${ranges}`])];
  const last = text
    .slice(text.lastIndexOf('\n\n') + 1)
    .trim()
    .split('\n');
  const inBlock = text.includes('\n\n') && last.every((line) => /^[A-Za-z0-9-]+: \S/.test(line));
  return `${text}${inBlock ? '\n' : '\n\n'}${trailers.join('\n')}\n`;
}

function cut(subject: string): string {
  return subject.length > subjectChars ? `${subject.slice(0, subjectChars - 1).trimEnd()}…` : subject;
}
