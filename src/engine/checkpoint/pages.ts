/**
 * Job: the text in which a manifest is kept: one page for each folder, with what git's trees don't hold (C2).
 * Boundary: text in, values out; manifestObjects.ts decides which pages a checkpoint writes, and where.
 *
 * A page has a line of JSON for each name in the folder: ["f" or "l", name, mode, size, digest, stamp, 1 if ignored] or
 * ["d", name, mode, 1 if ignored]. Well-formed for any name: JSON escapes what is not.
 */
import type { NotCovered } from '../../protocol/messages.ts';
import { ManifestDamaged, type Manifest, type ManifestEntry, type ManifestType } from './manifest.ts';
import { joined, nameOf } from './paths.ts';

const typeLetters: Readonly<Record<ManifestType, string>> = { file: 'f', symlink: 'l', directory: 'd' };
export const typesByLetter: ReadonlyMap<string, ManifestType> = new Map([
  ['f', 'file'],
  ['l', 'symlink'],
  ['d', 'directory'],
]);
const idPattern = /^[0-9a-f]{40}$/;

export function pageLine({ path, type, mode, size, digest, stamp, ignored }: ManifestEntry): string {
  const rest = type === 'directory' ? [] : [size, digest, stamp];
  return JSON.stringify([typeLetters[type], nameOf(path), mode, ...rest, ...(ignored ? [1] : [])]);
}

/** Throws ManifestDamaged. @param folder whose page it is, '' for the root */
export function parsePage(text: string, folder: string): ManifestEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => entryOf(parsed(line, folder), folder));
}

function entryOf(row: unknown, folder: string): ManifestEntry {
  const [letter, name, mode, ...rest] = Array.isArray(row) ? (row as unknown[]) : [];
  const type = typeof letter === 'string' ? typesByLetter.get(letter) : undefined;
  if (type === undefined || typeof name !== 'string' || name === '' || typeof mode !== 'number') throw damaged(folder);
  const path = joined(folder, name);
  if (type === 'directory') return { path, type, mode, size: 0, digest: '', stamp: '', ignored: rest[0] === 1 };
  const [size, digest, stamp, ignored] = rest;
  if (typeof size !== 'number' || typeof digest !== 'string' || typeof stamp !== 'string') throw damaged(folder);
  if (!idPattern.test(digest)) throw damaged(folder);
  return { path, type, mode, size, digest, stamp, ignored: ignored === 1 };
}

/** What stands beside the entries, as text: the repositories, then a line of JSON for each path that is not covered. */
export function besideText({ repositories, notCovered }: Manifest): string {
  const lines = notCovered.map(({ path, reason, bytes }) => JSON.stringify([path, reason, bytes]));
  return `${[JSON.stringify(repositories), ...lines].join('\n')}\n`;
}

/** Throws ManifestDamaged. */
export function parseBeside(text: string): Pick<Manifest, 'repositories' | 'notCovered'> {
  const [first = '', ...lines] = text.split('\n');
  const repositories = parsed(first, '') as Manifest['repositories'];
  const notCovered = lines.filter((line) => line !== '').map((line) => notCoveredOf(parsed(line, '')));
  return { repositories, notCovered };
}

function notCoveredOf(row: unknown): NotCovered {
  const [path, reason, bytes] = Array.isArray(row) ? (row as unknown[]) : [];
  if (typeof path !== 'string' || typeof reason !== 'string' || (bytes !== null && typeof bytes !== 'number'))
    throw damaged('');
  return { path, reason, bytes };
}

function parsed(line: string, folder: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw damaged(folder); // the line says no more than that
  }
}

function damaged(folder: string): ManifestDamaged {
  return new ManifestDamaged(`the manifest's page of ${folder === '' ? 'the workspace' : folder} can't be read`);
}
