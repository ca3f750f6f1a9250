/**
 * Job: the entries of a run of weeks, made up: 50 a step on the average, of the kinds and sizes that a real one has.
 * Boundary: bodies only, the same for the same step; who writes or folds them is the bench's.
 */
import { hash } from 'node:crypto';
import type { BlobRef, EntryBody, ToolCall } from '../../src/run/entry.ts';

/** Every so many steps a gate, decided at once. */
const gateEvery = 25;
const words =
  'the parser keeps a list of open blocks and closes those that a line does not continue; see section 4.8 of the spec, where lazy continuation lines are told apart from paragraphs that a quote has ended already\n';

/** What the steps need of the run before them. */
export interface Place {
  readonly commit: string;
  readonly tree: string;
}

/** Step `step`, which takes checkpoint `step`, in commits of the journal. The first one is 1. */
export function* stepCommits(step: number, { commit, tree }: Place): Generator<readonly EntryBody[]> {
  yield [{ type: 'step.started', step }];
  yield [requested(step)];
  const calls = Array.from({ length: 21 + (step % 2) }, (_, index) => callOf(step, index));
  yield [answered(step, calls)];
  for (const [index, call] of calls.entries()) {
    yield [{ type: 'tool.started', step, callId: call.callId, name: call.name, title: titleOf(call, step, index) }];
    yield [finished(step, index, call)];
  }
  const title = `Step ${String(step)}: close what a line does not continue`;
  const paths = [`src/block${String(step % 40)}.pl`, `t/case${String(step % 90)}.t`].map((path) => ({
    path,
    change: 'modified' as const,
  }));
  yield [
    {
      ...{ type: 'checkpoint.created', checkpoint: step, kind: 'step', step, continues: step - 1, commit, tree, title },
      ...{ changeset: { added: 0, modified: 2, deleted: 0, paths }, notCovered: 0 },
    },
    { type: 'step.finished', step, checkpoint: step, title },
  ];
  yield [{ type: 'verification.started', checkpoint: step, suite: 'visible', seed: step }];
  yield [verified(step)];
  if (step % gateEvery !== 0) return;
  const gate = step / gateEvery;
  yield [{ type: 'gate.opened', gate, step, checkpoint: step, reasons: [{ kind: 'steps', text: '25 steps' }] }];
  const shown = { checkpoint: step, visibleRate: 0.5, heldOutRate: null, filesChanged: 2, spentUsd: step * 0.13 };
  yield [{ type: 'gate.decided', gate, decision: 'accept', by: 'anna@desk (window)', shown }];
}

function callOf(step: number, index: number): ToolCall {
  const callId = `call_${String(step)}_${String(index)}`;
  const path = `src/block${String((step + index) % 40)}.pl`;
  if (index % 3 === 0) return { callId, name: 'read_file', argumentsJson: JSON.stringify({ path }) };
  if (index % 3 === 1) return { callId, name: 'run', argumentsJson: JSON.stringify({ command: `prove -r t/${path}` }) };
  const [search, replace] = [textOf(step + index, 60), textOf(step + index + 1, 90)];
  return { callId, name: 'edit_file', argumentsJson: JSON.stringify({ path, search, replace }) };
}

function titleOf({ name }: ToolCall, step: number, index: number): string {
  return `${name.replace('_file', '')} src/block${String((step + index) % 40)}.pl`;
}

function requested(step: number): EntryBody<'model.requested'> {
  return {
    ...{ type: 'model.requested', step, attempt: 1, prompt: blobOf(`prompt ${String(step)}`) },
    ...{ maxOutputTokens: 8_000, reservedUsd: 0.4, reservedTokens: 60_000, directives: [] },
  };
}

function answered(step: number, calls: readonly ToolCall[]): EntryBody<'model.answered'> {
  const usage = { input: 48_000, cachedInput: 40_000, cacheWriteInput: 0, output: 1_900 };
  return {
    ...{ type: 'model.answered', step, text: textOf(step, 300), calls, usage, usageEstimated: false },
    ...{ costUsd: 0.13, wallMs: 21_000, finishReason: 'tool-calls' },
  };
}

function finished(step: number, index: number, { callId, name }: ToolCall): EntryBody<'tool.finished'> {
  const output = textOf(step * 31 + index, 60 + ((step * 7 + index * 131) % 600));
  return {
    ...{ type: 'tool.finished', step, callId, status: 'ok', output, wallMs: 40 + index },
    ...(name === 'run' && { exitCode: index % 2 }),
  };
}

function verified(step: number): EntryBody<'verification.finished'> {
  const pass = 100 + Math.floor(step / 100) + (step % 3);
  return {
    ...{ type: 'verification.finished', checkpoint: step, suite: 'visible', total: 326 },
    ...{ counts: { pass, fail: 326 - pass, error: 0, timeout: 0, flaky: 0 }, build: { ok: true } },
    ...{ results: blobOf(`results ${String(step)}`), regressed: step % 3, repaired: 1, wallMs: 9_000 },
  };
}

function blobOf(name: string): BlobRef {
  return { digest: hash('sha256', name), bytes: 20_000 };
}

/** Text that differs from one number to the next. */
function textOf(number: number, chars: number): string {
  const from = (number * 37) % words.length;
  const text = `${String(number)} ${words.slice(from)}${words.repeat(Math.ceil(chars / words.length))}`;
  return text.slice(0, chars);
}
