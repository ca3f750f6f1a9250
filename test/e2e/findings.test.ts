// What a check of integrity found, in a real window: first in Review, each with the lines that it points at, opened there by click and
// by key; the cases that it cost in the Run Report.

import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { say, script, writes } from '../contract/harness.ts';
import { longSuite, tableOfCases } from '../fixtures/table.ts';
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
    say('A table.', writes('upper.sh', tableOfCases)),
    say('Half of it.', writes('upper.sh', tableOfCases.split('\n').toSpliced(6, 20).join('\n'))),
  );
  model = await ModelServer.start({ key: null, answer });
  host = await BelayHost.start({ first: 'upper' });
  const dir = join(host.folder, 'upper');
  host.writeTask(dir, {
    modelUrl: model.url,
    overrides: { suites: { visible: 'tests/visible.jsonl' }, gates: { everySteps: 1 } },
  });
  host.put(join(dir, 'tests', 'visible.jsonl'), longSuite);
  ({ workbench } = host);
  await workbench.openContainer('Belay');
  ({ client } = await host.startRun());
  await client.until((state) => state.gate?.gate === 1);
}, 3 * minuteMs);

afterAll(async () => {
  await host.close();
  await model.stop();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => workbench);
});

const row = (text: string | RegExp) => workbench.treeRow('Review', text).first();
const cursorAt = (words: string) => workbench.statusBarItem(words).first().waitFor();

describe('a finding', { timeout: 2 * minuteMs }, () => {
  it('stands first in Review, and opens at its line', async () => {
    await workbench.openPane('Review');
    const finding = row('30 of 30 expected outputs stand in the source');
    await finding.waitFor();
    expect(await finding.getAttribute('aria-label')).toMatch(
      /^Grave: 30 of 30 expected outputs stand in the source, upper\.sh:2 and 29 more, as of checkpoint 1/,
    );
    await finding.click();
    await workbench.editorTab('upper.sh').waitFor();
    await cursorAt('Ln 2, Col');
    await workbench.screenshot('findings-01-opened');
  });

  it('leads to each of its places by the keyboard', async () => {
    await row('30 of 30 expected').locator('.monaco-tl-twistie').click();
    await row('upper.sh:3').waitFor();
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await workbench.page.keyboard.press(key);
    await cursorAt('Ln 3, Col');
    await workbench.screenshot('findings-02-places');
  });

  it('looks right in light and high contrast', async () => {
    for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      expect(await workbench.screenshot(`findings-03-${theme}`)).toContain(theme);
    }
  });
});

describe('the cases that were lost', { timeout: 2 * minuteMs }, () => {
  it('stand in the Run Report, whose buttons lead to the case and to the step that broke it', async () => {
    const { gate, head } = client.state;
    const shown = { checkpoint: head ?? 0, visibleRate: 1, heldOutRate: null, filesChanged: 1, spentUsd: 0 };
    await client.request('decide', { gate: gate?.gate ?? 0, decision: 'accept', shown });
    await client.until((state) => state.gate?.gate === 2);
    await workbench.command('Belay: Open Run Report');
    const page = await workbench.webview('report');
    await page.getByRole('heading', { name: /^Cases that changed/ }).waitFor();
    await workbench.screenshot('findings-04-report');
    await page.getByRole('button', { name: 'Find Step that broke case-10' }).click();
    await workbench.toast(/step 2 broke case-10: Half of it/).waitFor();
    await page.getByRole('button', { name: 'case-10', exact: true }).click();
    await workbench.editorTab('case case-10.txt').waitFor();
    await workbench.screenshot('findings-05-case');
  });
});
