import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bisections } from '../../../src/engine/effects/bisections.ts';
import { findBreak, type GivingUp } from '../../../src/protocol/findBreak.ts';
import { Blobs } from '../../../src/engine/journal/blobs.ts';
import type { Bisection } from '../../../src/run/bisect.ts';
import type { BlobRef, EntryBody, VerdictKind } from '../../../src/run/entry.ts';
import type { RunState } from '../../../src/run/state.ts';
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

/** A run of 200 checkpoints; earlier verifications said what `known` says, new ones say `verdictAt`. */
async function search(known: Verdicts, verdictAt: (at: number) => VerdictKind = breaksOnce) {
  let state = begun();
  const results = new Map<number, BlobRef>();
  for (const [at, verdict] of Object.entries(known))
    results.set(
      Number(at),
      await blobs.putBlob(`{"id":"other","verdict":"fail"}\n${JSON.stringify({ id: 'a', verdict })}`),
    );
  const asked: number[] = [];
  const run = {
    get state() {
      return state;
    },
  };
  const bisections = new Bisections({
    run,
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
  const moves: Bisection[] = [];
  const find = async (givingUp: GivingUp = never, onMove: () => void = () => undefined) =>
    findBreak({
      id: 'a',
      first: await bisections.move({ id: 'a' }),
      ask: (move) => bisections.move(move),
      onMove: (move) => {
        moves.push(move);
        onMove();
      },
      givingUp,
    });
  const more = (bodies: readonly EntryBody[]) => {
    state = fold(bodies, state);
  };
  return { bisections, find, asked, moves, more, results };
}

const never: GivingUp = {
  isCancellationRequested: false,
  onCancellationRequested: () => ({ dispose: () => undefined }),
};

const breaksOnce = (at: number): VerdictKind => (at < broken ? 'pass' : 'fail');

function begun(): RunState {
  return fold([
    created(),
    { type: 'engine.started', pid: 1, generation: 1 },
    checkpoint(0),
    ...Array.from({ length: steps }, (_, i) => wholeStep(i + 1)).flat(),
  ]);
}

describe('the step that broke a case', () => {
  it('is found among 200 checkpoints in at most 9 verifications, each told before it is made', async () => {
    const { find, asked, moves } = await search({ 0: 'pass', 199: 'fail' });
    expect(await find()).toEqual({
      kind: 'found',
      passed: broken - 1,
      broken,
      step: broken,
      title: `checkpoint ${String(broken)}`,
      thinned: 0,
      verified: asked.length,
    });
    expect(asked.length).toBeLessThanOrEqual(9);
    expect(moves.map((move) => move.kind === 'searching' && move.checkpoint)).toEqual(asked);
    const left = moves.map((move) => (move.kind === 'searching' ? move.left : null) ?? Number.NaN);
    expect(left.every((count, index) => count >= asked.length - index)).toBe(true);
    expect(left[0]).toBeLessThanOrEqual(8);
  });

  it('is known at once when it is asked for again', async () => {
    const { find, asked } = await search({ 0: 'pass', 199: 'fail' });
    const [first, before] = [await find(), asked.length];
    expect(await find()).toEqual(first);
    expect(asked.length).toBe(before);
  });

  it('is looked for from where a search was given up', async () => {
    const { find, asked } = await search({ 0: 'pass', 199: 'fail' });
    const givingUp = { ...never, isCancellationRequested: false };
    expect(
      await find(givingUp, () => {
        givingUp.isCancellationRequested = asked.length === 3;
      }),
    ).toBeNull();
    expect(asked.length).toBe(3);
    expect(await find()).toMatchObject({ kind: 'found', broken });
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(9);
  });

  it('is waited for no longer once it is given up, though a verification is at work; what that says is kept', async () => {
    const { find, asked } = await search({ 0: 'pass', 199: 'fail' });
    const giveUp: GivingUp = {
      isCancellationRequested: false,
      onCancellationRequested: (listener) => {
        listener();
        return { dispose: () => undefined };
      },
    };
    expect(await find(giveUp)).toBeNull();
    expect(await find()).toMatchObject({ kind: 'found', broken });
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('is found while the run goes on: what it adds is not asked', async () => {
    const { find, asked, more } = await search({ 0: 'pass' });
    let step = steps;
    const found = await find(undefined, () => {
      step += 1;
      more(wholeStep(step));
    });
    expect(found).toMatchObject({ kind: 'found', broken });
    expect(Math.max(...asked)).toBe(steps);
    expect(asked.length).toBeLessThanOrEqual(9);
  });

  it('says of a passing case that it passes, though the run goes on', async () => {
    const { find, asked, more } = await search({}, () => 'pass');
    let step = steps;
    const found = await find(undefined, () => {
      step += 1;
      more(wholeStep(step));
    });
    expect(found).toEqual({ kind: 'passes', checkpoint: steps, verified: 1 });
    expect(asked).toEqual([steps]);
  });

  it('is known without any where verifications stand on both sides', async () => {
    const { find, asked } = await search({ 0: 'fail', 136: 'pass', 137: 'timeout', 199: 'fail' });
    expect(await find()).toMatchObject({ kind: 'found', passed: 136, broken: 137, verified: 0 });
    expect(asked).toEqual([]);
  });

  it('says how many checkpoints between the two were thinned', async () => {
    const { find, more } = await search({ 0: 'pass', 199: 'fail' });
    const gone = Array.from({ length: 20 }, (_, i) => broken - 10 + i);
    more([{ type: 'checkpoints.thinned', checkpoints: gone }]);
    expect(await find()).toMatchObject({ kind: 'found', passed: broken - 11, broken: broken + 10, thinned: 20 });
  });

  it('is found where the verdicts of a verification are gone, from the others', async () => {
    const { find, asked, results } = await search({ 0: 'pass', 199: 'fail' });
    results.set(100, { digest: 'f'.repeat(64), bytes: 3 });
    expect(await find()).toMatchObject({ kind: 'found', broken });
    expect(asked.length).toBeLessThanOrEqual(9);
  });

  it('H5: is not told from an error, which says nothing of the case', async () => {
    const { find } = await search({ 0: 'pass', 199: 'error' }, (at) => (at === 199 ? 'fail' : 'error'));
    await expect(find()).rejects.toThrow('The case could not be run at checkpoint');
  });

  it('H5: blames no step where the case is flaky on the way', async () => {
    const { find } = await search({ 0: 'pass', 199: 'fail' }, () => 'flaky');
    await expect(find()).rejects.toThrow('No step can be blamed for it');
  });

  it('says that the case passes, or that it never did', async () => {
    expect(await (await search({ 199: 'pass' })).find()).toEqual({ kind: 'passes', checkpoint: 199, verified: 0 });
    const never = await search({ 199: 'fail' }, () => 'fail');
    expect(await never.find()).toMatchObject({ kind: 'neverPassed', since: 0 });
    expect(never.moves[0]).toMatchObject({ left: null });
  });

  it('of a run that has ended is told from its verifications, or how far they know it', async () => {
    const ended = async (known: Verdicts) => {
      const { results } = await search(known);
      const bisections = new Bisections({ run: { state: begun() }, blobs, results: () => results, verify: null });
      return bisections.move({ id: 'a' });
    };
    expect(await ended({ 136: 'pass', 137: 'fail' })).toMatchObject({ kind: 'found', broken: 137 });
    await expect(ended({ 100: 'pass', 180: 'fail' })).rejects.toThrow('"a" broke after checkpoint 100 and by 180');
    await expect(ended({ 180: 'fail' })).rejects.toThrow('no verification of it saw the case pass');
    await expect(ended({ 100: 'pass' })).rejects.toThrow('"a" passed last at checkpoint 100');
  });
});
