/** Run directories that somebody else made: whatever lies there hides no other run, and nothing is waited for. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findKnownRun } from '../../../src/client/knownRuns.ts';
import { findRuns, readEngineRecord } from '../../../src/client/runs.ts';
import { newestRunOf } from '../../../src/extension/runRecords.ts';
import { runItem } from '../../../src/extension/commands/runItem.ts';
import { engineFile, runFolder, startFile } from '../../../src/protocol/places.ts';
import { created, entriesOf } from '../run/builders.ts';
import { listed } from './listed.ts';

const good = '20261122-0640-0001';
const hostile = '20261123-0640-7f3a';
let state: string;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'belay-hostile-'));
  await put(good, entriesOf([created()]));
  await put(hostile, []);
});
afterEach(() => rm(state, { recursive: true }));

async function put(runId: string, entries: readonly object[]): Promise<void> {
  const folder = runFolder(state, runId);
  await mkdir(join(folder, 'journal'), { recursive: true });
  await writeFile(startFile(folder), JSON.stringify({ workspace: '/w', taskFile: '/w/belay.json', createdAt: 7 }));
  await writeFile(segment(runId), entries.map((entry) => `${JSON.stringify(entry)}\tframe\n`).join(''));
}

const segment = (runId = hostile) => join(runFolder(state, runId), 'journal', '000001.jsonl');
const start = () => startFile(runFolder(state, hostile));
const engine = () => engineFile(runFolder(state, hostile));

async function inPlaceOf(file: string, make: (file: string) => unknown): Promise<void> {
  await rm(file, { force: true });
  await make(file);
}

const pipe = (file: string) => execFileSync('mkfifo', [file]);
const loop = (file: string) => symlink(file, file);

describe('a start.json', () => {
  const attacks: Readonly<Record<string, (file: string) => unknown>> = {
    'a pipe that nobody writes to': pipe,
    'a folder': (file) => mkdir(file),
    'a link to itself': loop,
    'an endless device': (file) => symlink('/dev/zero', file),
    'a large file': async (file) => {
      await writeFile(file, '{');
      await truncate(file, 2 ** 32);
    },
    'the word null': (file) => writeFile(file, 'null'),
    'one with a time that is none': (file) => writeFile(file, '{"workspace":"/w","taskFile":"/w/b","createdAt":{}}'),
  };
  it.each(Object.entries(attacks))('that is %s hides no other run', async (name, attack) => {
    await inPlaceOf(start(), attack);
    expect((await findRuns(state)).map(({ runId }) => runId)).toEqual([good]);
    expect((await listed(state)).map(({ runId, damage }) => [runId, damage])).toEqual([
      [hostile, 'its start.json is missing or can’t be read'],
      [good, null],
    ]);
    const told = name.startsWith('one with') ? hostile : good;
    expect((await newestRunOf(state, ['/w']))?.runId).toBe(told);
  });
});

describe('an engine.json', () => {
  const record = (socket: unknown) => JSON.stringify({ socket, token: 't', pid: 1 });
  it.each([
    ['a pipe', pipe],
    ['a link to itself', loop],
    ['one that names a port of this machine', (file: string) => writeFile(file, record('8080'))],
    ['one that names no port at all', (file: string) => writeFile(file, record('99999'))],
    ['one that names a path of the present folder', (file: string) => writeFile(file, record('engine.sock'))],
  ])('that is %s names no engine and hides no run', async (_, attack) => {
    await inPlaceOf(engine(), attack);
    expect(await readEngineRecord(runFolder(state, hostile))).toBeNull();
    expect((await findRuns(state)).map(({ runId, alive }) => [runId, alive])).toEqual([
      [hostile, false],
      [good, false],
    ]);
  });
});

describe('a journal', () => {
  const entry = (type: string, more: string) => `{"seq":1,"type":"${type}","at":1${more}}\tframe\n`;
  const line = 'its journal is damaged: journal/000001.jsonl, line 1';
  const whole = 'its journal is damaged: journal/000001.jsonl';
  const attacks: Readonly<Record<string, readonly [(file: string) => unknown, string]>> = {
    'a pipe': [pipe, whole],
    'a folder': [(file) => mkdir(file), whole],
    'more than a segment can be': [
      async (file) => {
        await writeFile(file, '');
        await truncate(file, 2 ** 32);
      },
      whole,
    ],
    'a decision without a gate': [(file) => writeFile(file, entry('gate.decided', '')), line],
    'an entry without its fields': [(file) => writeFile(file, entry('verification.finished', '')), line],
    'five million brackets': [
      (file) => writeFile(file, entry('run.created', `,"task":${'['.repeat(5e6)}${']'.repeat(5e6)}`)),
      line,
    ],
    'an entry that a later Belay wrote': [(file) => writeFile(file, entry('moon.landed', '')), line],
  };
  it.each(Object.entries(attacks))('of %s is named as damaged', async (_, [attack, damage]) => {
    await inPlaceOf(segment(), attack);
    expect((await listed(state)).map((run) => [run.runId, run.damage])).toEqual([
      [hostile, damage],
      [good, null],
    ]);
  });
});

describe('the list of “Open Run…”', () => {
  it('draws what a journal names, and obeys none of it', async () => {
    await put(hostile, entriesOf([created({ name: '$(check) Done\n\u202egnp.exe\u001b[2J' })]));
    const [run] = await listed(state);
    const { label } = runItem(run ?? expect.fail('it is listed'));
    expect(label).toBe('$\u200b(check) Done <U+202E>gnp.exe^[[2J');
  });

  it('names a run whose journal folds but says nonsense, and shows the others', async () => {
    const [entry] = entriesOf([created()]);
    await put(hostile, [{ ...entry, task: { name: {}, limits: 7 } }]);
    const items = (await listed(state)).map(runItem);
    expect(items[0]?.label).toBe(`$(warning) ${hostile}`);
    expect(items[0]?.detail).toBe(`${hostile} can’t be opened: its journal can’t be understood`);
    expect(items[1]?.label).toBe('cmark → Perl');
  });
});

it('a link finds a run that is older than the hundred that are listed', async () => {
  for (let minute = 0; minute < 101; minute += 1)
    await mkdir(runFolder(state, `20261124-${String(1000 + minute)}-0000`), { recursive: true });
  expect((await listed(state)).map(({ runId }) => runId)).not.toContain(good);
  expect((await findKnownRun(state, good))?.workspace).toBe('/w');
  expect(await findKnownRun(state, '20261122-0640-ffff')).toBeNull();
  expect(await findKnownRun(state, '../runs/20261122-0640-0001')).toBeNull();
});
