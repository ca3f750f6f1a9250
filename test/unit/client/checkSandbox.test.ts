/** Job: a check of the sandbox by the real engine's bundle: it is followed, cancelled, kept, and told at the next start. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkSandbox } from '../../../src/client/checkSandbox.ts';
import { preflight } from '../../../src/client/preflight.ts';
import type { Preflight } from '../../../src/protocol/places.ts';
import type { SandboxCheck } from '../../../src/run/sandboxCheck.ts';
import { plantSabotaged, sabotages } from '../../attack/sabotages.ts';
import { engineBundle } from '../../contract/engineBundle.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let root: string;
let bundle: string;
beforeEach(async () => {
  bundle = await engineBundle();
  root = realpathSync(mkdtempSync(join(tmpdir(), 'belay-check-')));
  for (const name of ['workspace', 'tmp']) mkdirSync(join(root, name));
  vi.stubEnv('TMPDIR', join(root, 'tmp'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const line = (id: string) => `${JSON.stringify({ id, stdin: id, expect: { exit: 0 } })}\n`;

function check(onProgress: (done: number, total: number) => void, signal = new AbortController().signal) {
  return checkSandbox({ state: join(root, 'state'), engineBundle: bundle, onProgress, signal });
}

async function atStart() {
  const workspace = join(root, 'workspace');
  writeFileSync(join(root, 'heldOut.jsonl'), line('h'));
  writeFileSync(join(workspace, 'visible.jsonl'), line('v'));
  const task = {
    name: 'upper',
    candidate: { language: 'sh', run: ['sh', 'upper.sh'] },
    suites: { visible: 'visible.jsonl', heldOut: '../heldOut.jsonl' },
    model: { provider: 'manual' },
    budget: { steps: { hard: 3 } },
  };
  const taskFile = join(workspace, 'belay.json');
  writeFileSync(taskFile, JSON.stringify(task));
  return preflight({ taskFile, workspace }, { state: join(root, 'state'), engineBundle: bundle });
}

function withstoodIn({ sandbox }: Preflight): number {
  return (sandbox.available ? sandbox.withstood : undefined) ?? 0;
}

describe('a check of the sandbox', () => {
  it('H2: is followed to its end, takes its scene away, and the next start knows what the sandbox withstood', async () => {
    const first = withstoodIn(await atStart());
    const seen: number[] = [];
    const found = await check((done) => seen.push(done));
    expect(found?.attacks.filter((one) => one.outcome === 'through' && one.expected !== 'through')).toEqual([]);
    expect(found?.passed).toBe(true);
    expect(seen).toEqual(found?.attacks.map((_, i) => i + 1));
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
    expect(first, 'the first start tries fewer, in one sandbox').toBeGreaterThan(0);
    expect(first).toBeLessThan(found?.attacks.length ?? 0);
    expect(await atStart()).toMatchObject({
      sandbox: { available: true, withstood: found?.attacks.length },
      suites: { reasons: [] },
    });
  });

  it('H2: that lets one through is a reason why a run is NOT sealed (sabotaged: a sandbox with a network)', async () => {
    const sabotage = sabotages.find(({ name }) => name === 'without a network namespace');
    if (!sabotage) throw new Error('there is no such sabotage');
    plantSabotaged(join(root, 'bin'), sabotage);
    vi.stubEnv('PATH', [join(root, 'bin'), process.env['PATH']].join(delimiter));
    const found: SandboxCheck | null = await check(() => undefined);
    expect(found?.passed).toBe(false);
    const { sandbox, suites } = await atStart();
    expect(sandbox).not.toHaveProperty('withstood');
    expect(suites?.reasons).toEqual([expect.stringMatching(/^\d attacks came through the sandbox/)]);
  });

  it('ends when it is cancelled, takes its scene away and keeps what was known', async () => {
    const first = withstoodIn(await atStart());
    const cancel = new AbortController();
    const found = await check(() => {
      cancel.abort();
    }, cancel.signal);
    expect(found).toBeNull();
    await vi.waitFor(
      () => {
        expect(readdirSync(join(root, 'tmp'))).toEqual([]);
      },
      { timeout: 20_000 },
    );
    expect(withstoodIn(await atStart())).toBe(first);
  });
});
