/**
 * Job: one digest for what stands in a workspace, the same on every machine.
 * Boundary: pure; over a checkpoint's manifest.
 */
import { createHash } from 'node:crypto';
import type { Manifest } from './manifest.ts';

/**
 * SHA-256 (hex) over files and links: path, whether it can be run, git blob id. Folders, other modes (umask) and times differ
 * from machine to machine; `without` names paths that do as well, such as the task file.
 */
export function contentDigest({ entries }: Manifest, without: ReadonlySet<string>): string {
  const hash = createHash('sha256');
  for (const { path, type, mode, digest } of entries) {
    if (type === 'directory' || without.has(path)) continue;
    const kind = type === 'symlink' ? 'link' : (mode & 0o100) === 0 ? 'file' : 'program';
    hash.update(`${kind} ${digest} ${path}\0`);
  }
  return hash.digest('hex');
}
