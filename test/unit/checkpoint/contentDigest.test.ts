import { describe, expect, it } from 'vitest';
import { contentDigest } from '../../../src/engine/checkpoint/contentDigest.ts';
import { emptyManifest, type ManifestEntry } from '../../../src/engine/checkpoint/manifest.ts';

const file: ManifestEntry = {
  path: 'a.sh',
  type: 'file',
  mode: 0o644,
  size: 3,
  digest: 'a'.repeat(40),
  stamp: '1',
  ignored: false,
};
const folder: ManifestEntry = { ...file, path: 'lib', type: 'directory', mode: 0o755, digest: '', size: 0 };

function digest(entries: readonly ManifestEntry[], without: readonly string[] = []): string {
  return contentDigest({ ...emptyManifest, entries }, new Set(without));
}

describe('the digest of what stands in a workspace', () => {
  it('is the same on machines that differ in umask, times and folders', () => {
    expect(digest([{ ...file, mode: 0o600, stamp: '2' }, folder])).toBe(digest([file]));
  });

  it('is another one for another name, content, type, or a file that can be run', () => {
    const others = [
      { ...file, path: 'b.sh' },
      { ...file, digest: 'b'.repeat(40) },
      { ...file, type: 'symlink' as const },
      { ...file, mode: 0o755 },
    ];
    expect(new Set([file, ...others].map((one) => digest([one]))).size).toBe(5);
  });

  it('leaves out what is named', () => {
    const task = { ...file, path: 'belay.json' };
    expect(digest([file, task], ['belay.json'])).toBe(digest([file]));
    expect(digest([file, task])).not.toBe(digest([file]));
  });
});
