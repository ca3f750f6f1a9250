/**
 * Job: stands in for a model that rebuilds cmark in Perl: looks at one request and says what to do next.
 * Boundary: a pure function of the request; between requests it keeps nothing. What the request doesn't show (after a
 * rollback or a cut of the history) it looks up again with the tools.
 * How it goes: look around, plan, then an increment a step; what a directive names comes next; one increment is written
 * with a flaw, noticed by its verdicts and repaired; at the end it checks and finishes.
 */
import { isError, readPast, type ChatMessage, type Past, type PastCall } from './conversation.ts';
import { readWish, type Wish } from './directives.ts';
import { endOfConstructs, increment, increments, mainFile, type Increment, type SourceFile } from './increments.ts';

export interface PlannedCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly text: string;
  readonly toolCalls: readonly PlannedCall[];
}

export interface ToolDescription {
  readonly function: { readonly name: string };
}

interface Situation {
  readonly past: Past;
  /** Newest first: the latest word of the supervisor counts first. */
  readonly wishes: readonly Wish[];
}

type Rule = (now: Situation) => Answer | null;

/** What the model would answer. `tools`: those that the request offers; calls of others are left out. */
export function answer(messages: readonly ChatMessage[], tools: readonly ToolDescription[] = []): Answer {
  const past = readPast(messages);
  const now = { past, wishes: past.directives.map(readWish).reverse() };
  const offered = new Set(tools.map((tool) => tool.function.name));
  for (const rule of rules) {
    const said = rule(now);
    if (said !== null)
      return { ...said, toolCalls: said.toolCalls.filter((c) => offered.size === 0 || offered.has(c.name)) };
  }
  return finish();
}

const call = (name: string, args: Record<string, unknown> = {}): PlannedCall => ({ name, args });
const read = (path: string) => call('read_file', { path });
const calls = (past: Past, name: string): PastCall[] => past.calls.filter((c) => c.name === name);
const skeleton = increment('paragraphs');
const [flawed] = increments.filter((i) => i.repair !== null);

/** Nothing is known of the files: list them; read what matters if they have been there before. */
const look: Rule = ({ past }) => {
  if (past.listed !== null || past.files.has(mainFile)) return null;
  if (past.rolledBack) {
    return {
      text: 'The workspace was rolled back. I look at what is there now before I go on.',
      toolCalls: [call('list_files'), read(mainFile)],
    };
  }
  return {
    text: 'I start with the documents and with what is already there.',
    toolCalls: [call('list_files'), call('read_file', { path: 'docs/spec.md', limit: 120 })],
  };
};

/** Content that decides what is in, and files on which an edit failed, are read before anything is written. */
const readFirst: Rule = ({ past }) => {
  const needed = [
    mainFile,
    ...increments.filter((i) => i.sign !== null || i.repair !== null).flatMap((i) => i.files.map((f) => f.path)),
  ];
  const unread = needed.filter((path) => !isAbsent(past, path) && typeof past.files.get(path) !== 'object');
  const paths = [...new Set([...unread, ...past.suspects])];
  if (paths.length === 0) return null;
  const stuck = paths.find((path) => (past.failures.get(path) ?? 0) >= 3);
  if (stuck !== undefined && !lastStep(past).some((c) => c.name === 'ask')) {
    const reason =
      past.calls.findLast((c) => c.args?.['path'] === stuck && c.result !== null && isError(c.result))?.result ?? '';
    return {
      text: `I can't get on with ${stuck}.`,
      toolCalls: [call('ask', { question: `I can't get on with ${stuck} (${reason}). What shall I do?` }), read(stuck)],
    };
  }
  return { text: `I read ${paths.join(', ')} first: I have no current view of it.`, toolCalls: paths.map(read) };
};

const lastStep = (past: Past): PastCall[] => past.calls.filter((c) => c.step === past.steps - 1);

function isAbsent(past: Past, path: string): boolean {
  const view = past.files.get(path);
  if (view !== undefined) return view === 'absent';
  // A listing without whole paths, or a shortened one, tells nothing about what it doesn't show.
  return past.listed !== null && past.listed.has('docs/spec.md') && !past.listed.has(path);
}

function contentOf(past: Past, path: string): string {
  const view = past.files.get(path);
  return typeof view === 'object' ? view.content : '';
}

function isIn(past: Past, which: Increment): boolean {
  if (which.files.some((file) => isAbsent(past, file.path))) return false;
  if (which.sign !== null) return which.files.some((file) => contentOf(past, file.path).includes(which.sign ?? ''));
  return which.modules.every((module) => contentOf(past, mainFile).includes(`use ${module};`));
}

const makePlan: Rule = ({ past, wishes }) => {
  if (calls(past, 'plan').length > 0 || isIn(past, skeleton)) return null;
  return {
    text: 'The plan: a skeleton in which each construct registers itself, then the constructs one by one, blocks before inlines.',
    toolCalls: [plan(past, wishes), call('probe_reference', { stdin: 'Hello *world* & <you>\n' })],
  };
};

function plan(past: Past, wishes: readonly Wish[], doing?: Increment): PlannedCall {
  const order = [skeleton, ...inOrder(past, wishes), ...increments];
  const items = [...new Set(order)].map((i) => ({
    title: i.title,
    status: isIn(past, i) ? 'done' : i === doing ? 'doing' : 'open',
  }));
  return call('plan', { items });
}

const base: Rule = ({ past, wishes }) => (isIn(past, skeleton) ? null : write(past, wishes, [skeleton], skeleton));

/** The increments that are missing, in the order in which they come: as the supervisor wishes, then as planned. */
function inOrder(past: Past, wishes: readonly Wish[]): Increment[] {
  const skipped = new Set(wishes.flatMap((w) => w.skip).filter((i) => !wishes.some((w) => w.first.includes(i))));
  const order = [...new Set([...wishes.flatMap((w) => w.first), ...increments])];
  return order.filter((i) => !isIn(past, i) && !skipped.has(i));
}

/** "Ask me before …": once for each such directive, at the increment that it names, or at the next one. */
const askFirst: Rule = ({ past, wishes }) => {
  const next = inOrder(past, wishes)[0];
  for (const { directive, about, asksFirst } of wishes) {
    const tag = `Directive ${String(directive.number)}`;
    const asked = calls(past, 'ask').some((c) => String(c.args?.['question']).includes(tag));
    if (!asksFirst || asked || next === undefined || (about.length > 0 && !about.includes(next))) continue;
    return {
      text: `${tag} says to ask before this.`,
      toolCalls: [call('ask', { question: `${tag}: may I go on with ${next.title}?` })],
    };
  }
  return null;
};

/** A directive about something that is already there: its module is looked at again and says so. */
const revise: Rule = ({ past, wishes }) => {
  for (const { directive, about, asksFirst } of wishes) {
    if (asksFirst || about.length === 0 || !about.every((i) => isIn(past, i))) continue;
    const mark = markOf(directive.number);
    const paths = about.flatMap((i) => i.files.slice(-1)).map((f) => f.path);
    if (paths.some((path) => contentOf(past, path).includes(mark))) continue;
    const unread = paths.filter((path) => typeof past.files.get(path) !== 'object');
    if (unread.length > 0)
      return {
        text: `Directive ${String(directive.number)}: I read ${unread.join(', ')} again.`,
        toolCalls: unread.map(read),
      };
    const tags = about.flatMap((i) => i.tags);
    return {
      text: `Directive ${String(directive.number)}: I go over ${about.map((i) => i.title).join(' and ')} once more.`,
      toolCalls: [...paths.map((path) => markFile(past, path, mark)), call('run_visible_tests', { tags })],
    };
  }
  return null;
};

const markOf = (number: number) => `# directive ${String(number)}`;

function markFile(past: Past, path: string, mark: string): PlannedCall {
  const first = contentOf(past, path).split('\n')[0] ?? '';
  return call('edit_file', { path, old: `${first}\n`, new: `${first}\n${mark}\n` });
}

/** What a directive names comes next, before anything else. */
const directed: Rule = ({ past, wishes }) => {
  const [next] = inOrder(past, wishes);
  return next !== undefined && wishes.some((w) => w.first.includes(next)) ? bring(past, wishes, next) : null;
};

/** The flaw: verdicts fell, so it first looks closer, then repairs. */
const repair: Rule = ({ past }) => {
  const fix = flawed?.repair;
  if (flawed === undefined || fix === undefined || fix === null || !contentOf(past, fix.path).includes(fix.old))
    return null;
  const input = 'one\ntwo\n';
  const written = past.calls.findLast((c) => c.args?.['path'] === fix.path && c.name === 'write_file')?.step ?? -1;
  const lookedAt = calls(past, 'probe_reference').some((c) => c.step > written && c.args?.['stdin'] === input);
  if (!lookedAt) {
    return {
      text: `Something is off with ${flawed.title}: cases of other sections fail now. I compare with the reference.`,
      toolCalls: [
        call('probe_reference', { stdin: input }),
        call('run_visible_tests', { tags: ['Paragraphs', ...flawed.tags] }),
      ],
    };
  }
  return {
    text: `${flawed.title}, repaired: ${fix.says}`,
    toolCalls: [call('edit_file', { path: fix.path, old: fix.old, new: fix.new }), call('run_visible_tests')],
  };
};

const goOn: Rule = ({ past, wishes }) => {
  const [next] = inOrder(past, wishes);
  return next === undefined ? null : bring(past, wishes, next);
};

/** Looks things up first where the increment is a hard one, then writes it with what it needs. */
function bring(past: Past, wishes: readonly Wish[], next: Increment): Answer {
  const wanted = wishes.some((w) => w.first.includes(next));
  const probed = calls(past, 'probe_reference').some((c) => c.args?.['stdin'] === next.probe);
  if (next.probe !== null && !probed && !wanted) {
    return {
      text: `${next.title}: before I write it I ask the reference and look up the rule.`,
      toolCalls: [
        call('probe_reference', { stdin: next.probe }),
        call('search', { pattern: next.lookUp, path: 'docs/spec.md' }),
      ],
    };
  }
  return write(past, wishes, withRequired(past, next), next);
}

function withRequired(past: Past, next: Increment): Increment[] {
  const before = next.requires
    .map(increment)
    .filter((i) => !isIn(past, i))
    .flatMap((i) => withRequired(past, i));
  return [...new Set([...before, next])];
}

function write(past: Past, wishes: readonly Wish[], which: readonly Increment[], last: Increment): Answer {
  const named = wishes.filter((w) => w.first.includes(last));
  const general = wishes.filter((w) => w.first.length === 0 && w.skip.length === 0 && !w.asksFirst);
  const numbers = [...named, ...general].map((w) => w.directive.number).sort((a, b) => a - b);
  const marks = numbers.map(markOf);
  const files = which.flatMap((i) => filesOf(past, i, marks, named.length > 0));
  const edits = files
    .filter((file) => contentOf(past, file.path) !== file.content)
    .map((file) => call('write_file', { path: file.path, content: file.content }));
  const says = which.map((i) => `${i.title}: ${i.says}`).join(' ');
  const prefix = named[0] === undefined ? '' : `As directive ${String(named[0].directive.number)} asks. `;
  return {
    text: `${prefix}${says}`,
    toolCalls: [...edits, ...load(past, which, marks), ...checks(past, wishes, last)],
  };
}

/** The main file of the skeleton comes last, so that it stands only where everything it loads stands too. */
function filesOf(past: Past, which: Increment, marks: readonly string[], careful: boolean): SourceFile[] {
  const missing =
    which === skeleton ? which.files.filter((f) => isAbsent(past, f.path) || f.path === mainFile) : which.files;
  const fix = careful ? which.repair : null;
  const files = missing.map(({ path, content }) => {
    const sound = fix?.path === path ? content.replace(fix.old, () => fix.new) : content;
    return { path, content: path === mainFile ? sound : sound.replace('\n', () => ['', ...marks, ''].join('\n')) };
  });
  return files.sort((a, b) => Number(a.path === mainFile) - Number(b.path === mainFile));
}

function load(past: Past, which: readonly Increment[], marks: readonly string[]): PlannedCall[] {
  const main = contentOf(past, mainFile);
  const modules = which.flatMap((i) => i.modules).filter((module) => !main.includes(`use ${module};`));
  if (modules.length === 0) return [];
  const lines = modules.map((module) => `use ${module};${marks.map((mark) => ` ${mark}`).join('')}`).join('\n');
  if (main.includes(endOfConstructs))
    return [call('edit_file', { path: mainFile, old: endOfConstructs, new: `${lines}\n${endOfConstructs}` })];
  // The supervisor took the line away: behind the last module, wherever that is.
  const after = main.match(/^use Cmark::.*$/gm)?.at(-1) ?? 'use warnings;';
  return [call('edit_file', { path: mainFile, old: after, new: `${after}\n${lines}` })];
}

function checks(past: Past, wishes: readonly Wish[], last: Increment): PlannedCall[] {
  const index = increments.indexOf(last);
  const all = last.repair !== null || index % 3 === 0;
  const tests = call('run_visible_tests', all ? {} : { tags: [...last.tags] });
  const syntax = index % 4 === 1 ? [call('run', { command: `perl -c ${mainFile}` })] : [];
  const note = index % 6 === 4 ? [call('note', { text: `${last.title}: ${last.says}` })] : [];
  const planned = index % 5 === 3 ? [plan(past, wishes, last)] : [];
  return [...syntax, tests, ...note, ...planned];
}

/** All is in: everything once more, unless the last thing done was just that. */
const lastCheck: Rule = ({ past, wishes }) => {
  const edited = past.calls.findLastIndex((c) => c.name === 'write_file' || c.name === 'edit_file');
  const checked = past.calls.findLastIndex(
    (c) => c.name === 'run_visible_tests' && c.args !== null && Object.keys(c.args).length === 0,
  );
  if (checked > edited) return null;
  return {
    text: 'All constructs are in. I run everything once more.',
    toolCalls: [call('run', { command: `perl -c ${mainFile}` }), call('run_visible_tests'), plan(past, wishes)],
  };
};

function finish(): Answer {
  const summary =
    'The parser has all constructs of the specification, one module each; entity names beyond HTML 4 are the known gap.';
  return { text: 'The program is complete as far as I can tell.', toolCalls: [call('finish', { summary })] };
}

const rules: readonly Rule[] = [look, readFirst, makePlan, base, askFirst, revise, directed, repair, goOn, lastCheck];
