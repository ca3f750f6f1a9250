/**
 * Job: plan and make the agent's edits of files, and settle one that a crash cut off.
 * Boundary: files only; the journal is the caller's. Everything is derived from the call's arguments, the intent and the
 *   bytes on disk, so that the same code makes an edit and repeats it.
 * Rules: S3 an edit replaces exactly the bytes that the agent last read, and no file that the supervisor is editing.
 *   S1 an edit that was cut off is repeated only if the file still is what the intent says it replaces.
 */
import { diffLines } from 'diff';
import type { FileEdit, LineCounts } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { compareAndSwapWrite, digestOf, readText, removeTemporary, type ReadFailure } from '../workspace/files.ts';
import { resolveInside } from '../workspace/paths.ts';
import { lineCount } from './output.ts';
import { failed, told, type ToolContext, type ToolOutcome } from './tool.ts';

export type EditArgs =
  | { readonly path: string; readonly content: string }
  /** `old` must occur exactly once. */
  | { readonly path: string; readonly old: string; readonly new: string };

/** The intent of an edit, or why there is none. Changes nothing. */
export async function planEdit(
  args: EditArgs,
  context: ToolContext,
): Promise<{ readonly intent: FileEdit } | ToolOutcome> {
  const target = await openTarget(args.path, context);
  if ('fields' in target) return target;
  const { path, absolute } = target;
  const before = await readText(absolute);
  const text = before.ok ? before.text : '';
  // Only a text that the agent could read may be replaced; a new file needs no reading.
  if (!before.ok && !(before.problem === 'missing' && 'content' in args)) return failed(readProblem(path, before));
  const present = before.ok ? before.digest : null;
  const seen = context.lastRead.get(path);
  if (present !== null && seen === undefined)
    return failed(`error: ${path} exists and you have not read it; read it first`);
  if (present !== null && seen !== present) return failed(changedMessage(path));
  const content = contentAfter(args, path, text);
  if (!content.ok) return failed(content.message);
  const bytes = Buffer.byteLength(content.text, 'utf8');
  if (bytes > limits.writtenFileBytes) {
    return failed(
      `error: ${path} would have ${String(bytes)} bytes; at most ${String(limits.writtenFileBytes)} can be written`,
    );
  }
  return { intent: { path, before: present, after: digestOf(content.text), lines: lineCounts(text, content.text) } };
}

/** Makes the edit that the intent announces. */
export async function makeEdit(args: EditArgs, intent: FileEdit, context: ToolContext): Promise<ToolOutcome> {
  return settle(args, intent, context, failed(changedMessage(intent.path)));
}

/**
 * Settles an edit whose call was cut off: makes it if the file still is what it replaces, notes it as made if it is there
 * already, else tells the agent that the outcome is unknown (S1).
 */
export async function settleEdit(args: EditArgs, intent: FileEdit, context: ToolContext): Promise<ToolOutcome> {
  const output = `interrupted, outcome unknown: ${intent.path} is neither what it was nor what the edit makes; read it again`;
  return settle(args, intent, context, { fields: { status: 'interrupted', output } });
}

async function settle(
  args: EditArgs,
  intent: FileEdit,
  context: ToolContext,
  otherwise: ToolOutcome,
): Promise<ToolOutcome> {
  const target = await openTarget(args.path, context);
  if ('fields' in target) return target;
  const { path, absolute } = target;
  const before = await readText(absolute);
  const present = before.ok ? before.digest : null;
  const made = () => told(madeMessage(args, intent), { edit: intent, read: { path, digest: intent.after ?? '' } });
  if (present !== null && present === intent.after) {
    await removeTemporary(absolute);
    return made();
  }
  if (present !== intent.before || (!before.ok && before.problem !== 'missing')) return otherwise;
  const content = contentAfter(args, path, before.ok ? before.text : '');
  if (!content.ok || digestOf(content.text) !== intent.after) return otherwise;
  const swapped = await compareAndSwapWrite({ absolute, expected: intent.before, content: content.text });
  if (swapped.ok) return made();
  if (swapped.problem === 'changed') return otherwise;
  if (swapped.problem === 'disk-full') return failed(`error: the disk is full; ${path} is unchanged`);
  return failed(`error: ${path} could not be written: ${swapped.detail}`);
}

async function openTarget(
  given: string,
  { ports }: ToolContext,
): Promise<{ path: string; absolute: string } | ToolOutcome> {
  const target = await resolveInside(ports.place, given, 'write');
  if (!target.ok) return failed(target.message);
  const dirty = ports.dirtyEditors();
  if (dirty.includes(target.path) || dirty.includes(target.absolute)) {
    const output = `refused: the supervisor is editing ${target.path} in an unsaved editor; work on something else or ask`;
    return { fields: { status: 'refused', output } };
  }
  return target;
}

type Content = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

function contentAfter(args: EditArgs, path: string, text: string): Content {
  if ('content' in args) return { ok: true, text: args.content };
  if (args.old === '')
    return { ok: false, message: 'error: "old" is empty; give the text to be replaced, or use write_file' };
  if (args.old === args.new) return { ok: false, message: 'error: "old" and "new" are the same; nothing to do' };
  const first = text.indexOf(args.old);
  if (first < 0) {
    const ends = text.includes('\r\n') && !args.old.includes('\r\n') && args.old.includes('\n');
    const why = ends ? 'the file has CRLF line ends' : 'copy it exactly, with its spaces and line ends';
    return { ok: false, message: `error: "old" does not occur in ${path}; ${why}` };
  }
  if (text.includes(args.old, first + 1)) {
    const times = text.split(args.old).length - 1;
    return {
      ok: false,
      message: `error: "old" occurs ${String(Math.max(2, times))} times in ${path}; give more of the text around it`,
    };
  }
  return { ok: true, text: text.slice(0, first) + args.new + text.slice(first + args.old.length) };
}

/** Why a file can't be read, for the agent. */
export function readProblem(path: string, failure: ReadFailure): string {
  const bytes = String(failure.bytes ?? 0);
  switch (failure.problem) {
    case 'missing':
      return `error: no such file: ${path}`;
    case 'folder':
      return `error: ${path} is a folder; list_files shows what is in it`;
    case 'special':
      return `error: ${path} is not a regular file`;
    case 'too-large':
      return `error: ${path} has ${bytes} bytes; at most ${String(limits.writtenFileBytes)} can be read; use run with head, tail or sed`;
    case 'binary':
      return `error: ${path} is binary (${bytes} bytes); use run with od or xxd to look at it`;
    case 'failed':
      return `error: ${path} can't be read: ${failure.detail ?? 'unknown fault'}`;
  }
}

/** "(12 lines, sha256 0123456789ab)" */
export function fileFacts(text: string, digest: string): string {
  return `(${String(lineCount(text))} lines, sha256 ${digest.slice(0, 12)})`;
}

function changedMessage(path: string): string {
  return `error: ${path} changed since you read it; read it again`;
}

function madeMessage(args: EditArgs, { path, before, after, lines }: FileEdit): string {
  if ('content' in args)
    return `${before === null ? 'created' : 'wrote'} ${path} ${fileFacts(args.content, after ?? '')}`;
  return `edited ${path} (+${String(lines?.added ?? 0)} -${String(lines?.removed ?? 0)}, sha256 ${(after ?? '').slice(0, 12)})`;
}

/** jsdiff takes over 25 s for a 20,000-line rewrite: it looks only at what differs, and only so far. */
const editLengthMost = 2_000;

/** Lines added and removed; where the texts differ too much to compare in time, the whole differing part counts. */
export function lineCounts(before: string, after: string): LineCounts {
  const a = linesOf(before);
  const b = linesOf(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  if (left.length === 0 || right.length === 0) return { added: right.length, removed: left.length };
  const parts = diffLines(left.join(''), right.join(''), { maxEditLength: editLengthMost });
  if (!parts) return { added: right.length, removed: left.length };
  const sum = (pick: 'added' | 'removed') => parts.filter((part) => part[pick]).reduce((n, part) => n + part.count, 0);
  return { added: sum('added'), removed: sum('removed') };
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== '');
}
