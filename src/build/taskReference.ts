/**
 * Job: the references of the task file, of a case and of a policy as Markdown, from the very schemas that check them.
 * Boundary: pure; knows the few words of JSON Schema that zod writes for these schemas, and throws at a key without a description.
 */
import { assert } from '../base/assert.ts';
import { caseJsonSchema } from '../run/case.ts';
import { policyJsonSchema } from '../run/policy.ts';
import { suiteJsonSchema } from '../run/suite.ts';
import { taskJsonSchema } from '../run/task.ts';

/** What is used of JSON Schema, draft 7. */
interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly format?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
}

/** A whole task file, with what most tasks name. */
export const exampleTask = `{
  "name": "cmark → Perl",
  "candidate": { "language": "perl", "build": "perl -c cmark.pl", "run": ["perl", "cmark.pl"] },
  "reference": { "command": ["cmark", "--unsafe"] },      // the agent may ask it, never read it
  "docs": ["docs/spec.md"],
  "suites": {
    "visible": "tests/visible.jsonl",                     // the agent may read and run these
    "heldOut": "~/held-out/cmark.jsonl"                   // outside the folder; the agent never learns of them
  },                                                      // or: "split": { "file": "~/all.jsonl", "heldOutShare": 0.5 }
  "model": { "provider": "anthropic", "name": "claude-sonnet-4-5" },
  "budget": { "costUsd": { "soft": 20, "hard": 60 }, "steps": { "hard": 500 } },
  "gates": { "everySteps": 20, "everyUsd": 10, "visibleRegression": 3 },
  "sandbox": { "commandSeconds": 60, "toolchains": ["~/sdk/go1.24"] }
}`;

export const exampleCase =
  '{"id": "tabs-1", "tags": ["Tabs"], "args": [], "stdin": "\\tfoo\\n", "expect": {"stdout": "<pre>…</pre>\\n", "exit": 0}}';

export const exampleSuite = `{
  "files": ["tests"],                                     // beside this file; as they are when the run begins
  "cases": [
    { "id": "weeks", "tags": ["weeks"], "command": "sh tests/weeks.sh", "expect": { "exit": 0 } }
  ]
  // or: "junit": { "command": "pytest -q --junitxml=report.xml tests", "report": "report.xml", "cases": 120 }
}`;

/** `media/docs/task-file.md`. */
export function taskReference(): string {
  const task: Schema = taskJsonSchema();
  const suite: Schema = suiteJsonSchema();
  const { cases, ...properties } = suite.properties ?? {};
  return [
    '# The task file',
    `\`belay.json\`, at the top of the folder in which the program is rebuilt, says what to rebuild, how it is verified, which model
works and what it may use. Comments are allowed. VS Code completes and checks it as you type; **Belay: New Task…** writes one.`,
    `\`\`\`jsonc\n${exampleTask}\n\`\`\``,
    `Required are ${requiredOf(task)}. Paths are relative to the file; \`~\` is your home folder.`,
    ...Object.entries(task.properties ?? {})
      .filter(([key]) => key !== '$schema')
      .map(([key, schema]) => sectionOf(key, schema, task.required?.includes(key) === true)),
    '## A case',
    `One line of a suite file is one case:\n\n\`\`\`json\n${exampleCase}\n\`\`\``,
    table('', caseJsonSchema()),
    '## A suite',
    `A suite is a file with one case a line, as above. Where cases share files, or another program runs them, it is one object in place of
the lines. Tests that come with a program are a suite so: each is a case whose \`command\` has to end with the exit code that it
expects, or one command runs them all and writes a report in JUnit’s XML.`,
    `\`\`\`jsonc\n${exampleSuite}\n\`\`\``,
    `A command runs in the case’s folder: what the suite shares stands there, and beside it the files of the build (as links to
\`/belay/build\`, which is read-only). It knows what it looks for, and so can the candidate beside it: **a held-out suite of commands
or of a report counts as NOT sealed**, and of two suites that say the same, one of plain cases is worth more.`,
    table('', {
      ...suite,
      properties: { ...properties, ...(cases && { cases: { ...cases, items: { type: 'case' } } }) },
    }),
    '',
  ].join('\n\n');
}

const examplePolicy = `{
  "limits": { "costUsd": 200, "wallHours": 240 },
  "mayRaiseLimits": ["anna", "kim"],
  "mayAccept": ["anna", "kim", "lee"],
  "mayAllowNetwork": [],
  "contact": "platform@example.com"
}`;

/** `media/docs/policy.md`. */
export function policyReference(): string {
  return [
    '# The policy of an organisation',
    `\`/etc/belay/policy.json\` says what runs of Belay may do on this machine, and who may. Comments are allowed, every key may be left
out. The engine holds it; no task file, setting or folder loosens it. \`belay policy\` shows what holds.`,
    `\`\`\`jsonc\n${examplePolicy}\n\`\`\``,
    table('', policyJsonSchema()),
    `It is believed only where root alone can change it: file and folder belong to root, and nobody else may write them. The environment
variable \`BELAY_POLICY\` of whoever starts a run may name a further such file, by its absolute path: it adds to the first and never
replaces it; what one of them forbids is forbidden. **A policy that can't be read, believed or understood lets nothing start**, and says
at which file and line.`,
    `People are named by their user on this machine: the one that the engine runs as, which no window or command line can choose. A policy
that is changed holds from the next start, and for whoever raises a limit or accepts at once; a run that has begun keeps the limits that
it has until one of them is raised. It binds those who use Belay as it is installed: who can replace the program, or is root, is not
bound by it.`,
    '',
  ].join('\n\n');
}

function sectionOf(key: string, schema: Schema, required: boolean): string {
  const head = `## \`${key}\`\n\n${required ? 'Required. ' : ''}${descriptionOf(key, schema)}`;
  if (schema.oneOf !== undefined) return `${head}\n\n${variants(key, schema.oneOf)}`;
  if (schema.properties === undefined) return `${head}\n\nValue: ${facts(schema)}.`;
  return `${head}\n\n${table(key, schema)}`;
}

/** A table a variant; an object that all of them share (a price) stands once, below. */
function variants(key: string, schemas: readonly Schema[]): string {
  const shared = new Map<string, Schema>();
  const parts = schemas.map((schema) => {
    const { provider, ...properties } = schema.properties ?? {};
    assert(provider?.const !== undefined, `${key}: a variant names its provider`);
    const flat = Object.entries(properties).map(([name, { properties: inner, ...rest }]): [string, Schema] => {
      if (inner !== undefined) shared.set(name, properties[name] ?? {});
      return [name, inner === undefined ? rest : { ...rest, type: 'object' }];
    });
    return `### \`"provider": "${provider.const}"\`\n\n${provider.description ?? ''}\n\n${table('', { ...schema, properties: Object.fromEntries(flat) })}`;
  });
  const rest = [...shared].map(
    ([name, schema]) => `### \`${name}\`\n\n${descriptionOf(name, schema)}\n\n${table(name, schema)}`,
  );
  return [...parts, ...rest].join('\n\n');
}

function table(prefix: string, schema: Schema): string {
  const rows = rowsOf(prefix, schema);
  return ['| key | value | |', '|---|---|---|', ...rows].join('\n');
}

/** A row a key; the keys of an object within follow it. */
function rowsOf(prefix: string, schema: Schema): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    const required = schema.required?.includes(name) === true ? '**required** · ' : '';
    const row = `| \`${key}\` | ${required}${facts(value)} | ${cell(descriptionOf(key, value))} |`;
    return [row, ...rowsOf(key, value)];
  });
}

/** Type, range and default: "number, 0.05 to 0.95, default `0.5`". */
function facts(schema: Schema): string {
  const { default: fallback } = schema;
  const without = fallback === undefined || (typeof fallback === 'object' && Object.keys(fallback ?? {}).length === 0);
  return [typeOf(schema), rangeOf(schema), without ? '' : `default \`${JSON.stringify(fallback)}\``]
    .filter((part) => part !== '')
    .join(', ');
}

function typeOf({ type, const: constant, enum: choices, items, format, additionalProperties }: Schema): string {
  if (constant !== undefined) return `\`"${constant}"\``;
  if (choices !== undefined) return choices.map((choice) => `\`"${choice}"\``).join(' or ');
  if (format === 'uri') return 'address';
  if (type === 'array') return `list of ${typeOf(items ?? {})}s`;
  if (type === 'object' && typeof additionalProperties === 'object')
    return `object of ${typeOf(additionalProperties)}s`;
  const words: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', boolean: 'true or false' };
  return words[type ?? ''] ?? type ?? '';
}

/** zod writes the bounds of a safe integer where a schema names none. */
function rangeOf({ minimum, maximum, exclusiveMinimum }: Schema): string {
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (exclusiveMinimum !== undefined) return `more than ${exclusiveMinimum}`;
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `${least} or more`;
  return most === undefined ? '' : `at most ${most}`;
}

function descriptionOf(key: string, { description }: Schema): string {
  assert(description !== undefined, `"${key}" has a description in its schema`);
  return description;
}

const requiredOf = ({ required = [] }: Schema): string => required.map((key) => `\`${key}\``).join(', ');

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
