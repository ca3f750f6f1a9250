/**
 * Job: the task file `belay.json`: one zod schema for the types, the JSON Schema that the editor completes from, and the
 * errors that a person reads.
 * Boundary: what a schema can say. What needs the disk (file missing, suite empty, program not found) is told by the
 * language server and by the engine at start. Only the extension's late bundles, the engine, the language server and the
 * command line import this module: zod is too large for activation and the webview.
 */
import { z } from 'zod';
import type { BudgetLimits, GatePolicy, Limit, ModelFacts, TaskFacts } from './entry.ts';
import { defined, maxOutputTokens, positive, price, text } from './schemaParts.ts';
import { context, contextPolicy } from './taskContext.ts';
import { forecast, forecastPolicy } from './taskForecast.ts';
import { stallPolicy, stalls } from './taskStalls.ts';
import { throttle, throttlePolicy } from './taskThrottle.ts';
import { defaultVerification } from './verificationPlan.ts';
import { isAskedOfNobody, isUnpriced, providers, type Provider } from './providers.ts';
import { schemaProblem, type SchemaProblem } from './schemaProblem.ts';

const command = z.array(text).min(1, 'names a program and its arguments, such as ["perl", "cmark.pl"]');

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
    forbidden: z
      .array(text)
      .optional()
      .describe('Libraries that would solve the task, such as "markdown": a source that uses one is flagged.'),
  })
  .describe('The program to be built.');

const reference = z
  .strictObject({ command: command.describe('The original program; only `probe_reference` runs it.') })
  .describe('The original program, where there is one. The agent can ask it questions but never sees its file.');

const suites = z
  .strictObject({
    visible: text
      .describe('A suite that the agent may read: a file with one case a line, or one object; relative to this file.')
      .optional(),
    heldOut: text
      .describe(
        'A suite that the agent may never learn of: a file outside the workspace (absolute, ~, or relative to this file).',
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

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  // JSON Schema has no word for the protocol of a URI; the pattern says it there.
  .meta({ pattern: '^https?://', patternErrorMessage: 'must be an http or https address' });

/** A provider's own service; `baseUrl` is for firms that reach it through a gateway of theirs. */
function hosted<P extends string>(provider: P, words: string, example: string) {
  return z.strictObject({
    provider: z.literal(provider).describe(words),
    name: text.describe(`The model, such as "${example}".`),
    baseUrl: address.optional().describe('Where the service is reached, if not at the provider’s own address.'),
    price,
    maxOutputTokens,
  });
}

/** The part `model` by itself: a choice is completed with its defaults before it is judged. */
export const taskModelSchema = z
  .discriminatedUnion(
    'provider',
    [
      z.strictObject({
        provider: z
          .literal('vscode')
          .describe(
            'A model that VS Code offers, such as Copilot’s. It is asked through an open window: the run waits while there is none.',
          ),
        name: text.describe('The model as VS Code lists it: its id, family or name, such as "gpt-5".'),
        vendor: text.optional().describe('Who offers it, such as "copilot", where several offer one of that name.'),
        price,
        maxOutputTokens,
      }),
      hosted('anthropic', 'Anthropic’s models; needs a key of theirs.', 'claude-sonnet-4-5'),
      hosted('openai', 'OpenAI’s models; needs a key of theirs.', 'gpt-5'),
      hosted('google', 'Google’s Gemini models; needs a key of theirs.', 'gemini-2.5-pro'),
      z.strictObject({
        provider: z
          .literal('openai-compatible')
          .describe('Any endpoint that speaks the OpenAI chat protocol: Ollama, LM Studio, llama.cpp, a gateway.'),
        baseUrl: address.describe('Where the endpoint is, such as "http://127.0.0.1:11434/v1".'),
        name: text.describe('The name of the model there.'),
        price,
        maxOutputTokens,
      }),
      z.strictObject({
        provider: z
          .literal('manual')
          .describe('You are the model’s wire: Belay writes the prompt, you paste the answer.'),
        name: text.default('by hand').describe('What you call it.'),
        price,
        maxOutputTokens,
      }),
      z.strictObject({
        provider: z
          .literal('recorded')
          .describe('Plays the answers of an earlier run; everything else is done for real.'),
        name: text.default('recording').describe('The model that gave the answers.'),
        file: text.describe('The recording, relative to this file.'),
        secondsPerAnswer: z
          .number()
          .min(0)
          .max(60)
          .default(0)
          .describe('How long each answer takes, so that you can follow.'),
        price,
        maxOutputTokens,
      }),
    ],
    {
      error: `must be one of ${providers.map((p) => `"${p}"`).join(', ')}`,
    },
  )
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
    integrity: z
      .boolean()
      .default(true)
      .describe(
        'Stop when the source holds many expected outputs or a forbidden library, when a suite lost cases, and when the agent claims more than the verdicts say.',
      ),
    correctnessDebt: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe(
        'Stop when the visible pass rate is more than this many percentage points above the held-out one, and by more than chance explains. 100: never.',
      ),
  })
  .describe('When to stop for you. A gate also opens at a soft limit, when the agent asks, and at the end.');

const verification = z
  .strictObject({
    cpuShare: z
      .number()
      .min(0.001)
      .max(64)
      .default(defaultVerification.cpuShare)
      .describe(
        'What verification may use of one core over the hours; 2: two cores. Above it, samples of the visible suite get smaller or wait. What a gate needs is run in any case.',
      ),
    completeEvery: z
      .int()
      .min(1)
      .max(10_000)
      .default(defaultVerification.completeEvery)
      .describe(
        'After this many checkpoints at the latest the visible suite is run whole. 1: as often as time allows.',
      ),
  })
  .describe(
    'How the visible suite is verified while the agent works. A suite that takes little time is run whole, of a larger one a sample. At gates both suites are run whole.',
  );

const sandbox = z
  .strictObject({
    toolchains: z
      .array(text)
      .optional()
      .describe(
        'Folders outside /usr that commands may read and whose "bin" they find programs in, such as "~/sdk/go1.24".',
      ),
    commandSeconds: z.int().min(1).max(3600).optional().describe('How long a command of the agent may take.'),
    caseSeconds: z.number().min(0.1).max(600).optional().describe('How long one case may take.'),
    memoryMb: z.int().min(64).optional().describe('Memory for a command and all its children.'),
    processes: z.int().min(8).max(4096).optional().describe('Processes that a command may have at a time.'),
  })
  .describe('Limits of every command, build and candidate.');

export const taskSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Where another editor finds the schema; VS Code has it already.'),
    name: text.describe('What this rebuilds, such as "cmark → Perl".'),
    candidate,
    reference: reference.optional(),
    docs: z.array(text).default([]).describe('Documents for the agent, inside the workspace, relative to this file.'),
    suites,
    model: taskModelSchema,
    budget,
    gates: gates.prefault({}),
    verification: verification.prefault({}),
    stalls: stalls.prefault({}),
    forecast: forecast.prefault({}),
    context: context.optional(),
    throttle: throttle.optional(),
    sandbox: sandbox.default({}),
  })
  .refine(isBounded, {
    path: ['budget'],
    message: 'dollars do not bound a model whose price is not known: give "steps" or "tokens" a hard limit',
  })
  .refine((task) => task.stalls.otherModel === undefined || !isAskedOfNobody(task.model.provider), {
    path: ['stalls', 'otherModel'],
    message: 'nobody is asked by a "manual" or "recorded" model, so there is no other one',
  })
  .describe('A task of Belay: which program to rebuild, how it is verified, and what the run may use.');

export type Task = z.infer<typeof taskSchema>;

/** The task's model as it is written in `belay.json`: what has a default may be left out. */
export type ModelChoice = z.input<typeof taskModelSchema>;

/** B1: where no price is known, a limit in dollars would never be reached. */
function isBounded(task: {
  readonly model: { readonly provider: Provider; readonly price?: unknown };
  readonly budget: z.infer<typeof budget>;
}): boolean {
  const { model: m, budget: b } = task;
  if (m.price !== undefined || !isUnpriced(m.provider)) return true;
  return b.steps?.hard !== undefined || b.tokens?.hard !== undefined;
}

/** One error of the task file. */
export type TaskProblem = SchemaProblem;

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

/** Each has to be placed in the text, and nobody reads more. */
const problemsMost = 100;

/** Checks a parsed `belay.json`. Never throws. */
export function parseTask(value: unknown): TaskResult {
  const result = taskSchema.safeParse(value);
  if (result.success) return { ok: true, task: result.data };
  const { issues } = result.error;
  const problems = issues.slice(0, problemsMost).map((issue) => schemaProblem(issue, 'belay.json'));
  const left = issues.length - problems.length;
  const more: TaskProblem = { path: [], message: `${String(left)} more problems`, inSchema: true };
  return { ok: false, problems: left > 0 ? [...problems, more] : problems };
}

/** JSON Schema (draft 7) of the task file, contributed to the editor; generated at build time. */
export function taskJsonSchema(): object {
  return z.toJSONSchema(taskSchema, { target: 'draft-7', io: 'input' });
}

/** What the price list has of a model. */
export type PricedModel = Pick<ModelFacts, 'price' | 'priceFrom' | 'windowTokens'>;

/** The facts that the journal's first entry carries. @param zone the machine's time zone @param other of its other model */
export function taskFacts(task: Task, priced: PricedModel, zone: string, other?: PricedModel): TaskFacts {
  const otherTask = otherModelOf(task);
  return {
    name: task.name,
    language: task.candidate.language,
    model: modelFacts(task.model, priced, task.context?.windowTokens),
    limits: budgetLimits(task),
    gates: defined<GatePolicy>(task.gates),
    verification: task.verification,
    stalls: stallPolicy(task.stalls),
    ...(otherTask && other && { otherModel: modelFacts(otherTask, other, task.stalls.otherModel?.windowTokens) }),
    forecast: forecastPolicy(task.forecast),
    context: contextPolicy(task.context, isAskedOfNobody(task.model.provider)),
    ...(task.throttle && { throttle: throttlePolicy(task.throttle, zone) }),
    hasReference: task.reference !== undefined,
    hasHeldOut: task.suites.heldOut !== undefined || task.suites.split !== undefined,
  };
}

function modelFacts(model: Task['model'], priced: PricedModel, windowTokens: number | undefined): ModelFacts {
  return {
    provider: model.provider,
    name: model.name,
    ...('vendor' in model && model.vendor !== undefined && { vendor: model.vendor }),
    maxOutputTokens: model.maxOutputTokens,
    ...priced,
    ...(windowTokens !== undefined && { windowTokens }),
  };
}

/** The other model as if the task named it; null: it names none. */
export function otherModelOf({ model, stalls: { otherModel } }: Pick<Task, 'model' | 'stalls'>): Task['model'] | null {
  if (otherModel === undefined) return null;
  const { name, price, maxOutputTokens = model.maxOutputTokens } = otherModel;
  return { ...model, name, price, maxOutputTokens };
}

/** The limits that a run of this task begins with. */
export function budgetLimits(task: Task): BudgetLimits {
  const { costUsd, tokens, wallHours, steps } = task.budget;
  const hours = (h: number | undefined) => (h === undefined ? undefined : h * 3_600_000);
  return defined<BudgetLimits>({
    costUsd: costUsd && defined<Limit>(costUsd),
    tokens: tokens && defined<Limit>(tokens),
    wallMs: wallHours && defined<Limit>({ soft: hours(wallHours.soft), hard: hours(wallHours.hard) }),
    steps: steps && defined<Limit>(steps),
  });
}

/** `belay.json` as the agent may see it: no held-out path, no split (H1), no endpoint, not when it is measured nor what it is worth. */
export function redactTask(task: Task): object {
  const { suites: s, model: m, verification: _, stalls: __, forecast: ____, context: ___, ...rest } = task;
  return { ...rest, suites: { visible: s.visible ?? 'run_visible_tests' }, model: { name: m.name } };
}
