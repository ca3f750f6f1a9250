/**
 * Job: what a checkpoint does not cover, as a document: path, reason, size.
 * Boundary: pure text; a path is drawn, never obeyed.
 * Rules: C3.
 */
import { formatBytes, formatCounted, visibleControls } from './forDisplay.ts';

interface Path {
  readonly path: string;
  readonly reason: string;
  readonly bytes: number | null;
}

export function notCoveredText(checkpoint: number, paths: readonly Path[]): string {
  const name = `checkpoint ${String(checkpoint)}`;
  if (paths.length === 0) return `Nothing is left out of ${name}: a rollback puts back all that stood in the folder.\n`;
  const head = `Not covered by ${name}: ${formatCounted(paths.length, 'path')}. A rollback leaves these as they are.`;
  const rows = paths.map(({ path, reason, bytes }): readonly [string, string, string] => {
    return [bytes === null ? '–' : formatBytes(bytes), drawn(reason), drawn(path)];
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    ([size, reason, path]) => `${size.padStart(widths[0] ?? 0)}  ${reason.padEnd(widths[1] ?? 0)}  ${path}`,
  );
  return `${head}\n\n${lines.join('\n')}\n`;
}

const drawn = (text: string): string => visibleControls(text).replaceAll('\n', '^J');
