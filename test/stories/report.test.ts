// What happened, for whoever was away: the report of a run with a gate that was accepted and one that waits, in all themes and
// narrow, saved as Markdown. Real VS Code, engine and journal; the model is a script.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { say, script, writes } from '../contract/harness.ts';
import { openScriptedStage, press, writeGatedTask, type ScriptedStage } from './scriptedStage.ts';

const minuteMs = 60_000;

let scripted: ScriptedStage;

beforeAll(async () => {
  const answer = script(
    say('A first try.', writes('upper.sh', 'cat\n')),
    say('Capitals.', writes('upper.sh', 'tr a-z A-Z\n')),
  );
  scripted = await openScriptedStage('report', answer);
  writeGatedTask(scripted);
}, 2 * minuteMs);

afterAll(() => scripted.close(), minuteMs);

it('tells both rates, the gates and the spend, and is saved as Markdown', { timeout: 5 * minuteMs }, async () => {
  const { stage } = scripted;
  const { workbench } = stage.host;
  await workbench.openContainer('Belay');
  const { client, panel } = await stage.host.startRun();
  await client.until((state) => state.gate?.gate === 1);
  await workbench.command('Belay: Open Run Report');
  await press(await workbench.webview('report'), 'Failing Cases…');
  await workbench.page.locator('.quick-input-widget', { hasText: '4 of 4 visible cases do not pass' }).waitFor();
  await workbench.page.keyboard.press('Escape');
  await panel
    .getByRole('button', { name: /^Accept(?! and)/ })
    .first()
    .click();
  await client.until((state) => state.gate?.gate === 2);
  const report = await workbench.webview('report');
  await report.getByText('Gate at step 2').or(report.getByText('Gate 2')).first().waitFor();
  await workbench.clearToasts();
  await stage.look('page', { themes: ['light', 'highContrast', 'highContrastLight'], narrow: true });

  await report.getByRole('button', { name: 'Save as Markdown…' }).click();
  const proposed = workbench.page.locator('.quick-input-widget input:not([type=checkbox])').first();
  const name = `run-report-${client.state.run?.runId ?? ''}.md`;
  await expect.poll(() => proposed.inputValue(), { timeout: 20_000 }).toContain(name);
  await workbench.page.keyboard.press('Enter'); // in the home folder, which the agent does not read
  const file = join(stage.host.folder, 'home', name);
  await expect.poll(() => existsSync(file), { timeout: 20_000 }).toBe(true);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^# /);
  expect(text).toMatch(/accepted/i);
  expect(stage.axeViolations).toEqual([]);
});
