// Finding the way back to a run: Open Run…, the link of a step that was copied and is followed, links of a gate and of a run, one
// that leads nowhere, and one that is followed in a window on another folder. VS Code's own road for links leads to Belay.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Workbench } from '../host/workbench.ts';
import { openScriptedStage, press, threeTries, writeGatedTask, type ScriptedStage } from './scriptedStage.ts';

const minuteMs = 60_000;

let scripted: ScriptedStage;

beforeAll(async () => {
  scripted = await openScriptedStage('links', threeTries(), { 'belay.notifyAtGates': false });
  writeGatedTask(scripted);
}, 2 * minuteMs);

afterAll(() => scripted.close(), minuteMs);

/** As the system hands a link over that was clicked in a browser or a mail. */
async function follow(window: Workbench, link: string): Promise<void> {
  await window.command('Developer: Open URL');
  await window.quickInput(link);
  await window.clickDialog('open this URI', 'Open');
}

it('leads to a run, a step and a gate, from any window', { timeout: 5 * minuteMs }, async () => {
  const { stage } = scripted;
  const { workbench } = stage.host;
  const { client, panel } = await stage.host.startRun();
  await client.until((state) => state.gate?.gate === 1);
  await press(panel, /^Accept(?! and)/);
  await client.until((state) => state.gate?.gate === 2);
  await panel.locator('.gate h2', { hasText: 'Gate at step 2' }).waitFor();

  await workbench.command('Belay: Open Run…');
  const listed = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'upper' });
  await listed.first().waitFor();
  await stage.look('open-run');
  await workbench.quickPick('upper');

  await panel.locator('.step-head').first().click();
  await press(panel, 'Copy Link');
  const clipboard = () => workbench.page.evaluate(() => navigator.clipboard.readText());
  const link = `code-oss://belay.belay/run/${client.state.run?.runId ?? ''}`;
  await expect.poll(clipboard).toBe(`${link}/step/1`);
  await panel.locator('.step-head').first().click();
  await panel.locator('.step-body').waitFor({ state: 'detached' });

  await workbench.command('Developer: Open URL');
  await workbench.quickInput(`${link}/step/1`);
  await workbench.dialog('open this URI').waitFor();
  await stage.look('asked');
  await workbench.clickDialog('open this URI', 'Open');
  await panel.locator('.step-body', { hasText: 'step 1 · checkpoint 1' }).waitFor();
  await stage.look('step');

  await follow(workbench, `${link}/gate/1`);
  await workbench.editorTab(/Gate 1 at step 1/).waitFor();
  await stage.look('gate');
  await follow(workbench, `${link}/step/9`);
  await workbench.toast('This run has no step 9; its last one is 2.').waitFor();
  await follow(workbench, 'code-oss://belay.belay/run/20200101-0000-aaaa');
  await workbench.toast('There is no run 20200101-0000-aaaa on this machine.').waitFor();
  await stage.look('nowhere');

  const other = await workbench.secondWindow();
  const elsewhere = join(stage.host.folder, 'other');
  mkdirSync(elsewhere);
  await other.openFolder(elsewhere);
  await follow(other, `${link}/step/2`);
  await other.dialog('Open the folder of “upper”?').waitFor();
  const opened = other.page.context().waitForEvent('page');
  await other.clickDialog('Open the folder of “upper”?', 'Open in New Window');
  const page = await opened;
  expect(new URL(page.url()).searchParams.get('folder')).toBe(scripted.dir);
  expect(stage.axeViolations).toEqual([]);
});
