import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Blobs } from '../../../src/engine/journal/blobs.ts';
import { VisibleCases } from '../../../src/engine/effects/visibleCases.ts';
import type { EntryBody, VerdictKind } from '../../../src/run/entry.ts';
import { checkpoint, created, fold, verified, wholeStep } from '../run/builders.ts';

const line = (id: string, more: object) => `${JSON.stringify({ id, ...more, expect: { exit: 0 } })}\n`;
const suite = line('a', { stdin: 'x' }) + line('b', {}) + line('c', { tags: ['Tabs'] });

let folder: string;
let blobs: Blobs;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-cases-'));
  blobs = new Blobs(folder);
  writeFileSync(join(folder, 'visible.jsonl'), suite);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Verdicts = Readonly<Record<string, VerdictKind>>;

async function measured(at: number, verdicts: Verdicts, suite: 'visible' | 'heldOut' = 'visible'): Promise<EntryBody> {
  const lines = Object.entries(verdicts).map(([id, verdict]) => JSON.stringify({ id, verdict }));
  const pass = Object.values(verdicts).filter((verdict) => verdict === 'pass').length;
  return verified(at, pass, lines.length, { suite, results: await blobs.putBlob(lines.join('\n')) });
}

async function cases(...figures: readonly (readonly [Verdicts, 'visible' | 'heldOut'])[]): Promise<VisibleCases> {
  const steps = figures.flatMap((_, at) => wholeStep(at + 1));
  const bodies = [];
  for (const [at, [verdicts, suite]] of figures.entries()) bodies.push(await measured(at + 1, verdicts, suite));
  const begun = [created(), { type: 'engine.started', pid: 1, generation: 1 } as const, checkpoint(0)];
  const state = fold([...begun, ...steps, ...bodies]);
  const suite = { kind: 'visible', file: join(folder, 'visible.jsonl') } as const;
  return new VisibleCases({ run: { state }, blobs, suite, source: null, verify: null });
}

describe('the visible cases, one by one', () => {
  it('have the verdicts of the newest verification, and a mark where they passed before', async () => {
    const found = await cases(
      [{ a: 'fail', b: 'pass', c: 'pass' }, 'visible'],
      [{ a: 'fail', b: 'timeout', c: 'pass' }, 'visible'],
    );
    expect(await found.list()).toEqual({
      checkpoint: 2,
      before: 1,
      file: null,
      cases: [
        { id: 'a', verdict: 'fail', tags: [] },
        { id: 'b', verdict: 'timeout', fell: true, tags: [] },
        { id: 'c', verdict: 'pass', tags: ['Tabs'] },
      ],
    });
  });

  it('H1: are never those of the held-out suite, nor have their verdicts', async () => {
    const told = async (suite: 'visible' | 'heldOut') =>
      (await (await cases([{ a: 'pass' }, 'visible'], [{ a: 'fail' }, suite])).list()).cases[0]?.verdict;
    expect(await told('heldOut')).toBe('pass');
    expect(await told('visible'), 'sabotaged').toBe('fail');
  });

  it('have no verdict before the first verification', async () => {
    const { checkpoint: at, before, cases: told } = await (await cases()).list();
    expect([at, before, told.map(({ verdict }) => verdict)]).toEqual([null, null, [null, null, null]]);
  });

  it('open as documents', async () => {
    const found = await cases([{ a: 'fail' }, 'visible']);
    expect((await found.read('a')).text).toMatch(/^Case a: fail at checkpoint 1\n\n[^]*stdin {2}"x"\n/);
    expect((await found.read('gone')).text).toContain('says no more of it');
  });
});
