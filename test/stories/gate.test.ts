// The road of every run: start with one confirmation, a gate that is reviewed in VS Code's own diffs, a redirect that the next
// prompt holds, a rollback and its undo, the end. Real VS Code, engine, sandbox and checkpoints; the model is a script.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import {
  askRollback,
  openScriptedStage,
  press,
  threeTries,
  writeGatedTask,
  type ScriptedStage,
} from './scriptedStage.ts';
import { axeCheck } from './stage.ts';

const minuteMs = 60_000;
const sentence = 'Keep the letters of other alphabets as they are.';

let scripted: ScriptedStage;

beforeAll(async () => {
  scripted = await openScriptedStage('gate', threeTries());
  writeGatedTask(scripted);
}, 2 * minuteMs);

afterAll(() => scripted.close(), minuteMs);

const gateOpen = (client: RunConnection, gate: number) => client.until((state) => state.gate?.gate === gate);

it('starts, is reviewed, redirected, rolled back and undone, and ends', { timeout: 5 * minuteMs }, async () => {
  const { stage, model, dir } = scripted;
  const { workbench } = stage.host;
  await workbench.openContainer('Belay');
  await (await workbench.openPane('Run')).getByRole('button', { name: 'Start Reconstruction' }).waitFor();
  const { client, panel } = await stage.host.startRun();

  await gateOpen(client, 1);
  await panel.getByText('Gate at step 1').first().waitFor();
  await press(panel, 'Review Gate');
  await workbench.editorTab(/Gate at step 1/).waitFor();
  await workbench.page.locator('.monaco-diff-editor, .multiDiffEditor').first().waitFor();
  await stage.look('review', { themes: ['light', 'highContrast', 'highContrastLight'], narrow: true });
  await press(panel, /^Accept(?! and)/);
  await gateOpen(client, 2);
  expect(client.state.accepted).toBe(1);

  const before = readFileSync(join(dir, 'upper.sh'), 'utf8');
  await askRollback(stage, client.state, 1);
  await panel.getByText('Back to checkpoint 1').first().waitFor();
  await stage.look('rollback-plan', { narrow: true });
  await press(panel, 'Roll Back');
  await client.until((state) => state.lastRollback !== null);
  expect(readFileSync(join(dir, 'upper.sh'), 'utf8')).not.toBe(before);
  await press(panel, 'Undo');
  await expect.poll(() => readFileSync(join(dir, 'upper.sh'), 'utf8')).toBe(before);
  await stage.look('undone');

  await panel.getByRole('textbox', { name: 'Redirect' }).fill(sentence);
  await panel.getByRole('textbox', { name: 'Redirect' }).press('Enter');
  await client.until((state) => state.directives.length > 0);
  if (client.state.paused !== null) await press(panel, 'Resume');
  await client.until((state) => state.stepsFinished >= 3);
  expect(model.requests.at(-1)?.text).toContain(sentence);
  await stage.look('redirected');

  for (let state = client.state; state.ended === null; state = client.state) {
    const open = await client.until(({ gate, ended }) => gate !== null || ended !== null);
    if (open.ended !== null) break;
    await press(panel, /^Accept(?! and)/);
    await client.until(({ gate, ended }) => gate?.gate !== open.gate?.gate || ended !== null);
  }
  expect(client.state.ended?.outcome).toBe('finished');
  expect(client.state.figures.visible.last).toMatchObject({ pass: 4, total: 4 });
  await panel.getByText('Finished').first().waitFor();
  await stage.look('end', { themes: ['light'], narrow: true });
  expect(stage.axeViolations).toEqual([]);
});

it('axe would tell what is wrong in the Run view', { timeout: minuteMs }, async () => {
  const panel = await scripted.stage.host.workbench.webview('run');
  expect(await axeCheck(panel, 'as it is')).toEqual([]);
  await panel.evaluate(() => document.body.append(document.createElement('img')));
  expect(await axeCheck(panel, 'sabotaged')).toContainEqual(expect.stringContaining('image-alt'));
});
