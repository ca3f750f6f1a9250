import { mkdtemp, readFile, readdir, rm, stat, truncate, appendFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Entry, EntryBody } from '../../../src/run/entry.ts';
import { noPrev } from '../../../src/run/entry.ts';
import { BlobDamaged, BlobMissing, Blobs } from '../../../src/engine/journal/blobs.ts';
import { sha256 } from '../../../src/engine/journal/frame.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import { verifyAudit } from '../../../src/engine/journal/verifyAudit.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'belay-journal-'));
});
afterEach(() => rm(run, { recursive: true, force: true }));

const note = (text: string): EntryBody => ({ type: 'stop.requested', by: text });
const segment = () => join(run, 'journal', '000001.jsonl');

async function open(segmentBytes?: number) {
  const blobs = new Blobs(run);
  const opened = await openJournal(run, { blobs, ...(segmentBytes && { segmentBytes }) });
  const entries: Entry[] = [];
  for await (const entry of opened.entries) entries.push(entry);
  return { ...opened, entries, blobs };
}

async function withThree() {
  const { journal } = await open();
  await journal.append([note('one')], 1);
  await journal.append([note('two'), note('three')], 2);
  await journal.close();
}

describe('the journal on a real disk', () => {
  it('J1: numbers are dense, also when appends are asked for at the same time', async () => {
    const { journal } = await open();
    const commits = await Promise.all(Array.from({ length: 20 }, (_, i) => journal.append([note('a'), note('b')], i)));
    expect(commits.flat().map((entry) => entry.seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await journal.close();
    expect((await open()).entries).toEqual(commits.flat());
  });

  it('J6: each entry carries the digest of the line before it, over segments too', async () => {
    const { journal } = await open(600);
    for (let i = 0; i < 10; i++) await journal.append([note('x'.repeat(100))], i);
    await journal.close();
    const names = (await readdir(join(run, 'journal'))).sort();
    expect(names.length).toBeGreaterThan(2);
    let prev = noPrev;
    for (const name of names) {
      const lines = (await readFile(join(run, 'journal', name), 'utf8')).split('\n').slice(0, -1);
      for (const line of lines) {
        expect((JSON.parse(line.split('\t')[0] ?? '') as Entry).prev).toBe(prev);
        prev = sha256(line);
      }
    }
    expect((await open(600)).entries).toHaveLength(10);
  });

  it('J3: an unfinished last line is cut, its bytes are kept beside, and the journal goes on', async () => {
    await withThree();
    await appendFile(segment(), '{"seq":4,"at":5,"pr');
    const { cut, entries, journal } = await open();
    expect(cut).toEqual({ bytes: 19, file: `${segment()}.cut-1` });
    expect(await readFile(`${segment()}.cut-1`, 'utf8')).toBe('{"seq":4,"at":5,"pr');
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3]);
    expect((await journal.append([note('four')], 4))[0]?.seq).toBe(4);
    await journal.close();
    expect((await open()).entries).toHaveLength(4);
  });

  it('J3: a torn commit of several entries is cut whole', async () => {
    await withThree();
    const { size } = await stat(segment());
    await truncate(segment(), size - 1);
    const { entries, cut } = await open();
    expect(entries.map((entry) => entry.seq)).toEqual([1]);
    expect(cut?.bytes).toBeGreaterThan(100);
  });

  it('J4: a missing segment and a missing entry are named', async () => {
    const { journal } = await open(300);
    for (let i = 0; i < 8; i++) await journal.append([note('x'.repeat(100))], i);
    await journal.close();
    const second = join(run, 'journal', '000002.jsonl');
    const bytes = await readFile(second);
    await rm(second);
    await expect(open()).rejects.toThrow('000003.jsonl, byte 0: segment 000002.jsonl is missing');
    await writeFile(second, bytes.subarray(bytes.indexOf(10) + 1));
    await expect(open()).rejects.toThrow("000002.jsonl, byte 0: entry 4 doesn't continue the one before it");
  });

  it('J4: what is damaged is left as it is', async () => {
    await withThree();
    const bytes = await readFile(segment());
    bytes[10] = 0x20;
    await writeFile(segment(), bytes);
    await expect(open()).rejects.toThrow('byte 0');
    expect(await readFile(segment())).toEqual(bytes);
    expect(await readdir(join(run, 'journal'))).toEqual(['000001.jsonl']);
  });

  it('J9: an entry that names a blob that is not stored is refused', async () => {
    const { journal, blobs } = await open();
    const body = (prompt: { digest: string; bytes: number }): EntryBody => ({
      type: 'model.requested',
      step: 1,
      attempt: 1,
      prompt,
      maxOutputTokens: 1,
      reservedUsd: 0,
      reservedTokens: 0,
      directives: [],
    });
    await expect(journal.append([body({ digest: 'a'.repeat(64), bytes: 3 })], 1)).rejects.toThrow('J9');
    expect(journal.seq).toBe(0);
    await journal.append([body(await blobs.putBlob('hello'))], 1);
    expect(journal.seq).toBe(1);
  });

  it('reads on from a number', async () => {
    const { journal } = await open(300);
    for (let i = 0; i < 9; i++) await journal.append([note(String(i))], i);
    const seqs: number[] = [];
    for await (const entry of journal.reader.read(5)) seqs.push(entry.seq);
    expect(seqs).toEqual([5, 6, 7, 8, 9]);
  });
});

describe('blobs', () => {
  it('stores content once and gives it back', async () => {
    const blobs = new Blobs(run);
    const [first, second] = await Promise.all([blobs.putBlob('same'), blobs.putBlob(Buffer.from('same'))]);
    expect(first).toEqual({ digest: sha256('same'), bytes: 4 });
    expect(second).toEqual(first);
    expect(await readdir(join(run, 'blobs', first.digest.slice(0, 2)))).toEqual([first.digest]);
    expect((await blobs.getBlob(first.digest)).toString()).toBe('same');
  });

  it('never answers with content that does not match', async () => {
    const blobs = new Blobs(run);
    const { digest } = await blobs.putBlob('true');
    await writeFile(join(run, 'blobs', digest.slice(0, 2), digest), 'fals');
    await expect(blobs.getBlob(digest)).rejects.toBeInstanceOf(BlobDamaged);
    await expect(blobs.getBlob('b'.repeat(64))).rejects.toBeInstanceOf(BlobMissing);
  });
});

describe('verifyAudit', () => {
  it('J6: passes a whole run and names a missing blob, a damaged line', async () => {
    const { journal, blobs } = await open();
    const prompt = await blobs.putBlob('hello');
    await journal.append(
      [
        {
          type: 'model.requested',
          step: 1,
          attempt: 1,
          prompt,
          maxOutputTokens: 1,
          reservedUsd: 0,
          reservedTokens: 0,
          directives: [],
        },
      ],
      1,
    );
    await journal.close();
    expect(await verifyAudit(run)).toEqual({
      ok: true,
      entries: 1,
      segments: 1,
      blobs: 1,
      checkpoints: 0,
      unfinishedBytes: 0,
      problems: [],
    });
    await rm(join(run, 'blobs'), { recursive: true });
    expect((await verifyAudit(run)).problems[0]).toContain('entry 1 (model.requested): The blob');
    await writeFile(segment(), 'x\n');
    expect(await verifyAudit(run)).toMatchObject({ ok: false, problems: [expect.stringContaining('byte 0')] });
  });
});
