// What "New Task…" finds in a folder and on the machine, and the task that answers make of it. Real folders and programs.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  casesToCome,
  draftOf,
  holdsDollars,
  joinCommand,
  splitCommand,
  spendingOf,
  type WholeAnswers,
} from '../../../src/extension/newTask/answers.ts';
import {
  lookAtSuite,
  surveyFolder,
  type CandidateOffer,
  type FolderSurvey,
} from '../../../src/extension/newTask/survey.ts';
import { hasManualPage, writeTask } from '../../../src/extension/newTask/write.ts';
import { diagnose } from '../../../src/language/diagnose.ts';
import { createSuiteReader, diskPort } from '../../../src/language/disk.ts';
import { parseTask } from '../../../src/run/task.ts';

let root: string;
let folder: string;
let home: string;
let bin: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'belay-newTask-')));
  [folder, home, bin] = ['work/cal', 'home', 'bin'].map((name) => join(root, name)) as [string, string, string];
  for (const made of [folder, home, bin]) mkdirSync(made, { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, text = ''): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function program(path: string, text = '#!/bin/sh\n'): string {
  const file = put(path, text);
  chmodSync(file, 0o755);
  return file;
}

const survey = (): Promise<FolderSurvey> => surveyFolder({ folder, home, searchPath: bin });
const offer = async (language: string): Promise<CandidateOffer | undefined> =>
  (await survey()).candidates.find((one) => one.language === language);
const oneCase = '{"id":"a","expect":{"stdout":"x"}}\n';

describe('languages', () => {
  it('offers what the folder shows first, then what is on PATH, and nothing else', async () => {
    put('work/cal/Cargo.toml', '[package]\nname = "rcal"\n');
    program('bin/perl');
    program('bin/python3');
    const { candidates } = await survey();
    expect(candidates.map(({ language, mark, program: at }) => [language, mark, at])).toEqual([
      ['rust', 'Cargo.toml', null],
      ['python', null, join(bin, 'python3')],
      ['perl', null, join(bin, 'perl')],
    ]);
    expect(candidates[0]).toMatchObject({ build: 'cargo build --release --offline', run: ['./target/release/rcal'] });
  });

  it('takes commands from what is there', async () => {
    program('bin/node');
    program('bin/cc');
    put('work/cal/package.json', '{"main": "lib/cli.js"}');
    put('work/cal/Makefile');
    expect(await offer('javascript')).toMatchObject({ run: ['node', 'lib/cli.js'], mark: 'package.json' });
    expect(await offer('c')).toMatchObject({ build: 'make', run: ['./main'], mark: 'Makefile' });
    put('work/cal/package.json', '{"main": 7');
    put('work/cal/only.js');
    expect(await offer('javascript')).toMatchObject({ run: ['node', 'only.js'] });
  });

  it('offers nothing in an empty folder of a bare machine, or where there is no folder', async () => {
    const nothing = { candidates: [], docs: [], inside: [], outside: [], reference: null };
    expect(await survey()).toEqual(nothing);
    rmSync(folder, { recursive: true });
    expect(await survey()).toEqual(nothing);
  });
});

describe('toolchains', () => {
  it('names the folder that holds the program, not the stand-in on PATH', async () => {
    program('home/.rustup/toolchains/1.9-x/bin/cargo');
    program('home/.rustup/toolchains/1.80-x/bin/cargo');
    program('home/.cargo/bin/rustup');
    symlinkSync(join(home, '.cargo/bin/rustup'), join(bin, 'cargo'));
    expect((await offer('rust'))?.toolchains).toEqual(['~/.rustup/toolchains/1.80-x']);
    program('home/sdk/go1.24/bin/go');
    symlinkSync(join(home, 'sdk/go1.24/bin/go'), join(bin, 'go'));
    expect((await offer('go'))?.toolchains).toEqual(['~/sdk/go1.24']);
  });

  it('never names HOME or all of ~/.local, which hold more than programs', async () => {
    program('home/.local/bin/perl');
    program('home/bin/ruby');
    symlinkSync(join(home, '.local/bin/perl'), join(bin, 'perl'));
    symlinkSync(join(home, 'bin/ruby'), join(bin, 'ruby'));
    expect((await offer('perl'))?.toolchains).toEqual([]);
    expect((await offer('ruby'))?.toolchains).toEqual([]);
  });
});

describe('documents, cases and a reference', () => {
  it('finds them inside and beside the folder', async () => {
    for (const name of ['README.md', 'spec.txt', 'LICENSE.md', 'notes.c', 'docs/a.md']) put(`work/cal/${name}`);
    put('work/cal/tests/visible.jsonl', oneCase + oneCase.replace('"a"', '"b"'));
    put('work/cal/tests/log.jsonl', '{"time": 1}\n');
    put('work/cal/node_modules/x/cases.jsonl', oneCase);
    put('work/held.jsonl', oneCase);
    put('work/other/held.jsonl', oneCase);
    program('bin/cal');
    const found = await survey();
    expect(found.docs).toEqual(['README.md', 'docs/', 'spec.txt']);
    expect(found.inside).toEqual([{ file: 'tests/visible.jsonl', cases: 2 }]);
    expect(found.outside).toEqual([{ file: '../held.jsonl', cases: 1 }]);
    expect(found.reference).toBe('cal');
  });

  it('H1: tells of a file that holds no cases its line and nothing that stands there', async () => {
    const file = put('work/held.jsonl', `${oneCase}{"id":"secret-token"}\n`);
    const look = await lookAtSuite(file, folder);
    expect(look).toEqual({ ok: false, message: 'held.jsonl holds no cases that can be read: see its line 2.' });
  });

  it('H2: knows a file inside the folder, by whatever name it is reached', async () => {
    const file = put('work/cal/cases.jsonl', oneCase);
    symlinkSync(file, join(root, 'link.jsonl'));
    expect(await lookAtSuite(join(root, 'link.jsonl'), folder)).toEqual({ ok: true, cases: 1, inside: true });
    expect(await lookAtSuite(join(root, 'none.jsonl'), folder)).toMatchObject({ ok: false });
  });

  it('does not wait for a pipe', { timeout: 5_000 }, async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);
    expect(await lookAtSuite(join(folder, 'pipe.jsonl'), folder)).toMatchObject({ ok: false });
  });
});

const answers: WholeAnswers = {
  candidate: { label: 'Shell', language: 'sh', run: ['sh', 'main.sh'], toolchains: [] },
  reference: null,
  cases: { kind: 'visible', file: 'tests/visible.jsonl' },
  heldOut: '../held.jsonl',
  model: { provider: 'manual' },
  budget: { kind: 'steps', steps: 50 },
};

async function findings(text: string): Promise<readonly string[]> {
  const port = diskPort({ folder, home, searchPath: '/usr/bin:/bin' }, createSuiteReader(), () => undefined);
  const machine = { port, cutSuites: new Set<string>(), silentEndpoints: new Set<string>() };
  return (await diagnose(text, { machine, jsonFeatures: false })).findings.map(({ message }) => message);
}

describe('the written task', () => {
  beforeEach(() => {
    put('work/cal/tests/visible.jsonl', oneCase);
    put('work/held.jsonl', oneCase);
  });
  const written = () => readFileSync(join(folder, 'belay.json'), 'utf8');

  it.each<[string, Partial<WholeAnswers>]>([
    ['cases and held-out cases', {}],
    ['a split', { cases: { kind: 'split', file: '../held.jsonl' }, heldOut: null }],
    ['a reference and documents', { reference: ['sort', '-n'], docs: ['tests/'] }],
    [
      'dollars',
      { model: { provider: 'anthropic', name: 'claude-sonnet-4-5' }, budget: { kind: 'dollars', dollars: 20 } },
    ],
    [
      'a model that costs nothing',
      {
        model: {
          provider: 'openai-compatible',
          baseUrl: 'http://127.0.0.1:9/v1',
          name: 'm',
          price: { input: 0, output: 0 },
        },
      },
    ],
  ])('of %s has no finding', async (_, change) => {
    expect(await writeTask(folder, 'cal', { ...answers, ...change })).toEqual({ written: true, notes: [] });
    expect(await findings(written())).toEqual([]);
  });

  it('without cases has one finding, which says what to do', async () => {
    await writeTask(folder, 'cal', { ...answers, cases: { kind: 'none' }, heldOut: null });
    rmSync(join(folder, casesToCome));
    expect(await findings(written())).toEqual([
      `"${casesToCome}" does not exist; it holds the cases, one JSON object a line`,
    ]);
  });

  it('never replaces a belay.json', async () => {
    put('work/cal/belay.json', 'mine');
    expect(await writeTask(folder, 'cal', answers)).toMatchObject({ written: false });
    expect(written()).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['belay.json', 'tests']);
  });

  it('says in which folder it can not write', async () => {
    chmodSync(folder, 0o555);
    const refused =
      process.getuid?.() === 0 ? writeTask(join(root, 'none'), 'cal', answers) : writeTask(folder, 'cal', answers);
    await expect(refused).rejects.toThrow(/EACCES|ENOENT/);
    chmodSync(folder, 0o755);
  });

  it('saves the manual page of the reference beside it, or says why it could not', async () => {
    const before = process.env['PATH'];
    process.env['PATH'] = `${bin}:/usr/bin:/bin`;
    try {
      program(
        'bin/man',
        '#!/bin/sh\n[ "$1" = -w ] && shift && printf "%s.gz" "$1"\n[ "$1" = cal ] && printf "C\\bCAL(1)\\n"\ntrue\n',
      );
      expect(await hasManualPage('cal', bin)).toBe(true);
      expect(await hasManualPage('../cal', bin)).toBe(false);
      expect(await hasManualPage('cal', home)).toBe(false);
      await writeTask(folder, 'cal', { ...answers, reference: ['cal'], manualPage: true });
      expect(readFileSync(join(folder, 'docs/cal.txt'), 'utf8')).toBe('CAL(1)\n');
      expect(written()).toContain('"docs": ["docs/cal.txt"]');
      rmSync(join(folder, 'belay.json'));
      const { notes } = await writeTask(folder, 'cal', { ...answers, reference: ['sort'], manualPage: true });
      expect(notes).toEqual(['man has no page of sort, so no document was saved.']);
      expect(written()).toContain('"docs": []');
      expect(existsSync(join(folder, 'docs/sort.txt'))).toBe(false);
    } finally {
      process.env['PATH'] = before;
    }
  });
});

describe('limits', () => {
  it.each([1, 5, 20, 60, 1_000])('B1: of %d dollars hold, and open gates before', (dollars) => {
    const { budget, gates } = spendingOf({ kind: 'dollars', dollars });
    expect(budget.costUsd?.hard).toBe(dollars);
    expect(gates.everySteps).toBeLessThan(budget.steps?.hard ?? 0);
    const task = draftOf('cal', {
      ...answers,
      model: { provider: 'anthropic', name: 'm' },
      budget: { kind: 'dollars', dollars },
    });
    expect(parseTask(task).ok).toBe(true);
  });

  it.each([1, 50, 100_000])('B1: of %d steps bound a model without a price', (steps) => {
    expect(parseTask(draftOf('cal', { ...answers, budget: { kind: 'steps', steps } })).ok).toBe(true);
  });

  it('B1: dollars hold only what has a price', () => {
    expect(holdsDollars({ provider: 'anthropic', name: 'm' })).toBe(true);
    expect(holdsDollars({ provider: 'manual' })).toBe(false);
    expect(holdsDollars({ provider: 'manual', price: { input: 1, output: 2 } })).toBe(true);
    const free = { input: 0, output: 0 };
    expect(holdsDollars({ provider: 'openai-compatible', baseUrl: 'http://x/v1', name: 'm', price: free })).toBe(false);
  });
});

describe('a command line', () => {
  it.each([
    ['cal', ['cal']],
    ['  cmark   --unsafe ', ['cmark', '--unsafe']],
    [`sh -c "a b" 'c "d"' ""`, ['sh', '-c', 'a b', 'c "d"', '']],
    ['', null],
    ['sh "open', null],
  ] as const)('%j is split as a person means it', (line, words) => {
    expect(splitCommand(line)).toEqual(words);
    if (words !== null) expect(splitCommand(joinCommand(words))).toEqual(words);
  });
});
