// The Run Report in a real window: opened from the palette, live, a mark of its chart leads to the gate, saved and copied as Markdown,
// there again after a reload; the log as text, the list of runs.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ModelServer } from '../cmark/modelServer.ts';
import { say, script, upper, writes } from '../contract/harness.ts';
import { BelayHost, type Started } from './belayHost.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;
let host: BelayHost;
let dir: string;
let model: ModelServer;
let run: Started;

beforeAll(async () => {
  host = await BelayHost.start({ first: 'upper' });
  dir = join(host.folder, 'upper');
  model = await ModelServer.start({ key: null, answer: script(say('Capitals.', writes('upper.sh', upper))) });
  host.writeTask(dir, { modelUrl: model.url, overrides: { gates: { everySteps: 1 } } });
  run = await host.startRun();
  await run.client.until((state) => state.gate?.gate === 1);
}, 3 * minuteMs);

afterAll(async () => {
  await host.close();
  await model.stop();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => host.workbench);
});

/** The dialog proposes a place outside of the folder; another one is typed when that stands there, and taken when it is listed. */
async function save(other?: { readonly file: string; readonly beside: string }): Promise<void> {
  const { workbench } = host;
  const widget = workbench.page.locator('.quick-input-widget');
  await workbench.command('Belay: Save Run Report as Markdown');
  const proposed = () => widget.locator('input:not([type=checkbox])').first().inputValue();
  await expect.poll(proposed, { timeout: 20_000 }).toContain('/home/run-report-');
  if (other !== undefined) {
    await workbench.quickInput(other.file, { enter: false });
    await widget.locator('.monaco-list-row', { hasText: other.beside }).waitFor();
  }
  await workbench.page.keyboard.press('Enter');
}

describe('the run report', () => {
  it('shows the gate that waits, and its mark leads there', { timeout: 2 * minuteMs }, async () => {
    const { workbench } = host;
    await workbench.command('Belay: Open Run Report');
    const page = await workbench.webview('report');
    await page.getByRole('heading', { name: 'upper' }).waitFor();
    await page.getByText('1 step since the start').first().waitFor();
    await workbench.screenshot('report-01-gate');
    await page.getByRole('slider', { name: 'Gates' }).focus();
    await workbench.page.keyboard.press('Enter');
    await workbench.editorTab(/Gate at step 1/).waitFor();
    await workbench.screenshot('report-02-gone-there');
  });

  it(
    'H1: is live, is saved as Markdown where the agent does not read, and is there again after a reload',
    { timeout: 3 * minuteMs },
    async () => {
      const { workbench } = host;
      await workbench.command('Belay: Open Run Report');
      const { state } = run.client;
      const shown = { checkpoint: state.head ?? 0, visibleRate: 1, heldOutRate: null, filesChanged: 1, spentUsd: 0 };
      await run.client.request('redirect', { text: 'Mind the | bars.', shown });
      const page = await workbench.webview('report');
      await page.getByText('Mind the | bars.').first().waitFor({ timeout: 30_000 });
      await save({ file: join(dir, 'saved.md'), beside: 'tests' });
      await workbench.toast('it holds held-out figures, and the agent reads this folder').waitFor();
      expect(existsSync(join(dir, 'saved.md'))).toBe(false);
      await save();
      const file = join(host.folder, 'home', `run-report-${run.client.state.run?.runId ?? ''}.md`);
      await expect.poll(() => existsSync(file), { timeout: 20_000 }).toBe(true);
      expect(readFileSync(file, 'utf8')).toContain('Mind the \\| bars.');
      await workbench.screenshot('report-03-redirected');
      // VS Code's own reload writes out which editors are open; the browser's would have to wait for its timer.
      const loaded = workbench.page.waitForEvent('load');
      await workbench.command('Developer: Reload Window');
      await loaded;
      await (await workbench.webview('report')).getByText('Mind the | bars.').first().waitFor({ timeout: 30_000 });
    },
  );

  it('has the log as text beside it, and lists the runs of the machine', { timeout: 2 * minuteMs }, async () => {
    const { workbench } = host;
    await workbench.command('Belay: Open Log as Text');
    await workbench.editorTab('run log.txt').waitFor();
    await workbench.page.getByText('step 1 · checkpoint 1').first().waitFor();
    await workbench.screenshot('report-04-log');
    await workbench.command('Belay: Open Run…');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'upper' }).first().waitFor();
    await workbench.screenshot('report-05-runs');
    await workbench.page.keyboard.press('Escape');
  });
});
