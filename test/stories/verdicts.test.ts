// The visible cases in VS Code's own Test Explorer: nothing before it is asked for, then verdicts by tag, a case run again, and what is
// expected beside what came out.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScriptedStage, writeGatedTask, type ScriptedStage } from './scriptedStage.ts';
import { say, script, writes } from '../contract/harness.ts';

const minuteMs = 60_000;

let scripted: ScriptedStage;

beforeAll(async () => {
  scripted = await openScriptedStage('verdicts', script(say('Half of them.', writes('upper.sh', 'tr a-s A-S\n'))));
  writeGatedTask(scripted);
}, 2 * minuteMs);

afterAll(() => scripted.close(), minuteMs);

it('shows verdicts, and runs a case again', { timeout: 5 * minuteMs }, async () => {
  const { stage } = scripted;
  const { workbench } = stage.host;
  const { page } = workbench;
  await workbench.openContainer('Belay');
  const { client } = await stage.host.startRun();
  await client.until((state) => state.gate?.gate === 1);
  await workbench.command('Belay: Show Verdicts in Test Explorer');
  const row = (name: string | RegExp) => page.locator('.test-explorer .monaco-list-row', { hasText: name }).first();
  await row('letters').waitFor();
  await row('letters').click();
  await page.keyboard.press('ArrowRight');
  await row('seen-1').waitFor();
  await stage.look('listed', { themes: ['light'], narrow: true });
  const asked = client.state.seq;
  await row('seen-2').click();
  await row('seen-2').hover();
  await row('seen-2').getByRole('button', { name: 'Run Test' }).click();
  await page.getByText('standard output differs').first().waitFor();
  await page.locator('.test-output-peek-tree .monaco-list-row', { hasText: 'seen-2' }).first().click();
  await page.locator('.part.panel .monaco-diff-editor').first().waitFor();
  await stage.look('differs', { themes: ['light', 'highContrast'] });
  expect(client.state.seq).toBe(asked);
  await workbench.command('Belay: Hide Verdicts in Test Explorer');
  await row('letters').waitFor({ state: 'detached' });
});
