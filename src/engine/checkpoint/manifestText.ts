/**
 * Job: read the manifests of runs that were begun before a checkpoint's commit named its pages (pages.ts).
 * Boundary: the text of a blob; nothing writes this form any more.
 *
 * One line of JSON each: a header, then entries as [type letter, path, mode, size, digest, stamp, 1 if ignored], then
 * what is not covered as ["n", path, reason, bytes].
 */
import type { NotCovered } from '../../protocol/messages.ts';
import { ManifestDamaged, type Manifest, type ManifestEntry } from './manifest.ts';
import { typesByLetter } from './pages.ts';

/** Throws ManifestDamaged. */
export function parseManifest(text: string): Manifest {
  const lines = text.split('\n');
  const header = parseHeader(lines[0] ?? '');
  const entries: ManifestEntry[] = [];
  const notCovered: NotCovered[] = [];
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at];
    if (line === undefined || line === '') continue;
    const row = parseLine(line, at + 1);
    if (!Array.isArray(row)) throw new ManifestDamaged(`manifest, line ${String(at + 1)}: not a list`);
    if (row[0] === 'n') notCovered.push(notCoveredOf(row, at + 1));
    else entries.push(entryOf(row, at + 1));
  }
  if (entries.length !== header.entries || notCovered.length !== header.notCovered) {
    throw new ManifestDamaged(
      `manifest: ${String(entries.length)} entries where the header says ${String(header.entries)}: it is cut`,
    );
  }
  return { takenNs: header.takenNs, stored: header.stored, repositories: header.repositories, entries, notCovered };
}

interface Header {
  readonly takenNs: string;
  readonly stored: boolean;
  readonly entries: number;
  readonly notCovered: number;
  readonly repositories: Record<string, string | null>;
}

function parseHeader(line: string): Header {
  const value = parseLine(line, 1);
  const header = value as Partial<Header & { belayManifest: number }> | null;
  if (header?.belayManifest !== 1) throw new ManifestDamaged('manifest, line 1: not a manifest of version 1');
  const { takenNs, stored, entries, notCovered, repositories } = header;
  if (
    typeof takenNs !== 'string' ||
    !/^\d+$/.test(takenNs) ||
    typeof stored !== 'boolean' ||
    repositories === undefined
  ) {
    throw new ManifestDamaged('manifest, line 1: the header is not complete');
  }
  return { takenNs, stored, entries: entries ?? -1, notCovered: notCovered ?? -1, repositories };
}

function entryOf(row: readonly unknown[], line: number): ManifestEntry {
  const [letter, path, mode, size = 0, digest = '', stamp = '', ignored = 0] = row;
  const type = typeof letter === 'string' ? typesByLetter.get(letter) : undefined;
  const whole =
    type !== undefined &&
    typeof path === 'string' &&
    path !== '' &&
    typeof mode === 'number' &&
    typeof size === 'number' &&
    typeof digest === 'string' &&
    typeof stamp === 'string' &&
    (type === 'directory' || /^[0-9a-f]{40}$/.test(digest));
  if (!whole) throw new ManifestDamaged(`manifest, line ${String(line)}: not an entry`);
  return { path, type, mode, size, digest, stamp, ignored: ignored === 1 };
}

function notCoveredOf(row: readonly unknown[], line: number): NotCovered {
  const [, path, reason, bytes] = row;
  if (typeof path !== 'string' || typeof reason !== 'string' || (bytes !== null && typeof bytes !== 'number')) {
    throw new ManifestDamaged(`manifest, line ${String(line)}: not a path that is not covered`);
  }
  return { path, reason, bytes };
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new ManifestDamaged(`manifest, line ${String(number)}: not JSON`, { cause: error });
  }
}
