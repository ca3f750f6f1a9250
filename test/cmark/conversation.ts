/**
 * Job: reads a chat request's messages as what the policy can know from them: files as last seen or written, calls with
 * their results, directives of the supervisor.
 * Boundary: pure; a request in, knowledge out. What is no longer in the messages is not known.
 */
import { createHash } from 'node:crypto';

export interface ChatMessage {
  readonly role: string;
  readonly content?: string | null | readonly { readonly type: string; readonly text?: string }[];
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

export interface PastCall {
  readonly name: string;
  /** null: the arguments were no JSON object. */
  readonly args: Readonly<Record<string, unknown>> | null;
  /** null: no result in the messages. */
  readonly result: string | null;
  /** Counts the answers in the messages, from 0. */
  readonly step: number;
}

export interface Directive {
  readonly number: number;
  readonly text: string;
}

/** A file whose content is known, one known not to exist, or one whose content has to be read. */
export type FileView = { readonly content: string } | 'absent' | 'present';

export interface Past {
  readonly files: ReadonlyMap<string, FileView>;
  /** Whole paths of the newest listing, null without one. */
  readonly listed: ReadonlySet<string> | null;
  /** Paths on which an edit failed and that have not been read since. */
  readonly suspects: ReadonlySet<string>;
  /** How often reading or editing a path failed since the last edit that succeeded. */
  readonly failures: ReadonlyMap<string, number>;
  readonly calls: readonly PastCall[];
  /** By number, each once. */
  readonly directives: readonly Directive[];
  /** The supervisor rolled the workspace back, and nothing was looked at since. */
  readonly rolledBack: boolean;
  /** Answers in the messages. */
  readonly steps: number;
}

interface Reading {
  readonly files: Map<string, FileView>;
  readonly suspects: Set<string>;
  readonly failures: Map<string, number>;
  readonly calls: PastCall[];
  readonly directives: Map<number, string>;
  readonly pending: Map<string, { name: string; args: Record<string, unknown> | null; step: number }>;
  listed: Set<string> | null;
  rolledBack: boolean;
  steps: number;
}

export function readPast(messages: readonly ChatMessage[]): Past {
  const reading: Reading = {
    files: new Map(),
    suspects: new Set(),
    failures: new Map(),
    calls: [],
    directives: new Map(),
    pending: new Map(),
    listed: null,
    rolledBack: false,
    steps: 0,
  };
  for (const message of messages) {
    if (message.role === 'assistant') takeAnswer(reading, message);
    else if (message.role === 'tool') takeResult(reading, message.tool_call_id ?? '', textOf(message));
    else takeNote(reading, message.role, textOf(message));
  }
  const directives = [...reading.directives].map(([number, text]) => ({ number, text }));
  return { ...reading, directives: directives.sort((a, b) => a.number - b.number) };
}

export function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).map((part) => part.text ?? '').join('');
}

function takeAnswer(reading: Reading, message: ChatMessage): void {
  for (const call of message.tool_calls ?? []) {
    const args = parseArguments(call.function.arguments);
    reading.pending.set(call.id, { name: call.function.name, args, step: reading.steps });
  }
  reading.steps += 1;
}

function parseArguments(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null; // Malformed arguments are what a model may write; the call's result says so.
  }
}

/** Directives stand in lines of their own; notes of a rollback or of the supervisor's edits make views stale. */
function takeNote(reading: Reading, role: string, text: string): void {
  for (const [, number, directive] of text.matchAll(/^\s*(?:[-*]\s+)?Directive (\d+): *(.+)$/gm)) {
    if (directive !== undefined) reading.directives.set(Number(number), directive.trim());
  }
  if (role !== 'user') return;
  if (/^\W*(the )?supervisor (has )?rolled back\b/im.test(text)) {
    reading.files.clear();
    reading.suspects.clear();
    reading.listed = null;
    reading.rolledBack = true;
    return;
  }
  for (const path of [...reading.files.keys()]) {
    const mentioned = text
      .split('\n')
      .some((line) => line.includes(path) && /\b(changed|edited|saved|deleted)\b/i.test(line));
    if (mentioned) reading.files.set(path, 'present');
  }
}

function takeResult(reading: Reading, id: string, result: string): void {
  const call = reading.pending.get(id);
  if (call === undefined) return;
  reading.pending.delete(id);
  reading.calls.push({ ...call, result });
  const path = typeof call.args?.['path'] === 'string' ? call.args['path'] : null;
  if (call.name === 'list_files' && path === null && !isError(result)) {
    reading.listed = new Set(result.split('\n').map((line) => line.trim()));
    reading.rolledBack = false;
  }
  if (path === null || call.args === null) return;
  if (call.name === 'read_file') takeView(reading, path, result);
  if (call.name === 'write_file' || call.name === 'edit_file') takeEdit(reading, call.name, path, call.args, result);
}

/** A failure or an unknown outcome; a result that merely quotes one further down is none. */
export function isError(result: string): boolean {
  return /^\s*(error\b|interrupted|refused|not run$|\{"error")/i.test(result);
}

function takeView(reading: Reading, path: string, result: string): void {
  if (/^error: no such file/i.test(result)) {
    reading.files.set(path, 'absent');
    reading.suspects.delete(path);
  } else if (isError(result)) {
    reading.failures.set(path, (reading.failures.get(path) ?? 0) + 1);
  }
  const header = /^(.+) \(\d+ lines?, sha256 ([0-9a-f]{12})\)\n?/.exec(result);
  if (header?.[1] !== path) return;
  const body = result.slice(header[0].length);
  const whole = [body, `${body}\n`, body.replace(/\n$/, '')].find((text) => digest(text) === header[2]);
  reading.files.set(path, whole === undefined ? 'present' : { content: whole });
  reading.suspects.delete(path);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

function takeEdit(reading: Reading, name: string, path: string, args: Record<string, unknown>, result: string): void {
  if (isError(result)) {
    reading.files.set(path, 'present');
    reading.suspects.add(path);
    reading.failures.set(path, (reading.failures.get(path) ?? 0) + 1);
    return;
  }
  reading.failures.delete(path);
  const before = reading.files.get(path);
  if (name === 'write_file') reading.files.set(path, { content: String(args['content']) });
  else if (typeof before !== 'object') reading.files.set(path, 'present');
  else reading.files.set(path, { content: before.content.replace(String(args['old']), () => String(args['new'])) });
}
