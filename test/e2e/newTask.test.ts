// "New Task…" as a person goes through it, in a real window: left in the middle, gone on with, back a step, to a task without a
// finding that starts. The folder and what lies beside it are real; nothing is written before the last answer.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteText } from '../cmark/cases.ts';
import { BelayHost } from './belayHost.ts';

const minuteMs = 60_000;
let host: BelayHost;
let dir: string;

const casesOf = (prefix: string, count: number): string =>
  suiteText(
    [...Array(count).keys()].map((number) => ({
      id: `${prefix}-${String(number)}`,
      tags: [],
      args: ['a-z', 'A-Z'],
      stdin: `${prefix} ${String(number)}`,
      expect: { stdout: `${prefix} ${String(number)}`.toUpperCase(), exit: 0 },
    })),
  );

beforeAll(async () => {
  host = await BelayHost.start({ first: 'work/upper' });
  dir = join(host.folder, 'work', 'upper');
  host.put(join(dir, 'README.md'), '# upper\n');
  host.put(join(dir, 'tests', 'visible.jsonl'), casesOf('seen', 4));
  host.put(join(host.folder, 'work', 'held-out.jsonl'), casesOf('hidden', 3));
}, 2 * minuteMs);

afterAll(async () => {
  await host.close();
}, minuteMs);

const quickInput = () => host.workbench.page.locator('.quick-input-widget');
const asked = (text: string | RegExp) => quickInput().filter({ hasText: text }).waitFor({ timeout: 20_000 });
const enter = () => host.workbench.page.keyboard.press('Enter');

it(
  'asks a few questions, keeps the answers when it is left, and writes nothing',
  { timeout: 2 * minuteMs },
  async () => {
    const { workbench } = host;
    await workbench.openContainer('Belay');
    const welcome = await workbench.openPane('Run');
    await welcome.getByRole('button', { name: 'New Task…' }).click();
    await asked('the language to rebuild in (1/');
    await workbench.screenshot('task-01-language');
    await workbench.quickPick('Shell');

    await asked('the original program (2/');
    await workbench.quickInput('no-such-program', { enter: false });
    await asked('“no-such-program” was not found on PATH');
    await enter();
    await workbench.screenshot('task-02-not-found');
    await workbench.quickInput('sh', { enter: false });
    await asked('the run would be NOT sealed: the candidate runs with');
    await workbench.screenshot('task-03-not-sealed');
    await workbench.quickInput('tr', { enter: false });
    await asked('/usr/bin/tr');
    await workbench.screenshot('task-04-reference');
    await enter();

    await asked('documents for the agent (3/');
    await workbench.screenshot('task-05-documents');
    await enter();
    await asked('the cases (4/');
    await quickInput().getByText('4 cases').waitFor();
    await workbench.screenshot('task-06-cases');
    await workbench.quickPick('tests/visible.jsonl');
    await asked('held-out cases (5/');
    await quickInput().getByRole('button', { name: 'Back' }).click();
    await asked('the cases (4/');
    await workbench.quickPick('tests/visible.jsonl');
    await asked('held-out cases (5/');
    await workbench.screenshot('task-07-held-out');
    await workbench.page.keyboard.press('Escape');
    await quickInput().waitFor({ state: 'hidden' });
    expect(Object.keys(host.filesOf(dir)).sort()).toEqual(['README.md', 'tests/visible.jsonl']);
  },
);

it('goes on where it was left, to a task without a finding', { timeout: 2 * minuteMs }, async () => {
  const { workbench } = host;
  await workbench.command('Belay: New Task…');
  await asked('5 answers kept'.replace('5', '4'));
  await workbench.screenshot('task-08-go-on');
  await workbench.quickPick('Go On Where You Stopped');
  await asked('held-out cases (5/');
  await workbench.quickPick('../held-out.jsonl');
  await asked('the model (6/7)');
  await workbench.quickPick('OpenAI-compatible…');
  await asked('Where does the model run?');
  await workbench.page.keyboard.press('Escape');
  await asked('the model (6/7)');
  await quickInput().getByRole('button', { name: 'Back' }).click();
  await asked('held-out cases (5/');
  await workbench.quickPick('../held-out.jsonl');
  await asked('the model (6/7)');
  await workbench.screenshot('task-09-model');
  await workbench.quickPick('By Hand');
  await asked('the limit (7/7)');
  await workbench.screenshot('task-10-limit');
  await workbench.quickPick('50 steps');
  await workbench.editorTab('belay.json').waitFor();
  await workbench.toast('Look it over, then start').waitFor();
  await workbench.screenshot('task-11-written');
  const text = readFileSync(join(dir, 'belay.json'), 'utf8');
  expect(text).toContain('// The original program, where there is one.');
  expect(text).toContain('"heldOut": "../held-out.jsonl"');
  // The language server has looked: the words of its hover are there only then; the counts of problems stay at zero.
  await workbench.statusBarItem(/^\s*0\s*0\s*$/).waitFor();
  expect(existsSync(join(dir, 'docs'))).toBe(false);
});

it('H2: starts with truths that were looked at', { timeout: 2 * minuteMs }, async () => {
  const { workbench } = host;
  await workbench.clickToast('Look it over, then start', 'Start Reconstruction');
  const question = workbench.dialog('Start “tr → Shell”?');
  await question.waitFor();
  const words = await question.innerText();
  expect(words).toMatch(/May run up to 12 hours and take up to 50 steps in this folder\. What it costs is not known/);
  expect(words).toMatch(/Sandbox: bubblewrap [\d.]+, which withstood \d+ attacks here\. Held-out: sealed\./);
  await workbench.screenshot('task-12-start');
  await workbench.clickDialog('Start “tr → Shell”?', 'Cancel');
  expect(host.runs()).toEqual([]);
});

it('never touches a belay.json that is there', { timeout: minuteMs }, async () => {
  const { workbench } = host;
  const before = host.filesOf(dir);
  await workbench.command('View: Close All Editors');
  await workbench.command('Belay: New Task…');
  await workbench.clickToast('has a belay.json already', 'Open belay.json');
  await workbench.editorTab('belay.json').waitFor();
  expect(host.filesOf(dir)).toEqual(before);
});
