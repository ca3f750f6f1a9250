// From an empty Run view to a run of one's own: a few questions, a task that explains itself, one confirmation, and the first
// question to a model that is a person. The folder and the cases beside it are real.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyTask } from '../fixtures/tinyTask.ts';
import { Stage } from './stage.ts';

const minuteMs = 60_000;
const answer =
  'Capitals.\n\n<call tool="write_file">\n<path>upper.sh</path>\n<content>\ntr a-z A-Z\n</content>\n</call>\n';

let stage: Stage;
let dir: string;

beforeAll(async () => {
  stage = await Stage.open('new-task', { first: 'work/upper' });
  dir = join(stage.host.folder, 'work', 'upper');
  writeTinyTask(dir, { modelUrl: '', heldOut: '../held-out.jsonl' });
  rmSync(join(dir, 'belay.json')); // the wizard's to write
  stage.host.put(join(dir, 'README.md'), '# upper\n');
}, 2 * minuteMs);

afterAll(async () => {
  await stage.close();
}, minuteMs);

const quickInput = () => stage.host.workbench.page.locator('.quick-input-widget');
const asked = (text: string) => quickInput().filter({ hasText: text }).waitFor({ timeout: 20_000 });

it('goes from the welcome to a run that is answered by hand', { timeout: 5 * minuteMs }, async () => {
  const { workbench } = stage.host;
  await workbench.openContainer('Belay');
  const welcome = await workbench.openPane('Run');
  await welcome.getByRole('button', { name: 'New Task…' }).waitFor();
  await stage.look('welcome', { themes: ['light', 'highContrast'], narrow: true });
  await welcome.getByRole('button', { name: 'New Task…' }).click();
  await asked('the language to rebuild in (1/');
  await workbench.quickPick('Shell');
  await asked('the original program (2/');
  await workbench.quickInput('tr', { enter: false });
  await asked('/usr/bin/tr');
  await stage.look('reference');
  await workbench.page.keyboard.press('Enter');
  await asked('documents for the agent (3/');
  await workbench.page.keyboard.press('Enter');
  await asked('the cases (4/');
  await workbench.quickPick('tests/visible.jsonl');
  await asked('held-out cases (5/');
  await workbench.quickPick('../held-out.jsonl');
  await asked('the model (6/7)');
  await stage.look('model');
  await workbench.quickPick('By Hand');
  await asked('the limit (7/7)');
  await workbench.quickPick('50 steps');
  await workbench.editorTab('belay.json').waitFor();
  await stage.look('written');
  expect(readFileSync(join(dir, 'belay.json'), 'utf8')).toContain('"heldOut": "../held-out.jsonl"');

  const before = stage.host.runs();
  await workbench.clickToast('Look it over, then start', 'Start Reconstruction');
  await workbench.dialog('Start “tr → Shell”?').waitFor();
  await stage.look('confirmation');
  await workbench.clickDialog('Start “tr → Shell”?', 'Start');
  const { client, panel } = await stage.host.started(before);
  await client.until((state) => (state.step?.request ?? null) !== null);
  await panel.getByRole('button', { name: 'Copy Question' }).first().waitFor();
  await stage.look('question', { narrow: true });
  await client.request('answer', { step: 1, text: answer });
  await client.until((state) => state.stepsFinished === 1);
  expect(readFileSync(join(dir, 'upper.sh'), 'utf8')).toBe('tr a-z A-Z\n');
  expect(stage.axeViolations).toEqual([]);
});
