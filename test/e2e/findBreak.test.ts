// From a regressed case to the diff of the step that broke it, in a real window: by the button of its row and by keyboard alone, from
// its document and from the Test Explorer; and on to a rollback and a redirect. The tests of this file are one story.

import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { shownOf } from '../../src/run/shown.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { say, script, upper, writes } from '../contract/harness.ts';
import { choose } from '../host/contextMenu.ts';
import type { Workbench } from '../host/workbench.ts';
import { BelayHost } from './belayHost.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;
let host: BelayHost;
let model: ModelServer;
let workbench: Workbench;
let client: RunConnection;

beforeAll(async () => {
  const answer = script(
    say('Capitals.', writes('upper.sh', upper)),
    say('A note.', writes('notes.md', 'one\n')),
    say('Shorter now.', writes('upper.sh', 'cat\n')),
    say('A note.', writes('notes.md', 'two\n')),
    say('A note.', writes('notes.md', 'three\n')),
  );
  model = await ModelServer.start({ key: null, answer });
  host = await BelayHost.start({ first: 'upper' });
  const gates = { everySteps: 2, visibleRegression: 100 };
  host.writeTask(join(host.folder, 'upper'), { modelUrl: model.url, overrides: { gates } });
  ({ workbench } = host);
  await workbench.openContainer('Belay');
  ({ client } = await host.startRun());
  const first = await client.until((state) => state.gate?.gate === 1);
  await client.request('decide', { gate: 1, decision: 'accept', shown: shownOf(first, null) });
  await client.until((state) => state.gate?.gate === 2);
}, 3 * minuteMs);

afterAll(async () => {
  await host.close();
  await model.stop();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => workbench);
});

const row = (text: string | RegExp) =>
  workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
const found = /step 3 broke seen-\d: Shorter now/;

describe('the step that broke a case', { timeout: 2 * minuteMs }, () => {
  it('leads from the row of a regressed case to that step’s diff', async () => {
    const page = await workbench.webview('run');
    await page.getByRole('button', { name: '4 failing…' }).click();
    await row('seen-1').waitFor();
    await workbench.page.getByText('Passed at checkpoint 2').waitFor();
    await row('seen-1').hover();
    await workbench.screenshot('break-01-rows');
    await row('seen-1').locator('[aria-label^="Find the Step That Broke It"]').click();
    await workbench.toast(found).waitFor();
    await workbench.screenshot('break-02-found');
    await workbench.clickToast(found, 'Open Diff');
    await workbench.editorTab(/Step 3: Shorter now/).waitFor();
    await workbench.page.locator('.editor.modified .view-line', { hasText: 'cat' }).first().waitFor();
    await workbench.page.locator('.editor.original .view-line', { hasText: 'tr a-z A-Z' }).first().waitFor();
    await workbench.screenshot('break-03-diff');
  });

  it('is found by keyboard alone, known at once when asked again, and begins a redirect', async () => {
    const before = client.state.seq;
    await workbench.command('Belay: Find the Step That Broke a Case…');
    await row('seen-1').waitFor();
    await workbench.quickInput('seen-1');
    await workbench.toast(found).waitFor();
    expect(client.state.seq).toBe(before);
    await workbench.clickToast(found, 'Redirect…');
    const input = workbench.page.locator('.quick-input-widget input:not([type=checkbox])').first();
    await expect.poll(() => input.inputValue()).toContain('was broken by step 3 (“Shorter now”)');
    await workbench.screenshot('break-04-redirect');
    await workbench.page.keyboard.press('Escape');
  });

  it('is found from the document of a case, and begins a rollback', async () => {
    await workbench.command('Belay: Show Failing Cases…');
    await row('seen-2').waitFor();
    await workbench.quickInput('seen-2');
    await workbench.editorTab('case seen-2.txt').waitFor();
    await workbench.screenshot('break-05-case');
    await workbench.page.locator('.editor-actions [aria-label^="Find the Step That Broke It"]').first().click();
    await workbench.toast(/step 3 broke seen-2/).waitFor();
    await workbench.clickToast(/step 3 broke seen-2/, 'Roll Back…');
    const page = await workbench.webview('run');
    await page.getByText('Back to checkpoint 2').first().waitFor();
    await workbench.screenshot('break-06-plan');
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('is found from the Test Explorer', async () => {
    await workbench.command('Belay: Show Verdicts in Test Explorer');
    const test = (name: string) => workbench.page.locator('.test-explorer .monaco-list-row', { hasText: name }).first();
    await test('letters').click();
    await workbench.page.keyboard.press('ArrowRight');
    await test('seen-3').click();
    await choose(workbench, test('seen-3'), 'Find the Step That Broke It');
    await workbench.toast(/step 3 broke seen-3/).waitFor();
    await workbench.screenshot('break-07-tests');
  });
});

describe('the looks', { timeout: 2 * minuteMs }, () => {
  it('are right in light and high contrast', async () => {
    for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      await workbench.command('Belay: Show Failing Cases…');
      await row('seen-1').hover();
      expect(await workbench.screenshot(`break-08-${theme}`)).toContain(theme);
      await workbench.page.keyboard.press('Escape');
    }
  });
});
