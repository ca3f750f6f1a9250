/**
 * Job: the task file `belay.json`: one zod schema for the types, the JSON Schema that the editor completes from, and the
 * errors that a person reads.
 * Boundary: what a schema can say. What needs the disk (file missing, suite empty, program not found) is told by the
 * language server and by the engine at start. Only the extension's late bundles, the engine, the language server and the
 * command line import this module: zod is too large for activation and the webview.
 */
import { z } from 'zod';
import type { BudgetLimits, GatePolicy, Limit, TaskFacts } from './entry.ts';

const text = z.string().min(1, 'must not be empty');
const command = z.array(text).min(1, 'names a program and its arguments, such as ["perl", "cmark.pl"]');
const positive = z.number().positive('must be more than 0');

const limit = (unit: string) =>
  z
    .strictObject({
      soft: positive.optional().describe(`Opens a gate when this many ${unit} are used.`),
      hard: positive.optional().describe(`The run pauses before it uses more than this many ${unit}.`),
    })
    .refine((l) => l.soft === undefined || l.hard === undefined || l.soft <= l.hard, 'soft must not be more than hard')
    .describe(`How many ${unit} the run may use.`);

const candidate = z
  .strictObject({
    language: text.describe('The language that the agent writes, such as "perl" or "go".'),
    build: text.optional().describe('A shell command that builds the candidate, run in the sandbox before the cases.'),
    run: command.describe('The candidate: program and arguments; the arguments of a case are added.'),
  })
  .describe('The program to be built.');

const reference = z
  .strictObject({ command: command.describe('The original program; only `probe_reference` runs it.') })
  .describe('The original program, where there is one. The agent can ask it questions but never sees its file.');

const suites = z
  .strictObject({
    visible: text.describe('Cases that the agent may read, one JSON object a line; relative to this file.').optional(),
    heldOut: text
      .describe(
        'Cases that the agent may never learn of: a file outside the workspace (absolute, ~, or relative to this file).',
      )
      .optional(),
    split: z
      .strictObject({
        file: text.describe('A file of cases outside the workspace, split by a stable hash, tag by tag.'),
        heldOutShare: z.number().min(0.05).max(0.95).default(0.5).describe('Which share of them is held out.'),
      })
      .describe(
        'One file for both: a part of its cases is visible, the rest is held out. In place of "visible" and "heldOut".',
      )
      .optional(),
  })
  .refine(
    (s) => (s.split === undefined) !== (s.visible === undefined),
    'give either "visible" (and "heldOut") or "split"',
  )
  .refine((s) => s.split === undefined || s.heldOut === undefined, '"heldOut" does not go with "split"')
  .describe('The cases that verify the candidate.');

const price = z
  .strictObject({
    input: z.number().nonnegative().describe('Dollars per million input tokens.'),
    cachedInput: z
      .number()
      .nonnegative()
      .optional()
      .describe('Dollars per million cached input tokens; as input where absent.'),
    output: z.number().nonnegative().describe('Dollars per million output tokens.'),
  })
  .describe('What the model costs; Belay knows no price of its own for this endpoint.');

const model = z
  .strictObject({
    provider: z.literal('openai-compatible').describe('Any endpoint that speaks the OpenAI chat protocol.'),
    baseUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      // JSON Schema has no word for the protocol of a URI; the pattern says it there.
      .meta({ pattern: '^https?://', patternErrorMessage: 'must be an http or https address' })
      .describe('Where the endpoint is, such as "http://127.0.0.1:11434/v1".'),
    name: text.describe('The name of the model there.'),
    price,
    maxOutputTokens: z.int().min(256).max(200_000).default(8192).describe('At most this many tokens an answer.'),
  })
  .describe('The model that works.');

const budget = z
  .strictObject({
    costUsd: limit('dollars').optional(),
    tokens: limit('tokens').optional(),
    wallHours: limit('hours').optional(),
    steps: limit('steps').optional(),
  })
  .refine(
    (b) => [b.costUsd, b.tokens, b.wallHours, b.steps].some((l) => l?.hard !== undefined),
    'name at least one hard limit, such as "costUsd": { "hard": 10 }',
  )
  .describe('What the run may use. Only you can change a limit.');

const gates = z
  .strictObject({
    everySteps: z.int().positive().optional().describe('Stop for review every so many steps.'),
    everyUsd: positive.optional().describe('Stop for review every so many dollars.'),
    visibleRegression: positive
      .optional()
      .describe('Stop when the visible pass rate is this many percentage points below its best since the last gate.'),
  })
  .describe('When to stop for you. A gate also opens at a soft limit, when the agent asks, and at the end.');

const sandbox = z
  .strictObject({
    toolchains: z.array(text).optional().describe('Folders outside /usr that commands may read, such as "~/.cargo".'),
    commandSeconds: z.int().min(1).max(3600).optional().describe('How long a command of the agent may take.'),
    caseSeconds: z.number().min(0.1).max(600).optional().describe('How long one case may take.'),
    memoryMb: z.int().min(64).optional().describe('Memory for a command and all its children.'),
    processes: z.int().min(8).max(4096).optional().describe('Processes that a command may have at a time.'),
  })
  .describe('Limits of every command, build and candidate.');

export const taskSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: text.describe('What this rebuilds, such as "cmark → Perl".'),
    candidate,
    reference: reference.optional(),
    docs: z.array(text).default([]).describe('Documents for the agent, inside the workspace, relative to this file.'),
    suites,
    model,
    budget,
    gates: gates.default({}),
    sandbox: sandbox.default({}),
  })
  .describe('A task of Belay: which program to rebuild, how it is verified, and what the run may use.');

export type Task = z.infer<typeof taskSchema>;

/** One error of the task file: where (path of keys) and what to do. */
export interface TaskProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Whether the contributed JSON Schema says it too, so that an editor with JSON features shows it already. */
  readonly inSchema: boolean;
  /** The key at the end of `path` is wrong, not its value. */
  readonly atKey?: true;
}

export type TaskResult =
  { readonly ok: true; readonly task: Task } | { readonly ok: false; readonly problems: readonly TaskProblem[] };

/** The parts of a task that a check of meaning can look at, whatever is wrong with the others. */
export type TaskParts = Partial<Task>;

/** The top-level parts that keep to the schema, each by itself. Never throws. */
export function readableParts(value: unknown): TaskParts {
  if (typeof value !== 'object' || value === null) return {};
  const parts = Object.entries(taskSchema.shape).flatMap(([key, schema]) => {
    const result = schema.safeParse((value as Record<string, unknown>)[key]);
    return result.success && result.data !== undefined ? [[key, result.data] as const] : [];
  });
  return Object.fromEntries(parts);
}

/** Checks a parsed `belay.json`. Never throws. */
export function parseTask(value: unknown): TaskResult {
  const result = taskSchema.safeParse(value);
  if (result.success) return { ok: true, task: result.data };
  return { ok: false, problems: result.error.issues.map(problemOf) };
}

function problemOf(issue: z.core.$ZodIssue): TaskProblem {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    const message = `unknown key ${issue.keys.map((k) => `"${k}"`).join(', ')}`;
    return { path: [...path, ...issue.keys.slice(0, 1)], message, inSchema: true, atKey: true };
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return { path, message: `"${String(path.at(-1) ?? 'belay.json')}" is missing (${issue.expected})`, inSchema: true };
  }
  const received = issue.code === 'invalid_type' ? / received (\w+)$/.exec(issue.message)?.[1] : undefined;
  if (issue.code === 'invalid_type' && received !== undefined) {
    const message =
      issue.expected === 'int' && received === 'number'
        ? 'must be a whole number'
        : `must be ${withArticle(issue.expected)}, not ${withArticle(received)}`;
    return { path, message, inSchema: true };
  }
  // Refinements are all that zod cannot write as JSON Schema.
  return { path, message: issue.message, inSchema: issue.code !== 'custom' };
}

/** "a number", "an object"; null stays null. */
function withArticle(type: string): string {
  if (type === 'int') return 'a whole number';
  return type === 'null' ? type : `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** JSON Schema (draft 7) of the task file, contributed to the editor; generated at build time. */
export function taskJsonSchema(): object {
  return z.toJSONSchema(taskSchema, { target: 'draft-7', io: 'input' });
}

/** The facts that the journal's first entry carries. */
export function taskFacts(task: Task): TaskFacts {
  return {
    name: task.name,
    language: task.candidate.language,
    model: {
      provider: task.model.provider,
      name: task.model.name,
      maxOutputTokens: task.model.maxOutputTokens,
      price: {
        inputUsdPerMTok: task.model.price.input,
        cachedInputUsdPerMTok: task.model.price.cachedInput ?? task.model.price.input,
        outputUsdPerMTok: task.model.price.output,
      },
    },
    limits: budgetLimits(task),
    gates: defined<GatePolicy>(task.gates),
    hasReference: task.reference !== undefined,
    hasHeldOut: task.suites.heldOut !== undefined || task.suites.split !== undefined,
  };
}

function budgetLimits(task: Task): BudgetLimits {
  const { costUsd, tokens, wallHours, steps } = task.budget;
  const hours = (h: number | undefined) => (h === undefined ? undefined : h * 3_600_000);
  return defined<BudgetLimits>({
    costUsd: costUsd && defined<Limit>(costUsd),
    tokens: tokens && defined<Limit>(tokens),
    wallMs: wallHours && defined<Limit>({ soft: hours(wallHours.soft), hard: hours(wallHours.hard) }),
    steps: steps && defined<Limit>(steps),
  });
}

/** Drops the keys whose value is undefined, as `exactOptionalPropertyTypes` wants them. */
function defined<T extends object>(value: { [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}

/** `belay.json` as the agent may see it: no held-out path, no split (H1), no endpoint. */
export function redactTask(task: Task): object {
  const { suites: s, model: m, ...rest } = task;
  return { ...rest, suites: { visible: s.visible ?? 'run_visible_tests' }, model: { name: m.name } };
}
