/**
 * Job: read the command line.
 * Boundary: pure; a wrong usage is a UsageError with words, never an exit.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../base/assert.ts';
import { limits } from '../run/limits.ts';
import type { GateConduct } from '../client/runToEnd.ts';

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type Command =
  /** null: of all commands. */
  | { readonly kind: 'help'; readonly of: CommandName | null }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run';
      readonly path: string;
      readonly unsealed: boolean;
      /** null: as without it. */
      readonly storeQuotaBytes: number | null;
      readonly gates: GateConduct;
      readonly json: boolean;
    }
  | { readonly kind: 'failing'; readonly run: string | null; readonly json: boolean }
  | { readonly kind: 'status'; readonly run: string | null; readonly json: boolean }
  | { readonly kind: 'attach'; readonly run: string | null; readonly json: boolean }
  | { readonly kind: 'resume'; readonly run: string | null; readonly json: boolean; readonly gates: GateConduct }
  | { readonly kind: 'stop'; readonly run: string | null }
  | { readonly kind: 'report'; readonly run: string | null; readonly json: boolean; readonly markdown: boolean }
  | { readonly kind: 'forecast'; readonly run: string | null; readonly json: boolean }
  | { readonly kind: 'verify-audit'; readonly run: string | null; readonly json: boolean; readonly full: boolean }
  | {
      readonly kind: 'thin';
      readonly run: string | null;
      /** So many newest checkpoints stay whole. */
      readonly keep: number;
      readonly yes: boolean;
    }
  | { readonly kind: 'show-not-covered'; readonly run: string | null; readonly checkpoint: number | null }
  | { readonly kind: 'delete'; readonly run: string; readonly yes: boolean }
  | { readonly kind: 'check-sandbox' | 'policy'; readonly json: boolean }
  | {
      readonly kind: 'pause' | 'dismiss' | 'compact' | 'fresh' | 'switch-model' | 'undo' | 'undo-accept';
      readonly run: string | null;
    }
  | { readonly kind: 'diff'; readonly run: string | null; readonly from: DiffSide; readonly to: DiffSide }
  | {
      readonly kind: 'accept';
      readonly run: string | null;
      readonly file: string | null;
      readonly commit: boolean;
      /** null: the proposed one. */
      readonly message: string | null;
    }
  | {
      readonly kind: 'fork';
      readonly run: string | null;
      readonly checkpoint: number;
      readonly to: string;
      /** The name of its branch; '' for the proposed one; null: a plain folder. */
      readonly worktree: string | null;
    }
  | {
      readonly kind: 'record-suite';
      readonly path: string;
      readonly inputs: string | null;
      readonly cases: number;
      readonly seed: number | null;
      /** null: as the task names it, else tests/visible.jsonl of the folder. */
      readonly visible: string | null;
      /** null: as the task names it, else beside the folder. */
      readonly heldOut: string | null;
      readonly replace: boolean;
      readonly json: boolean;
    }
  | { readonly kind: 'question'; readonly run: string | null; readonly news: boolean }
  | { readonly kind: 'answer'; readonly run: string | null; readonly file: string }
  | { readonly kind: 'export-recording'; readonly run: string | null }
  | { readonly kind: 'bisect'; readonly run: string | null; readonly id: string }
  | { readonly kind: 'reject'; readonly run: string | null; readonly path: string; readonly reason: string }
  | { readonly kind: 'redirect'; readonly run: string | null; readonly text: string }
  | {
      readonly kind: 'rollback';
      readonly run: string | null;
      readonly to: number;
      /** Files and folders, as named; empty: the whole workspace. */
      readonly paths: readonly string[];
      readonly yes: boolean;
      readonly reason: string;
    };

/** A checkpoint's number, or a side by its name; "head" is the newest commit of the supervisor's repository. */
export type DiffSide = number | 'accepted' | 'workspace' | 'head';

const options = {
  json: { type: 'boolean' },
  markdown: { type: 'boolean' },
  unsealed: { type: 'boolean' },
  'until-gate': { type: 'boolean' },
  'accept-gates': { type: 'boolean' },
  'as-recorded': { type: 'boolean' },
  yes: { type: 'boolean' },
  keep: { type: 'string' },
  full: { type: 'boolean' },
  checkpoint: { type: 'string' },
  'quota-gb': { type: 'string' },
  new: { type: 'boolean' },
  run: { type: 'string' },
  reason: { type: 'string' },
  path: { type: 'string', multiple: true },
  file: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  worktree: { type: 'boolean' },
  branch: { type: 'string' },
  commit: { type: 'boolean' },
  message: { type: 'string', short: 'm' },
  inputs: { type: 'string' },
  cases: { type: 'string' },
  seed: { type: 'string' },
  visible: { type: 'string' },
  'held-out': { type: 'string' },
  replace: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** In each of the two suites. */
const defaultCases = 200;

type OptionName = keyof typeof options;
export type CommandName = Exclude<Command['kind'], 'help' | 'version'>;
type Parsed = ReturnType<typeof parse>;

/** Which options go with which command; `help` and `version` stand for themselves. */
export const optionsOf: Readonly<Record<CommandName, readonly OptionName[]>> = {
  run: ['json', 'quota-gb', 'unsealed', 'until-gate', 'accept-gates', 'as-recorded'],
  'record-suite': ['inputs', 'cases', 'seed', 'visible', 'held-out', 'replace', 'json'],
  failing: ['json'],
  status: ['json'],
  attach: ['json'],
  resume: ['json', 'until-gate', 'accept-gates', 'as-recorded'],
  stop: [],
  report: ['json', 'markdown'],
  forecast: ['json'],
  'verify-audit': ['json', 'full'],
  thin: ['keep', 'yes'],
  'show-not-covered': ['checkpoint'],
  delete: ['yes'],
  'check-sandbox': ['json'],
  policy: ['json'],
  pause: [],
  dismiss: [],
  compact: [],
  fresh: [],
  'switch-model': [],
  accept: ['file', 'commit', 'message'],
  'undo-accept': [],
  fork: ['checkpoint', 'to', 'worktree', 'branch'],
  diff: ['from', 'to'],
  undo: [],
  bisect: ['run'],
  redirect: ['run'],
  reject: ['run'],
  rollback: ['run', 'yes', 'reason', 'path'],
  question: ['new'],
  answer: ['run'],
  'export-recording': [],
};

/** @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.version === true) return { kind: 'version' };
  const [word = 'help', ...rest] = positionals;
  if (word === 'help') return { kind: 'help', of: rest[0] === undefined ? null : named(rest[0]) };
  const name = named(word);
  if (values.help === true) return { kind: 'help', of: name };
  for (const option of Object.keys(values) as OptionName[]) {
    if (!optionsOf[name].includes(option)) throw new UsageError(`"belay ${name}" has no option --${option}`);
  }
  if (name === 'reject') return rejectOf(rest, values);
  if (rest.length > 1)
    throw new UsageError(`"belay ${name}" takes one name, not ${String(rest.length)}: ${rest.join(' ')}`);
  return commandOf(name, rest[0] ?? null, values);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(messageOf(error).split('. ')[0] ?? '', { cause: error });
  }
}

function named(word: string): CommandName {
  if (isCommand(word)) return word;
  throw new UsageError(`There is no command "${word}"`);
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(optionsOf, name);
}

function rejectOf([path, reason = '', ...more]: readonly string[], { run }: Parsed['values']): Command {
  if (path === undefined) throw new UsageError('Name the file: belay reject src/main.sh "why"');
  if (more.length > 0) throw new UsageError('Put the reason in quotes: belay reject src/main.sh "why"');
  return { kind: 'reject', run: run ?? null, path, reason };
}

function commandOf(
  name: Exclude<keyof typeof optionsOf, 'reject'>,
  word: string | null,
  values: Parsed['values'],
): Command {
  const json = values.json === true;
  switch (name) {
    case 'run':
      return {
        kind: name,
        path: word ?? '.',
        unsealed: values.unsealed === true,
        storeQuotaBytes: quotaOf(values['quota-gb']),
        gates: gatesOf(values),
        json,
      };
    case 'record-suite':
      return recordOf(word, values);
    case 'thin':
      return {
        kind: name,
        run: word,
        keep: countOf(values.keep, '--keep') ?? limits.checkpointsKeptLast,
        yes: values.yes === true,
      };
    case 'show-not-covered':
      return { kind: name, run: word, checkpoint: countOf(values.checkpoint, '--checkpoint') };
    case 'delete':
      if (word === null) throw new UsageError('Name the run: belay delete 20261123-0640-7f3a');
      return { kind: name, run: word, yes: values.yes === true };
    case 'check-sandbox':
    case 'policy':
      if (word !== null) throw new UsageError(`"belay ${name}" takes no name: it is about this machine`);
      return { kind: name, json };
    case 'failing':
    case 'forecast':
    case 'status':
    case 'attach':
      return { kind: name, run: word, json };
    case 'verify-audit':
      return { kind: name, run: word, json, full: values.full === true };
    case 'report':
      if (json && values.markdown === true) throw new UsageError('--json and --markdown exclude each other');
      return { kind: name, run: word, json, markdown: values.markdown === true };
    case 'resume':
      return { kind: name, run: word, json, gates: gatesOf(values) };
    case 'accept':
      return acceptOf(word, values);
    case 'bisect':
      if (word === null) throw new UsageError('Name the case by its id: belay bisect tabs-1');
      return { kind: name, run: values.run ?? null, id: word };
    case 'redirect':
      if (word === null || word.trim() === '') throw new UsageError('Say what to do differently: belay redirect "…"');
      return { kind: name, run: values.run ?? null, text: word };
    case 'rollback':
      return rollbackOf(word, values);
    case 'diff':
      return { kind: name, run: word, from: sideOf(values.from ?? 'accepted'), to: sideOf(values.to ?? 'workspace') };
    case 'fork':
      return forkOf(word, values);
    case 'question':
      return { kind: name, run: word, news: values.new === true };
    case 'answer':
      if (word === null) throw new UsageError('Name the file with the answer, or - for standard input');
      return { kind: name, run: values.run ?? null, file: word };
    default:
      return { kind: name, run: word };
  }
}

function rollbackOf(word: string | null, { run, path, yes, reason }: Parsed['values']): Command {
  if (word === null || !/^\d+$/.test(word)) throw new UsageError('Name a checkpoint by its number: belay rollback 4');
  return {
    kind: 'rollback',
    run: run ?? null,
    to: Number(word),
    paths: path ?? [],
    yes: yes === true,
    reason: reason ?? '',
  };
}

function acceptOf(run: string | null, { file, commit = false, message }: Parsed['values']): Command {
  if (message !== undefined && !commit) throw new UsageError('-m is the message of a commit: add --commit');
  return { kind: 'accept', run, file: file ?? null, commit, message: message ?? null };
}

function recordOf(word: string | null, values: Parsed['values']): Command {
  const cases = countOf(values.cases, '--cases') ?? defaultCases;
  if (cases < 1 || cases > limits.recordedCases)
    throw new UsageError(`--cases ${String(cases)} does not fit: give 1 to ${String(limits.recordedCases)}`);
  return {
    kind: 'record-suite',
    path: word ?? '.',
    inputs: values.inputs ?? null,
    cases,
    seed: countOf(values.seed, '--seed'),
    visible: values.visible ?? null,
    heldOut: values['held-out'] ?? null,
    replace: values.replace === true,
    json: values.json === true,
  };
}

function sideOf(word: string): DiffSide {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  if (word === 'accepted' || word === 'workspace' || word === 'head') return word;
  throw new UsageError(`"${word}" is no side of a diff: name a checkpoint by its number, accepted, workspace, or head`);
}

function forkOf(run: string | null, { checkpoint, to, worktree, branch }: Parsed['values']): Command {
  if (checkpoint === undefined || !/^\d+$/.test(checkpoint) || to === undefined || to === '')
    throw new UsageError('Name a checkpoint and a new folder: belay fork --checkpoint 12 --to ../another');
  const named = branch ?? (worktree === true ? '' : null);
  return { kind: 'fork', run, checkpoint: Number(checkpoint), to, worktree: named };
}

function quotaOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const gb = Number(text);
  if (Number.isFinite(gb) && gb > 0) return gb * 1e9;
  throw new UsageError(`--quota-gb ${text} is no size: give gigabytes, such as 5 or 0.5`);
}

function countOf(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text) && (option !== '--keep' || Number(text) > 0)) return Number(text);
  throw new UsageError(`${option} ${text} is no number that fits`);
}

function gatesOf(values: Parsed['values']): GateConduct {
  const conducts = { 'until-gate': 'stop', 'accept-gates': 'accept', 'as-recorded': 'recorded' } as const;
  const given = (Object.keys(conducts) as (keyof typeof conducts)[]).filter((name) => values[name] === true);
  const [first, second] = given;
  if (second !== undefined) throw new UsageError(`--${String(first)} and --${second} exclude each other`);
  return first === undefined ? 'wait' : conducts[first];
}
