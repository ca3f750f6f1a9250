/** Rules: B3: what one check looks through is bounded, and what it leaves out is told. */
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../src/engine/checkpoint/manifest.ts';
import { FileScans } from '../../../src/engine/effects/fileScans.ts';
import type { FileFindings } from '../../../src/engine/integrity/findings.ts';
import type { FileToScan } from '../../../src/engine/integrity/scanner.ts';
import { unreadFlag, unreadWords } from '../../../src/run/integrity.ts';
import { limits } from '../../../src/run/limits.ts';

const nothing: FileFindings = { literals: [], libraries: [], references: [], machineCode: null };
const fileOf = (name: number | string, size = 1): ManifestEntry => ({
  path: `src/${String(name)}`,
  type: 'file',
  mode: 0o644,
  digest: `digest of ${String(name)}`,
  size,
  stamp: '',
  ignored: false,
});
const files = (count: number, from = 0) => Array.from({ length: count }, (_, index) => fileOf(from + index));

/** A scanner that says which files it was asked for, and a clock that each of them moves. */
function scene({ perFileMs = 0, find = (_: FileToScan) => Promise.resolve(nothing) } = {}) {
  const asked: string[] = [];
  let [now, closed] = [0, 0];
  const scans = new FileScans({
    checkpoints: { contentAt: () => Promise.resolve(Buffer.from('x')) },
    clock: { awake: () => now },
    scanner: {
      find: (file) => {
        asked.push(file.path);
        now += perFileMs;
        return find(file);
      },
      close: () => {
        closed += 1;
        return Promise.resolve();
      },
    },
  });
  return { scans, asked, closed: () => closed };
}

describe('the files of a checkpoint', () => {
  it('B3: beyond the most for one check are told, and come next time, whatever lies before them', async () => {
    const { scans, asked } = scene();
    const all = files(limits.scannedFiles + 2);
    const first = await scans.lookThrough(1, all, null);
    expect(first.unread.map(({ path }) => path)).toEqual(all.slice(-2).map(({ path }) => path));
    const second = await scans.lookThrough(2, all, null);
    expect([second.unread, second.found.length]).toEqual([[], all.length]);
    expect(asked).toHaveLength(all.length);
  });

  it('B3: hold no check up for longer than it has', async () => {
    const { scans, asked } = scene({ perFileMs: limits.scanWallMs });
    const { unread } = await scans.lookThrough(1, files(400), null);
    expect(asked).toHaveLength(Math.ceil(limits.checkWallMs / limits.scanWallMs));
    expect(unread).toHaveLength(400 - asked.length);
  });

  it('are not tried again where the same bytes failed', async () => {
    const { scans, asked } = scene({ find: () => Promise.reject(new Error('it took longer than 20 s')) });
    for (const checkpoint of [1, 2]) {
      const { found, unread } = await scans.lookThrough(checkpoint, [fileOf('table')], null);
      expect([found, unread]).toEqual([[], [{ path: 'src/table', why: 'it took longer than 20 s' }]]);
    }
    expect(asked).toHaveLength(1);
  });

  it('are left when the check is ended, with the scanner; that says nothing of the file', async () => {
    const stop = new AbortController();
    const { promise, reject } = Promise.withResolvers<FileFindings>();
    const { scans, asked, closed } = scene({ find: () => (stop.signal.aborted ? Promise.resolve(nothing) : promise) });
    const looking = scans.lookThrough(1, files(3), stop.signal);
    await expect.poll(() => asked.length).toBe(1);
    stop.abort(new Error('stopped'));
    reject(new Error('the scanner ended'));
    await expect(looking).rejects.toThrow('stopped');
    expect(closed()).toBe(1);
    expect((await scans.lookThrough(1, files(3), null)).found).toHaveLength(3);
  });

  it('that could not be looked through are a doubtful finding, with each reason once', async () => {
    const { scans } = scene();
    const large = [fileOf('a', limits.scannedFileBytes + 1), fileOf('b', limits.scannedFileBytes + 1)];
    const { unread } = await scans.lookThrough(1, large, null);
    expect(unreadFlag(unread)).toMatchObject({
      severity: 'flagged',
      text: '2 changed files could not be looked through',
      placesTotal: 2,
    });
    expect(unreadWords(unread)).toEqual(['larger than 4.2 MB (2 files)']);
    expect(unreadFlag([])).toBeNull();
  });
});
