/**
 * Job: the registry of the agent's tools: their definitions for the model, and a call's way from raw arguments to an
 * outcome.
 * Boundary: stateless; the caller journals the intent between `prepare` and `perform` (J5), and stores what is cut.
 * Rules: H1 nothing here imports verification; S1, S3 in `edits.ts`; B3 every output is bounded. A model's mistake is an
 *   outcome with status 'error' that says what was wrong; only a programmer's error is thrown.
 */
import { z } from 'zod';
import { AssertionError, messageOf } from '../../base/assert.ts';
import type { FileEdit, ToolCall } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import type { ToolDefinition } from '../model/request.ts';
import { settleEdit, type EditArgs } from './edits.ts';
import { editFile, listFilesTool, readFile, search, writeFile } from './fileTools.ts';
import { ask, finish, note, openOutput, plan, probeReference, run, runVisibleTests } from './otherTools.ts';
import { cutMiddle, oneLine } from './output.ts';
import { failed, type Prepared, type Running, type Tool, type ToolContext, type ToolOutcome } from './tool.ts';

/** The order is part of the prompt's stable prefix. Each is given only what its own schema accepted. */
const all: readonly Tool[] = [
  readFile,
  listFilesTool,
  search,
  writeFile,
  editFile,
  run,
  runVisibleTests,
  probeReference,
  openOutput,
  note,
  plan,
  ask,
  finish,
];

const byName: ReadonlyMap<string, Tool> = new Map(all.map((tool) => [tool.name, tool]));

/** Names of those that run something in a sandbox: their status is 'error' whenever it could not be made. */
export const sandboxedTools: ReadonlySet<string> = new Set(
  [run, runVisibleTests, probeReference].map(({ name }) => name),
);

/**
 * The files that the calls of a step may have changed; null: any. A call that was refused before it had an intent changed
 * nothing, and one of an unknown tool neither.
 */
export function touchedPaths(calls: readonly Touching[]): readonly string[] | null {
  const paths: string[] = [];
  for (const { name, intent } of calls) {
    const touches = byName.get(name)?.touches ?? 'nothing';
    if (touches === 'anything') return null;
    if (intent) paths.push(intent.path);
  }
  return paths;
}

interface Touching {
  readonly name: string;
  readonly intent?: FileEdit;
}

/** What the model is told of the tools. */
export function toolDefinitions({ hasReference }: { readonly hasReference: boolean }): readonly ToolDefinition[] {
  return all
    .filter((tool) => hasReference || tool.name !== probeReference.name)
    .map(({ name, description, schema }) => {
      const parts = Object.entries(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }));
      return { name, description, schema: Object.fromEntries(parts.filter(([key]) => key !== '$schema')) };
    });
}

/** Checks a call before it is journalled as started. Changes nothing. */
export async function prepare(call: ToolCall, context: ToolContext): Promise<Prepared> {
  const read = argumentsOf(call);
  if (!read.ok) return { ok: false, title: oneLine(call.name), outcome: failed(read.message) };
  const title = read.tool.title(read.args);
  if (!read.tool.prepare) return { ok: true, title };
  const planned = await guarded(
    read.tool.name,
    () => read.tool.prepare?.(read.args, context) ?? Promise.resolve(failed('error: nothing to do')),
  );
  return 'intent' in planned ? { ok: true, title, intent: planned.intent } : { ok: false, title, outcome: planned };
}

/** Performs a prepared call. Never rejects for what a model, a file or a command may do. */
export async function perform(
  call: ToolCall,
  context: ToolContext,
  running: Running,
  intent?: FileEdit,
): Promise<ToolOutcome> {
  const read = argumentsOf(call);
  if (!read.ok) return failed(read.message);
  const outcome = await guarded(read.tool.name, () => read.tool.perform(read.args, context, running, intent));
  // What an interrupted command left is not its outcome; an edit is made or not made, and says so itself.
  if (running.signal.aborted && outcome.fields.edit === undefined) {
    return bounded(call, {
      fields: { ...outcome.fields, status: 'interrupted', output: `interrupted\n${outcome.fields.output}` },
    });
  }
  return bounded(call, outcome);
}

/**
 * Settles a call that a crash cut off after its `tool.started`: an edit is repeated if that is safe, anything else gets
 * "interrupted, outcome unknown" (S1).
 */
export async function settle(call: ToolCall, context: ToolContext, intent?: FileEdit): Promise<ToolOutcome> {
  const read = argumentsOf(call);
  const unknown: ToolOutcome = { fields: { status: 'interrupted', output: 'interrupted, outcome unknown' } };
  if (!read.ok || !intent) return unknown;
  return guarded(read.tool.name, () => settleEdit(read.args as EditArgs, intent, context));
}

type ReadCall =
  { readonly ok: true; readonly tool: Tool; readonly args: unknown } | { readonly ok: false; readonly message: string };

function argumentsOf({ name, argumentsJson }: ToolCall): ReadCall {
  const tool = byName.get(name);
  if (!tool)
    return {
      ok: false,
      message: `error: there is no tool "${oneLine(name)}"; there are ${[...byName.keys()].join(', ')}`,
    };
  const keys = Object.keys(tool.schema instanceof z.ZodObject ? tool.schema.shape : {}).join(', ');
  let value: unknown;
  try {
    value = argumentsJson.trim() === '' ? {} : JSON.parse(argumentsJson);
  } catch (error) {
    const message = `error: the arguments of ${name} are not JSON: ${oneLine(messageOf(error), 300)}; send one object with ${keys}`;
    return { ok: false, message };
  }
  const checked = tool.schema.safeParse(value);
  if (checked.success) return { ok: true, tool, args: checked.data };
  const faults = checked.error.issues.slice(0, 3).map((issue) => fault(issue, keys));
  return { ok: false, message: `error: ${name}: ${faults.join('; ')}` };
}

function fault(issue: z.core.$ZodIssue, keys: string): string {
  const at = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return `unknown argument ${issue.keys.map((key) => `"${oneLine(key)}"`).join(', ')}${at === '' ? `; it takes ${keys}` : ` in ${at}`}`;
  }
  if (at === '') return `the arguments must be one JSON object with ${keys}`;
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return `"${at}" is missing (${issue.expected})`;
  return `"${at}": ${issue.message}`;
}

/** A port or the file system may fail in ways that no result foresees: the agent is told, the run goes on. */
async function guarded<T>(name: string, work: () => Promise<T | ToolOutcome>): Promise<T | ToolOutcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AssertionError) throw error;
    return failed(`error: ${name} failed: ${oneLine(messageOf(error), 400)}`);
  }
}

/** A file's content is bounded where it is read, by lines; all else loses its middle, which can be opened by the call's number. */
function bounded({ name, callId }: ToolCall, outcome: ToolOutcome): ToolOutcome {
  const most = name === readFile.name ? limits.readFileChars + 1_000 : limits.toolOutputChars;
  const { output } = outcome.fields;
  if (output.length <= most) return outcome;
  return { fields: { ...outcome.fields, output: cutMiddle(output, most, `: open_output ${callId}`) }, whole: output };
}
