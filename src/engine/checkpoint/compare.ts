/**
 * Job: the files that differ between two manifests, with sizes and line counts.
 * Boundary: content comes from the caller. Texts under 200 kB are compared in process with a bound on the work (jsdiff runs
 *   for half a minute on a rewritten 20,000-line file); the rest by `git diff --no-index` on copies inside the store.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { diffLines } from 'diff';
import type { ChangedFile } from '../../protocol/messages.ts';
import { limits } from '../../run/limits.ts';
import { storeEnvironment } from './catFile.ts';
import { changesBetween, leafAt, versionOf, type Manifest, type ManifestEntry } from './manifest.ts';

/** The bytes of a file or link; null where they can't be had any more. */
export type ReadContent = (entry: ManifestEntry, manifest: Manifest) => Promise<Buffer | null>;

const inProcessBytes = 200_000;
const countedBytes = 20 * 1024 * 1024;
const editLengthMost = 800;

export interface CompareParams {
  readonly read: ReadContent;
  /** The store's folder. */
  readonly store: string;
  /** Only these, all of them counted. */
  readonly paths?: ReadonlySet<string>;
}

/**
 * Files and links only, sorted by path; folders are not in it. Without `paths` all of them, and lines are counted as long as that
 * is quick (limits.filesCountedAtOnce, limits.bytesCountedAtOnce).
 */
export async function changedFiles(
  from: Manifest,
  to: Manifest,
  { read, store, paths }: CompareParams,
): Promise<ChangedFile[]> {
  const files: ChangedFile[] = [];
  let bytes = 0;
  for (const { path, change } of changesBetween(from, to)) {
    if (path.endsWith('/') || paths?.has(path) === false) continue;
    const before = leafAt(from, path);
    const after = leafAt(to, path);
    const sizes = { beforeBytes: before?.size ?? null, afterBytes: after?.size ?? null };
    const base = { path, change, ...sizes, version: versionOf(after) };
    if (Math.max(before?.size ?? 0, after?.size ?? 0) > countedBytes) {
      files.push({ ...base, binary: false });
      continue;
    }
    bytes += (before?.size ?? 0) + (after?.size ?? 0);
    const many = files.length >= limits.filesCountedAtOnce || bytes > limits.bytesCountedAtOnce;
    if (paths === undefined && many) {
      files.push({ ...base, binary: false, uncounted: true });
      continue;
    }
    const old = before && (await read(before, from));
    const young = after && (await read(after, to));
    const binary = [old, young].some((content) => content !== null && isBinary(content));
    const counts = binary || (before && !old) || (after && !young) ? {} : await countLines(old, young, store);
    files.push({ ...base, binary, ...counts });
  }
  return files;
}

/** A NUL in the first 8 kB, as git has it. */
export function isBinary(content: Buffer): boolean {
  return content.subarray(0, 8000).includes(0);
}

async function countLines(
  before: Buffer | null,
  after: Buffer | null,
  store: string,
): Promise<{ added?: number; removed?: number }> {
  if (before === null || after === null) return { added: linesIn(after), removed: linesIn(before) };
  if (before.equals(after)) return { added: 0, removed: 0 };
  if (Math.max(before.length, after.length) <= inProcessBytes) {
    // Bytes as Latin-1: a line differs when its bytes do, whatever they mean.
    const parts = diffLines(before.toString('latin1'), after.toString('latin1'), { maxEditLength: editLengthMost });
    if (parts) {
      const sum = (side: 'added' | 'removed') =>
        parts.reduce((total, part) => total + (part[side] ? part.count : 0), 0);
      return { added: sum('added'), removed: sum('removed') };
    }
  }
  return countWithGit(before, after, store);
}

function linesIn(content: Buffer | null): number {
  if (content === null || content.length === 0) return 0;
  let lines = content.at(-1) === 10 ? 0 : 1;
  for (const byte of content) if (byte === 10) lines += 1;
  return lines;
}

async function countWithGit(
  before: Buffer,
  after: Buffer,
  store: string,
): Promise<{ added?: number; removed?: number }> {
  const folder = mkdtempSync(`${store}/tmp/compare-`);
  try {
    writeFileSync(`${folder}/a`, before);
    writeFileSync(`${folder}/b`, after);
    const output = await new Promise<string>((resolve) => {
      const args = ['diff', '--no-index', '--numstat', '--no-ext-diff', '--no-textconv', '--text', '--', 'a', 'b'];
      // Exit 1 says that they differ; without git there are no counts, which the screen can do without.
      execFile('git', args, { cwd: folder, env: storeEnvironment(store) }, (_error, stdout) => {
        resolve(stdout);
      });
    });
    const [added, removed] = output.split('\t').map(Number);
    if (added === undefined || removed === undefined || Number.isNaN(added) || Number.isNaN(removed)) return {};
    return { added, removed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
