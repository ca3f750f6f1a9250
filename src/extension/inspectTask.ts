/**
 * Job: read a `belay.json` for the confirmation of a start, and say what is wrong with it where it can't be started.
 * Boundary: its shape only; missing files, empty suites and programs are found by the engine at start.
 */
import { findNodeAtLocation, printParseErrorCode, type Node, type ParseErrorCode } from 'jsonc-parser';
import { messageOf } from '../base/assert.ts';
import { readPlainFile } from '../client/plainFile.ts';
import type { WindowModel } from '../protocol/brokering.ts';
import { isUnpriced } from '../run/providers.ts';
import { parseTask, taskFacts, type Task, type TaskProblem } from '../run/task.ts';
import { taskTree, tooDeep } from '../run/taskTree.ts';
import { foreignHost, isHosted, keyHost } from './keyHost.ts';
import type { TaskInspection } from './runLink.ts';

/** A longer text is not a task file that somebody wrote. */
const taskBytesMost = 4_000_000;

export async function inspectTask(taskFile: string): Promise<TaskInspection> {
  let text: string;
  try {
    text = await readPlainFile(taskFile, taskBytesMost);
  } catch (error) {
    return { ok: false, problems: [`belay.json can't be read: ${messageOf(error)}`] };
  }
  if (text.trim() === '') return { ok: false, problems: ['belay.json is empty'] };
  const tree = taskTree(text);
  if (tree === null) return { ok: false, problems: [`belay.json:1:1 ${tooDeep}`] };
  const { root, errors, value } = tree;
  const broken = errors.map(({ offset, error }) => `belay.json:${place(text, offset)} not JSON: ${words(error)}`);
  if (broken.length > 0) return { ok: false, problems: broken };
  if (root === undefined) return { ok: false, problems: ['belay.json is empty'] };
  const result = parseTask(value);
  if (!result.ok) return { ok: false, problems: result.problems.map((problem) => located(text, root, problem)) };
  const { limits, hasHeldOut, name } = taskFacts(result.task, { price: null, priceFrom: '' }, 'UTC');
  const { model } = result.task;
  return {
    ok: true,
    name,
    limits,
    hasHeldOut,
    modelHost: keyHost(model),
    foreignHost: foreignHost(model),
    windowModel: windowModelOf(model),
    wantsKey: isHosted(model),
    costKnown: !isUnpriced(model.provider) || model.price !== undefined,
    plays: model.provider === 'recorded',
  };
}

function windowModelOf(model: Task['model']): WindowModel | null {
  if (model.provider !== 'vscode') return null;
  return { name: model.name, ...(model.vendor !== undefined && { vendor: model.vendor }) };
}

/** "belay.json:12:5 budget.costUsd: soft must not be more than hard" */
function located(text: string, root: Node, { path, message }: TaskProblem): string {
  const keys = path.join('.');
  return `belay.json:${place(text, nearest(root, path).offset)} ${keys === '' ? '' : `${keys}: `}${message}`;
}

/** The node of the path, or of its longest part that is there. */
function nearest(root: Node, path: readonly (string | number)[]): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

/** "value expected" from "ValueExpected" */
function words(code: ParseErrorCode): string {
  return printParseErrorCode(code)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}

/** 1-based line and column. */
function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${String(before.length)}:${String((before.at(-1)?.length ?? 0) + 1)}`;
}
