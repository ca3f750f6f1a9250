/**
 * Job: the agent's tools beside files: commands, visible tests, the reference, and the marks that it sets for the
 * supervisor (note, plan, question, end).
 * Boundary: each asks one port and words the outcome. Limits of what runs are the ports'.
 * Rules: H1 a test run tells visible cases only. B3.
 */
import { z } from 'zod';
import type { ToolCall } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { probeText } from '../../run/probeText.ts';
import { oneLine, partOf } from './output.ts';
import { defineTool, failed, told, type ToolOutcome } from './tool.ts';

const commandSecondsMost = limits.commandWallMostMs / 1000;

export const run = defineTool({
  name: 'run',
  touches: 'anything',
  description:
    'Runs a shell command in the workspace, in a sandbox without network. The first line says how it ended; stdout and stderr follow. Whatever still runs when it ends is ended too.',
  schema: z.strictObject({
    command: z.string().min(1).describe('For sh -c.'),
    timeout_seconds: z.int().min(1).max(commandSecondsMost).optional().describe('How long it may take.'),
  }),
  title: (args) => `run ${oneLine(args.command)}`,
  async perform(args, { ports, commandSeconds }, running): Promise<ToolOutcome> {
    if (args.command.includes('\0')) return failed('error: the command holds a NUL');
    const { output, exitCode, endedBy, quarantined, quarantineProblem } = await ports.runShell(
      args.command,
      args.timeout_seconds ?? commandSeconds,
      running,
    );
    const ended = endedBy ?? `exit ${exitCode === null ? 'unknown' : String(exitCode)}`;
    const status = endedBy === undefined ? 'ok' : 'error';
    const moved = quarantined === undefined ? '' : `${movedAway(quarantined)}\n`;
    const problem = quarantineProblem === undefined ? '' : `of what steers editor or git: ${quarantineProblem}\n`;
    return {
      fields: {
        status,
        output: `${ended}\n${moved}${problem}${output}`,
        ...(exitCode === null ? {} : { exitCode }),
        ...(quarantined !== undefined && { quarantined }),
        ...(quarantineProblem !== undefined && { quarantineProblem }),
      },
    };
  },
});

const namedMost = 10;

function movedAway(paths: readonly string[]): string {
  const more = paths.length > namedMost ? ` and ${String(paths.length - namedMost)} more` : '';
  return `taken out of the workspace: ${paths.slice(0, namedMost).join(', ')}${more}; what steers the supervisor's editor or git can't be made there (use /tmp)`;
}

const names = z.array(z.string().min(1)).max(1000);

export const runVisibleTests = defineTool({
  name: 'run_visible_tests',
  touches: 'anything',
  description:
    'Builds the program and runs the visible cases, all of them or those with the given tags or ids. Shows the counts by tag and the first failing cases.',
  schema: z.strictObject({
    tags: names.optional().describe('Only cases with one of these tags.'),
    ids: names.optional().describe('Only these cases.'),
  }),
  title: (args) =>
    oneLine(
      `run visible tests${[...(args.tags ?? []), ...(args.ids ?? [])].length > 0 ? `: ${[...(args.tags ?? []), ...(args.ids ?? [])].join(', ')}` : ''}`,
    ),
  async perform(args, { ports }, running): Promise<ToolOutcome> {
    const filter = {
      ...(args.tags?.length ? { tags: args.tags } : {}),
      ...(args.ids?.length ? { ids: args.ids } : {}),
    };
    const outcome = await ports.runVisibleTests(filter, running);
    if (!outcome.ok) return failed(`error: ${outcome.message}`);
    return told(outcome.text, { visible: { pass: outcome.pass, total: outcome.total } });
  },
});

export const probeReference = defineTool({
  name: 'probe_reference',
  touches: 'nothing',
  description:
    'Asks the original program: runs it with arguments and input, and shows what it prints and how it exits.',
  schema: z.strictObject({
    args: z.array(z.string()).max(100).optional().describe('Its arguments.'),
    stdin: z
      .string()
      .max(1024 * 1024)
      .optional()
      .describe('Its input.'),
  }),
  title: (args) => oneLine(`probe reference ${(args.args ?? []).join(' ')}`),
  async perform(args, { ports }, running): Promise<ToolOutcome> {
    if (!ports.probeReference) return failed('error: this task has no reference to ask');
    if ((args.args ?? []).some((one) => one.includes('\0'))) return failed('error: an argument holds a NUL');
    const outcome = await ports.probeReference({ args: args.args ?? [], stdin: args.stdin ?? '' }, running);
    if (!outcome.ok) return failed(`error: ${outcome.message}`);
    const code = outcome.exitCode === null ? {} : { exitCode: outcome.exitCode };
    const status = outcome.endedBy === undefined ? 'ok' : 'error';
    return { fields: { status, output: probeText(outcome, outcome.played), ...code } };
  },
});

/** What such a call asks; null: its arguments can't be read, and it was not made. */
export function probeArguments({
  argumentsJson,
}: ToolCall): { readonly args: string[]; readonly stdin: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(argumentsJson);
  } catch {
    return null; // the agent was told
  }
  const read = probeReference.schema.safeParse(value);
  return read.success ? { args: read.data.args ?? [], stdin: read.data.stdin ?? '' } : null;
}

/** What is left of limits.toolOutputChars beside the line that says which part it is. */
const outputPart = limits.toolOutputChars - 200;

export const openOutput = defineTool({
  name: 'open_output',
  touches: 'nothing',
  description:
    'Shows again what an earlier call gave, a part at a time. Where an output was shortened, the number of its call stands there, such as 12.2.',
  schema: z.strictObject({
    call: z
      .string()
      .regex(/^\d{1,9}\.\d{1,3}$/, 'must be the number of a call, such as "12.2"')
      .describe('The number of the call.'),
    offset: z.int().min(0).optional().describe('The first character, from 0.'),
    limit: z.int().min(1).max(outputPart).optional().describe('At most so many characters.'),
  }),
  title: (args) => `open output ${args.call}`,
  async perform({ call, offset = 0, limit = outputPart }, { ports }): Promise<ToolOutcome> {
    const whole = await ports.toolOutput(call);
    if (whole === null) return failed(`error: there was no call ${call} that gave anything`);
    const length = String(whole.length);
    if (offset >= whole.length && whole !== '') return failed(`error: the output of ${call} has ${length} characters`);
    const part = partOf(whole, offset, offset + limit);
    const end = offset + part.length;
    return told(`[characters ${String(offset)} to ${String(end)} of the ${length} of ${call}]\n${part}`);
  },
});

const words = z.string().min(1).max(4_000);

export const note = defineTool({
  name: 'note',
  touches: 'nothing',
  description: 'Keeps a note that stays with you for the rest of the run, also when older messages are dropped.',
  schema: z.strictObject({ text: words }),
  title: (args) => oneLine(`note: ${args.text}`),
  perform: (args) => Promise.resolve(told('noted', { note: args.text })),
});

export const plan = defineTool({
  name: 'plan',
  touches: 'nothing',
  description: 'Sets the plan that the supervisor sees. Give all items each time.',
  schema: z.strictObject({
    items: z
      .array(z.strictObject({ title: z.string().min(1).max(200), status: z.enum(['open', 'doing', 'done']) }))
      .max(100),
  }),
  title: (args) =>
    `plan: ${String(args.items.filter((item) => item.status === 'done').length)} of ${String(args.items.length)} done`,
  perform: (args) => Promise.resolve(told('the plan is set', { plan: args.items })),
});

export const ask = defineTool({
  name: 'ask',
  touches: 'nothing',
  description:
    'Asks the supervisor. The run waits for the answer after this step, so ask only what you cannot find out.',
  schema: z.strictObject({ question: words }),
  title: (args) => oneLine(`ask: ${args.question}`),
  perform: (args) => Promise.resolve(told('asked; the answer comes as a directive', { question: args.question })),
});

export const finish = defineTool({
  name: 'finish',
  touches: 'nothing',
  description: 'Says that the work is done. The supervisor reviews it after this step.',
  schema: z.strictObject({ summary: words }),
  title: (args) => oneLine(`finish: ${args.summary}`),
  perform: (args) => Promise.resolve(told('the supervisor will review', { finish: args.summary })),
});
