/**
 * Job: read an answer that a person pasted: words, then calls, in the form that `promptText.ts` asks for.
 * Boundary: pure. What the arguments mean is the tools'; here only their form is read.
 */
import type { ToolCall } from '../../run/entry.ts';
import type { ToolDefinition } from './request.ts';

export type ReadAnswer =
  | { readonly ok: true; readonly text: string; readonly calls: readonly Omit<ToolCall, 'callId'>[] }
  /** For the person who pasted: which line, what is wrong with it. */
  | { readonly ok: false; readonly message: string };

/** Fences around the calls, which chats like to add, are passed over. Never throws. */
export function readAnswer(pasted: string, tools: readonly ToolDefinition[]): ReadAnswer {
  const lines = new Lines(pasted.replaceAll('\r\n', '\n'));
  const words: string[] = [];
  const calls: Omit<ToolCall, 'callId'>[] = [];
  try {
    for (let line = lines.next(); line !== null; line = lines.next()) {
      const name = /^<call tool="([^"]*)">\s*$/.exec(line)?.[1];
      if (name !== undefined) calls.push(readCall(lines, name, tools));
      else if (!line.startsWith('```')) words.push(line);
    }
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, message: error.message };
    throw error;
  }
  const text = words.join('\n').trim();
  if (text === '' && calls.length === 0) return { ok: false, message: 'The answer is empty.' };
  return { ok: true, text, calls };
}

class Unreadable extends Error {}

class Lines {
  private readonly lines: readonly string[];
  private at = 0;

  constructor(text: string) {
    this.lines = text.split('\n');
  }

  next(): string | null {
    return this.lines[this.at++] ?? null;
  }

  /** The 1-based number of the line that `next` gave last. */
  get line(): number {
    return this.at;
  }

  fail(message: string, line = this.at): never {
    throw new Unreadable(`Line ${String(line)}: ${message}`);
  }
}

function readCall(lines: Lines, name: string, tools: readonly ToolDefinition[]): Omit<ToolCall, 'callId'> {
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined)
    return lines.fail(`there is no tool "${name}"; the tools are ${tools.map((one) => one.name).join(', ')}.`);
  const args: Record<string, unknown> = {};
  const begun = lines.line;
  for (let line = lines.next(); line !== '</call>'; line = lines.next()) {
    if (line === null) return lines.fail(`the call of ${name} has no </call>.`, begun);
    if (line.trim() === '') continue;
    const [, key = '', rest = ''] = /^<([a-zA-Z_]+)>(.*)$/.exec(line) ?? [];
    const shape = propertyOf(tool, key);
    if (shape === undefined) return lines.fail(`${name} takes no "${key === '' ? line : key}".`);
    args[key] = valueOf(lines, key, readElement(lines, key, rest), shape);
  }
  return { name, argumentsJson: JSON.stringify(args) };
}

/** Up to the closing tag at the end of the same line, or on a line of its own. */
function readElement(lines: Lines, key: string, rest: string): string {
  const close = `</${key}>`;
  if (rest.endsWith(close)) return rest.slice(0, -close.length);
  const content = rest === '' ? [] : [rest];
  const begun = lines.line;
  for (let line = lines.next(); line !== close; line = lines.next()) {
    if (line === null) return lines.fail(`<${key}> has no ${close} on a line of its own.`, begun);
    content.push(line);
  }
  return content.map((line) => `${line}\n`).join('');
}

function valueOf(lines: Lines, key: string, content: string, { type }: PropertySchema): unknown {
  if (type === 'string' || type === undefined) return content;
  try {
    return JSON.parse(content);
  } catch {
    return lines.fail(`<${key}> is not JSON, and ${name(type)} is wanted.`);
  }
}

function name(type: unknown): string {
  return typeof type === 'string' ? `a JSON ${type}` : 'a JSON value';
}

interface PropertySchema {
  readonly type?: unknown;
}

function propertyOf({ schema }: ToolDefinition, key: string): PropertySchema | undefined {
  const properties = schema['properties'] as Readonly<Record<string, PropertySchema>> | undefined;
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}
