import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runFolder, startFile } from '../../../src/protocol/places.ts';
import { created, entriesOf, wholeStep } from '../run/builders.ts';
import { listed } from './listed.ts';

let state: string;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'belay-known-'));
});
afterEach(() => rm(state, { recursive: true }));

async function put(
  runId: string,
  journal: string | null,
  start: unknown = { workspace: '/w', taskFile: '/w/belay.json', createdAt: 7 },
) {
  const folder = runFolder(state, runId);
  await mkdir(join(folder, 'journal'), { recursive: true });
  await writeFile(startFile(folder), typeof start === 'string' ? start : JSON.stringify(start));
  if (journal !== null) await writeFile(join(folder, 'journal', '000001.jsonl'), journal);
}

const lines = entriesOf([created(), ...wholeStep(1).slice(0, 1)]).map((entry) => `${JSON.stringify(entry)}\tframe`);

it('lists every run, newest first, and names what is damaged and where', async () => {
  expect(await listed(join(state, 'none'))).toEqual([]);
  await put('20260101-0000-0001', `${lines.join('\n')}\n`);
  await put('20260102-0000-0002', `${lines[0] ?? ''}\nrubbish\n${lines[1] ?? ''}\n`);
  await put('20260103-0000-0003', null);
  await put('20260104-0000-0004', null, '{ not json');
  await put('20260105-0000-0005', `${lines.join('\n')}\n{"seq":3,"unfin`);
  const runs = await listed(state);
  expect(
    runs.map(({ runId, damage, state: folded, alive }) => [runId.slice(-1), damage, folded?.seq ?? 0, alive]),
  ).toEqual([
    ['5', null, 2, false],
    ['4', 'its start.json is missing or can’t be read', 0, false],
    ['3', 'it has no entry: its engine never came so far', 0, false],
    ['2', 'its journal is damaged: journal/000001.jsonl, line 2', 1, false],
    ['1', null, 2, false],
  ]);
});
