/**
 * Job: names of files as text that loses nothing. A name is any bytes but `/` and NUL; text elsewhere is UTF-16.
 * Boundary: text and bytes only, no file system.
 * Rules: C2 the way to text and back is exact. Valid UTF-8 stands as it is; each byte that is not part of valid UTF-8
 *   becomes the lone surrogate U+DC00 + byte (Python's surrogateescape), which valid UTF-8 never yields, so no flag is
 *   needed and parents, order and equality work on the text. `JSON.stringify` writes such a character as an escape;
 *   a screen shows `text.toWellFormed()`. Where a path of a folder stands beside paths of files, it ends with `/`.
 */
import { isUtf8 } from 'node:buffer';
import { limits } from '../../run/limits.ts';

const escapeBase = 0xdc00;

/** The text of a name or a path. Never throws. */
export function pathText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const length = validLength(bytes, at);
    if (length === 0) text += String.fromCharCode(escapeBase + (bytes[at] ?? 0));
    else text += bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** The bytes of a text made by `pathText`. */
export function pathBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const escaped = code >= escapeBase + 0x80 && code <= escapeBase + 0xff;
    parts.push(escaped ? Buffer.from([code - escapeBase]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** The path to hand to `node:fs`: text where that is exact, bytes where it is not. `path` '' is the root itself. */
export function onDisk(root: string, path: string): string | Buffer {
  if (path === '') return root;
  if (path.isWellFormed()) return `${root}/${path}`;
  return Buffer.concat([Buffer.from(`${root}/`, 'utf8'), pathBytes(path)]);
}

/** The folder that holds a path; '' for the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Folders above a path, outermost first, without the root. */
export function ancestorsOf(path: string): string[] {
  const ancestors: string[] = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
    ancestors.push(path.slice(0, slash));
  return ancestors;
}

/** Each path once, without those that stand in another, in order. */
export function outermost(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return [...all].filter((path) => !ancestorsOf(path).some((folder) => all.has(folder))).sort();
}

/** The order of every list of paths here: by UTF-16 code unit. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Two lists in that order as one. */
export function inOrder<T extends { readonly path: string }>(many: readonly T[], few: readonly T[]): readonly T[] {
  if (few.length === 0) return many;
  const all: T[] = [];
  let at = 0;
  for (const one of few) {
    for (let next = many[at]; next !== undefined && next.path < one.path; next = many[at]) {
      all.push(next);
      at += 1;
    }
    all.push(one);
  }
  return at === 0 ? [...all, ...many] : all.concat(many.slice(at));
}

/** The first items, at most `most`, whose paths together fit into an entry (limits.listedPathsChars as JSON). */
export function fitting<T>(items: readonly T[], most: number, pathIn: (item: T) => string): T[] {
  const first: T[] = [];
  let chars = 0;
  for (const item of items.slice(0, most)) {
    chars += JSON.stringify(pathIn(item)).length;
    if (chars > limits.listedPathsChars) break;
    first.push(item);
  }
  return first;
}

/** Bytes of the one character that starts at `at`; 0 where no valid character starts. */
function validLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
