import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copySample, SampleFailed } from '../../../src/client/copySample.ts';
import { recordingText } from '../../../src/run/recording.ts';

const digest = 'a'.repeat(64);
const usage = { input: 1, cachedInput: 0, cacheWriteInput: 0, output: 1 };
const text = recordingText({
  head: { recording: 2, task: 'cal', model: 'm', endDigest: digest, steps: 1, lines: 1 },
  lines: [{ kind: 'answer', step: 1, digest, text: 'Done.', calls: [], usage, finishReason: 'stop' }],
});

let root: string;
let sample: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belay-sample-test-'));
  [sample, home] = [join(root, 'bundled'), join(root, 'home')];
  mkdirSync(join(sample, 'cal', 'tests'), { recursive: true });
  mkdirSync(home);
  writeFileSync(join(sample, 'cal', 'belay.json'), '{}');
  writeFileSync(join(sample, 'held-out.jsonl'), '');
  writeFileSync(join(sample, 'recording.jsonl'), text);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function failure(parent: string): Promise<SampleFailed> {
  const outcome = await copySample(sample, parent).catch((error: unknown) => error);
  if (outcome instanceof SampleFailed) return outcome;
  throw new Error('it did not fail as it should');
}

describe('the sample’s copy', () => {
  it('H2: is a workspace with its held-out cases and its recording beside it, outside', async () => {
    const copy = await copySample(sample, home);
    expect(copy).toEqual({
      folder: join(home, 'belay-sample'),
      workspace: join(home, 'belay-sample', 'cal'),
      taskFile: join(home, 'belay-sample', 'cal', 'belay.json'),
    });
    expect(readFileSync(copy.taskFile, 'utf8')).toBe('{}');
    for (const name of ['held-out.jsonl', 'recording.jsonl']) {
      expect([existsSync(join(copy.folder, name)), existsSync(join(copy.workspace, name))]).toEqual([true, false]);
    }
  });

  it('is a new folder each time: one that is there is not touched', async () => {
    writeFileSync(join(home, 'belay-sample'), 'a file of yours');
    const copies = [await copySample(sample, home), await copySample(sample, home)];
    expect(copies.map(({ folder }) => folder)).toEqual([join(home, 'belay-sample-2'), join(home, 'belay-sample-3')]);
    expect(readFileSync(join(home, 'belay-sample'), 'utf8')).toBe('a file of yours');
  });

  it.skipIf(process.getuid?.() === 0)('says what is wrong with a place that can’t be written to', async () => {
    chmodSync(home, 0o500);
    const { reason, message } = await failure(home);
    chmodSync(home, 0o700);
    expect([reason, message]).toEqual([
      'place',
      expect.stringContaining(`No folder for the sample can be made in ${home}`),
    ]);
  });

  it('says what is wrong with a place that is none, so that another can be chosen', async () => {
    for (const parent of [join(root, 'nowhere'), join(sample, 'recording.jsonl')]) {
      const { reason, message } = await failure(parent);
      expect([reason, message]).toEqual(['place', expect.stringContaining(parent)]);
    }
  });

  it('is not made of a sample that is damaged, of another version or not whole', async () => {
    const damages: readonly (readonly [string | null, RegExp])[] = [
      [text.replace('"kind":"answer"', '"kind":"anwser"'), /recording\.jsonl:2: kind.*Install Belay again\.$/],
      [text.replace('{"recording":2', '{"recording":1'), /recording\.jsonl:1: this recording is of format 1/],
      [null, /^The sample of this Belay is not whole: ENOENT/],
    ];
    for (const [content, words] of damages) {
      if (content === null) rmSync(join(sample, 'recording.jsonl'));
      else writeFileSync(join(sample, 'recording.jsonl'), content);
      const { reason, message } = await failure(home);
      expect([reason, message]).toEqual(['sample', expect.stringMatching(words)]);
    }
    expect(existsSync(join(home, 'belay-sample'))).toBe(false);
  });
});
