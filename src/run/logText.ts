/**
 * Job: the log of a run as plain text, for a read-only document: steps with their calls, and what came between them.
 * Boundary: pure; the caller pages the steps in and says how a time is written. Outputs are those of the log, cut as there.
 * Rules: B3 what is left out is said at the top. Text of models and programs is drawn by `visibleControls`, never obeyed.
 */
import { formatCount, formatDuration, formatLines, formatUsd, visibleControls } from './forDisplay.ts';
import type { CallSummary, Happening, StepSummary } from './state.ts';

export interface LogParts {
  readonly name: string;
  readonly runId: string;
  /** Oldest first. */
  readonly steps: readonly StepSummary[];
  readonly stepsFinished: number;
  readonly happenings: readonly Happening[];
}

export function logText(
  { name, runId, steps, stepsFinished, happenings }: LogParts,
  time: (at: number) => string,
): string {
  const from = steps[0]?.seq ?? 0;
  const blocks = [
    ...steps.map((step) => ({ seq: step.seq, text: stepText(step) })),
    ...happenings.filter(({ seq }) => seq >= from).map((h) => ({ seq: h.seq, text: happeningText(h, time) })),
  ].sort((a, b) => a.seq - b.seq);
  const head = [`${visibleControls(name)}  ${runId}`, ...cutNote(steps, stepsFinished)];
  const empty = blocks.length === 0 ? ['No step is finished yet.'] : [];
  return `${[...head, ...empty, ...blocks.map(({ text }) => text)].join('\n\n')}\n`;
}

function cutNote(steps: readonly StepSummary[], finished: number): readonly string[] {
  const left = finished - steps.length;
  if (left <= 0) return [];
  const first = steps[0]?.step ?? 0;
  return [
    `=== ${formatCount(left)} earlier steps are left out: this document begins with step ${formatCount(first)}. ` +
      'The Run view pages all of them, and each output opens from its row. ===',
  ];
}

function stepText({ step, title, text, checkpoint, costUsd, wallMs, calls }: StepSummary): string {
  const said = visibleControls(text.trim());
  return [
    `step ${formatCount(step)} · checkpoint ${formatCount(checkpoint)} · ${visibleControls(title)} · ${formatUsd(costUsd)} · ${formatDuration(wallMs)}`,
    ...(said === '' || said === title ? [] : [indented(said, 4)]),
    ...calls.map(callText),
  ].join('\n');
}

function callText({ title, status, wallMs, exitCode, edit, visible, head }: CallSummary): string {
  const facts = [
    status,
    ...(exitCode === undefined ? [] : [`exit ${String(exitCode)}`]),
    ...(edit?.lines === undefined ? [] : [formatLines(edit.lines)]),
    ...(visible === undefined ? [] : [`${formatCount(visible.pass)} of ${formatCount(visible.total)} passed`]),
    formatDuration(wallMs),
  ].join(', ');
  const output = visibleControls(head.trimEnd());
  return [`    ${visibleControls(title)}  (${facts})`, ...(output === '' ? [] : [indented(output, 8)])].join('\n');
}

function happeningText({ at, by, text }: Happening, time: (at: number) => string): string {
  return `--- ${time(at)}: ${visibleControls(text)}${by === null ? '' : `, by ${visibleControls(by)}`} ---`;
}

function indented(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}
