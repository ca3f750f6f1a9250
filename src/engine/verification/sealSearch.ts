/**
 * Job: find single held-out cases in the files that commands may read: a part of the suite under another name, or an excerpt.
 * Boundary: lines of cases as they stand in the suite's file; told in other words they are not found.
 * Rules: H2. B3 so many lines, so much time.
 */
import { execFile } from 'node:child_process';
import type { Case } from '../../run/case.ts';

/** Of so many held-out cases a line is searched for: a part of the suite has several of them. */
const linesSought = 64;
/** A shorter line may well stand elsewhere by chance. */
const lineCharsLeast = 40;
const searchWallMs = 120_000;

/** Lines that hold one held-out case each, evenly chosen. */
export function tellingLines(texts: readonly string[], heldOut: readonly Case[]): readonly string[] {
  const ids = new Set(heldOut.map(({ id }) => id));
  const own = new Set(texts.flatMap((text) => text.split(/\r?\n/)).filter((line) => ids.has(idIn(line) ?? '')));
  const lines = [...own].filter((line) => line.length >= lineCharsLeast);
  const step = Math.max(1, lines.length / linesSought);
  return Array.from({ length: Math.min(lines.length, linesSought) }, (_, i) => lines[Math.floor(i * step)] ?? '');
}

function idIn(line: string): string | null {
  try {
    const { id } = JSON.parse(line) as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null; // no line of a case
  }
}

/** Why the folders hold some of them, one sentence each; `grep` reads as fast as the disk gives. */
export async function searchForLines(lines: readonly string[], folders: readonly string[]): Promise<string[]> {
  if (lines.length === 0) return [];
  const args = ['-rlaFsZ', '-m', '1', '--devices=skip', '--exclude-dir=.git', '-f', '-', '--', ...folders];
  return new Promise((resolve) => {
    const options = { timeout: searchWallMs, maxBuffer: 4 * 1024 * 1024, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
    const child = execFile('grep', args, options, (error, stdout) => {
      const found = stdout.split('\0').filter((path) => path !== '');
      // 1: nothing found; 2: nothing in what could be read
      const searched = error === null || error.code === 1 || error.code === 2;
      resolve([
        ...found.slice(0, 5).map((path) => `${path} holds held-out cases`),
        ...(searched ? [] : ['the folders that commands may read could not be searched for held-out cases']),
      ]);
    });
    child.stdin?.on('error', () => undefined); // it ended before it had read all: its exit says why
    child.stdin?.end(`${lines.join('\n')}\n`);
  });
}
