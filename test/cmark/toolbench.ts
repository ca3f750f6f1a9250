/**
 * Job: the agent's tools over files in memory, for tests of the policy without an engine: result texts as the engine
 * gives them; also counts which cases a set of files passes.
 * Boundary: for test/unit/cmark only. It checks nothing of a sandbox and is no model of the engine beyond those texts.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from '../../src/run/case.ts';
import { referenceCommand } from './cases.ts';
import type { ChatMessage } from './conversation.ts';
import type { Answer, PlannedCall } from './policy.ts';

export type Files = ReadonlyMap<string, string>;

export interface CaseOutcome {
  readonly case: Case;
  readonly actual: string;
  readonly passed: boolean;
}

/** Writes the files to a fresh folder for as long as `use` runs. */
export function withFolder<T>(files: Files, use: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'belay-cmark-'));
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), content);
    }
    return use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Runs the cases over the candidate in one Perl process. `warnings` is what Perl said on standard error. */
export function runCases(files: Files, cases: readonly Case[]): { outcomes: CaseOutcome[]; warnings: string } {
  if (!files.has('cmark.pl'))
    return { outcomes: cases.map((c) => ({ case: c, actual: '', passed: false })), warnings: '' };
  const inputs = cases.map((c) => Buffer.from(c.stdin));
  const input = Buffer.concat(inputs.flatMap((bytes) => [Buffer.from(`${String(bytes.length)}\n`), bytes]));
  const script = fileURLToPath(new URL('batch.pl', import.meta.url));
  const result = withFolder(files, (dir) =>
    spawnSync('perl', [script, dir], { input, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 }),
  );
  let at = 0;
  const outcomes = cases.map((c) => {
    const end = result.stdout.indexOf(10, at);
    const [exit = NaN, bytes = 0] = result.stdout.subarray(at, end).toString().split(' ').map(Number);
    const actual = result.stdout.subarray(end + 1, end + 1 + bytes).toString();
    at = end + 1 + bytes;
    return { case: c, actual, passed: exit === (c.expect.exit ?? 0) && actual === c.expect.stdout };
  });
  return { outcomes, warnings: result.stderr.toString() };
}

export function passCount(files: Files, cases: readonly Case[]): number {
  return runCases(files, cases).outcomes.filter((o) => o.passed).length;
}

export class Toolbench {
  readonly files: Map<string, string>;
  readonly #cases: readonly Case[];
  /** Digest of each file as the agent last saw it (S3). */
  readonly #seen = new Map<string, string>();
  finished = false;

  constructor(files: Files, cases: readonly Case[]) {
    this.files = new Map(files);
    this.#cases = cases;
  }

  /** Performs an answer's calls; returns the messages that they add to the conversation. */
  perform(said: Answer, step: number): ChatMessage[] {
    const named = said.toolCalls.map((planned, i) => ({ planned, id: `call_${String(step)}_${String(i)}` }));
    const tool_calls = named.map(({ planned, id }) => ({
      id,
      type: 'function',
      function: { name: planned.name, arguments: JSON.stringify(planned.args) },
    }));
    const results = named.map(({ planned, id }) => ({ role: 'tool', tool_call_id: id, content: this.#call(planned) }));
    return [{ role: 'assistant', content: said.text, tool_calls }, ...results];
  }

  #call({ name, args }: PlannedCall): string {
    const text = (key: string) => textArg(args[key]);
    switch (name) {
      case 'list_files':
        return [...this.files.keys()].sort().join('\n');
      case 'read_file':
        return this.#read(text('path'), args['limit']);
      case 'search':
        return this.#search(text('pattern'), text('path'));
      case 'write_file':
        return this.#put(text('path'), text('content'));
      case 'edit_file':
        return this.#edit(text('path'), text('old'), text('new'));
      case 'run':
        return withFolder(this.files, (dir) => this.#run('sh', ['-c', text('command')], dir, ''));
      case 'run_visible_tests':
        return this.#test(args['tags']);
      case 'probe_reference':
        return this.#run(referenceCommand[0], referenceCommand.slice(1), undefined, text('stdin'));
      case 'finish':
        this.finished = true;
        return 'finished';
      case 'ask':
        return 'The supervisor says: go on.';
      case 'note':
      case 'plan':
        return 'ok';
      default:
        return `error: no tool named ${name}`;
    }
  }

  #read(path: string, limit: unknown): string {
    const content = this.files.get(path);
    if (content === undefined) return `error: no such file: ${path}`;
    this.#seen.set(path, digest(content));
    const lines = content.split('\n');
    const shown = typeof limit === 'number' ? lines.slice(0, limit).join('\n') : content;
    return `${path} (${String(lines.length - 1)} lines, sha256 ${digest(content)})\n${shown}`;
  }

  #run(program: string, args: readonly string[], cwd: string | undefined, input: string): string {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, input, encoding: 'utf8' });
    return `exit ${String(status)}\n${stdout}${stderr}`;
  }

  #search(pattern: string, path: string): string {
    const lines = (this.files.get(path) ?? '').split('\n');
    return lines.flatMap((line, i) => (line.includes(pattern) ? [`${path}:${String(i + 1)}: ${line}`] : [])).join('\n');
  }

  #put(path: string, content: string): string {
    const before = this.files.get(path);
    if (before !== undefined && !this.#seen.has(path))
      return `error: ${path} exists and you have not read it; read it first`;
    if (before !== undefined && this.#seen.get(path) !== digest(before))
      return `error: ${path} changed since you read it; read it again`;
    this.files.set(path, content);
    this.#seen.set(path, digest(content));
    return `wrote ${path}`;
  }

  #edit(path: string, old: string, replacement: string): string {
    const before = this.files.get(path);
    if (before === undefined) return `error: no such file: ${path}`;
    if (before.split(old).length !== 2)
      return `error: "old" occurs ${String(before.split(old).length - 1)} times in ${path}, not once`;
    return this.#put(
      path,
      before.replace(old, () => replacement),
    );
  }

  #test(tags: unknown): string {
    const chosen = Array.isArray(tags)
      ? this.#cases.filter((c) => c.tags.some((tag) => tags.includes(tag)))
      : this.#cases;
    const { outcomes } = runCases(this.files, chosen);
    const count = (some: readonly CaseOutcome[]) => some.filter((o) => o.passed).length;
    const byTag = [...Map.groupBy(outcomes, (o) => o.case.tags[0] ?? '')];
    const failing = outcomes.filter((o) => !o.passed).slice(0, 5);
    return [
      `visible: ${String(count(outcomes))} of ${String(outcomes.length)} passed`,
      ...byTag.map(([tag, some]) => `  ${tag}: ${String(count(some))} of ${String(some.length)}`),
      ...failing.map((o) =>
        JSON.stringify({ id: o.case.id, stdin: o.case.stdin, expected: o.case.expect.stdout, actual: o.actual }),
      ),
    ].join('\n');
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

const textArg = (value: unknown): string => (typeof value === 'string' ? value : '');
