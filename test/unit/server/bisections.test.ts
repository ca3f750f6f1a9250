import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bisections } from '../../../src/engine/effects/bisections.ts';
import { Blobs } from '../../../src/engine/journal/blobs.ts';
import type { BlobRef, VerdictKind } from '../../../src/run/entry.ts';
import { checkpoint, created, fold, wholeStep } from '../run/builders.ts';

const steps = 199;
const broken = 137;

let folder: string;
let blobs: Blobs;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-bisect-'));
  blobs = new Blobs(folder);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Verdicts = Readonly<Record<number, VerdictKind>>;

/** A run of 200 checkpoints whose case passes before `broken`; earlier verifications said what `known` says. */
async function search(known: Verdicts, verdictAt = (at: number): VerdictKind => (at < broken ? 'pass' : 'fail')) {
  const state = fold([
    created(),
    { type: 'engine.started', pid: 1, generation: 1 },
    checkpoint(0),
    ...Array.from({ length: steps }, (_, i) => wholeStep(i + 1)).flat(),
  ]);
  const results = new Map<number, BlobRef>();
  for (const [at, verdict] of Object.entries(known))
    results.set(
      Number(at),
      await blobs.putBlob(`{"id":"other","verdict":"fail"}\n${JSON.stringify({ id: 'a', verdict })}`),
    );
  const asked: number[] = [];
  const bisections = new Bisections({
    run: { state },
    blobs,
    results: () => results,
    verify: (at, ids) => {
      asked.push(at);
      const verdict = verdictAt(at);
      return Promise.resolve({
        build: { ok: true },
        cases: ids.map((id) => ({ id, verdict, wallMs: 1 })),
        failing: [],
      });
    },
  });
  return { bisections, asked };
}

describe('the step that broke a case', () => {
  it('is found among 200 checkpoints in at most 9 verifications', async () => {
    const { bisections, asked } = await search({ 0: 'pass', 199: 'fail' });
    expect(await bisections.find('a')).toMatchObject({
      kind: 'found',
      passed: broken - 1,
      broken,
      step: broken,
      verified: asked.length,
    });
    expect(asked.length).toBeLessThanOrEqual(9);
  });

  it('is known without any where verifications stand on both sides', async () => {
    const { bisections, asked } = await search({ 0: 'fail', 136: 'pass', 137: 'timeout', 199: 'fail' });
    expect(await bisections.find('a')).toMatchObject({ kind: 'found', passed: 136, broken: 137, verified: 0 });
    expect(asked).toEqual([]);
  });

  it('H5: is not told from an error, which says nothing of the case', async () => {
    const { bisections } = await search({ 0: 'pass', 199: 'error' }, (at) => (at === 199 ? 'fail' : 'error'));
    await expect(bisections.find('a')).rejects.toThrow('The case could not be run at checkpoint');
  });

  it('says that the case passes, or that it never did', async () => {
    expect(await (await search({ 199: 'pass' })).bisections.find('a')).toEqual({
      kind: 'passes',
      checkpoint: 199,
      verified: 0,
    });
    expect(await (await search({ 199: 'fail' }, () => 'fail')).bisections.find('a')).toMatchObject({
      kind: 'neverPassed',
      since: 0,
    });
  });
});
