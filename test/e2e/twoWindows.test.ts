// One run and more than one who wants it: a second run in its folder or in one within it is refused and leads to the first;
// two windows on it show the same, and the first decision wins. Real VS Code, real engine, one host and one run for all.

import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { startRun } from '../../src/client/launch.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { say, script, upper, writes } from '../contract/harness.ts';
import type { Workbench } from '../host/workbench.ts';
import { killEngine } from '../fixtures/runOnDisk.ts';
import { BelayHost, reattached } from './belayHost.ts';

const minuteMs = 60_000;
/** Of the build that `npm run package` has packed. */
const engineBundle = join(import.meta.dirname, '..', '..', 'dist', 'engine');

let host: BelayHost;
let model: ModelServer;
let dir: string;
let client: RunConnection;
let first: Workbench;
let second: Workbench;
let panel: Frame;
let secondPanel: Frame;

beforeAll(async () => {
  const answer = script(
    say('Capitals.', writes('upper.sh', upper)),
    say('A second file.', writes('more.txt', 'x\n')),
    say('A third file.', writes('most.txt', 'x\n')),
  );
  model = await ModelServer.start({ key: null, answer });
  host = await BelayHost.start({ first: 'upper' });
  dir = join(host.folder, 'upper');
  const task = { modelUrl: model.url, overrides: { gates: { everySteps: 1 } } };
  host.writeTask(dir, task);
  host.writeTask(join(dir, 'nested'), task);
  first = host.workbench;
}, 2 * minuteMs);

afterAll(async () => {
  if (client.state.ended === null) await client.request('stop', {});
  client.dispose();
  await host.close();
  await model.stop();
}, minuteMs);

async function seen(where: Frame, text: string | RegExp): Promise<void> {
  await where.getByText(text).first().waitFor({ timeout: 30_000 });
}

/** What a panel says of the run, but for times that pass and for what a window compares with what it showed before. */
async function shown(where: Frame): Promise<readonly string[]> {
  return where.locator('.state .word, .gate h2, .gate .reason, .figures .value, .step-head .title').allInnerTexts();
}

describe('W1: a second run', () => {
  it(
    'is refused where another one is active that this window does not know, and leads to it',
    { timeout: minuteMs },
    async () => {
      await first.openContainer('Belay');
      await (await first.openPane('Run')).getByRole('button', { name: 'Start Reconstruction' }).waitFor();
      // As the command line starts one.
      client = await startRun({
        state: host.state,
        engineBundle,
        client: 'ben@desk (cli)',
        taskFile: join(dir, 'belay.json'),
        workspace: dir,
        unsealed: false,
        supervisor: 'ben@desk',
      });
      await client.until((state) => state.gate !== null);
      const [runId = ''] = host.runs();
      const files = host.filesOf(dir);
      await host.askForRun();
      const toast = first.toast('no run was started');
      await toast.waitFor();
      expect(await toast.innerText()).toContain(`A run is active in ${dir} (run ${runId}): open it or stop it first.`);
      await first.screenshot('two-01-busy');
      expect(host.runs()).toEqual([runId]);
      expect(host.filesOf(dir)).toEqual(files);
      await expect.poll(() => host.engines().length).toBe(1);
      await first.clickToast('no run was started', 'Show Run');
      panel = await first.webview('run');
      await seen(panel, 'Gate at step 1');
      await first.screenshot('two-02-shown');
    },
  );

  it('is not offered where the window shows the active run', { timeout: minuteMs }, async () => {
    await first.statusBarItem('Belay: gate, step 1').waitFor();
    expect(await first.hasCommand('Belay: Start Reconstruction')).toBe(false);
    expect(await first.hasCommand('Belay: Accept')).toBe(true);
  });
});

describe('two windows on one run', () => {
  it('show the same state, and both have the gate', { timeout: minuteMs }, async () => {
    second = await first.secondWindow();
    await second.openContainer('Belay');
    secondPanel = await second.webview('run');
    await seen(secondPanel, 'Gate at step 1');
    await expect.poll(() => shown(secondPanel)).toEqual(await shown(panel));
    expect((await shown(panel)).join('\n')).toMatch(
      /Waiting for you[\s\S]*Gate at step 1[\s\S]*100\.0 %[\s\S]*Capitals/,
    );
    for (const window of [first, second]) await window.statusBarItem('Belay: gate, step 1').waitFor();
    await second.screenshot('two-04-second');
  });

  it(
    'G3: the first decision wins; the other window is told who decided, and its late one is refused',
    { timeout: minuteMs },
    async () => {
      await first.command('Belay: Accept');
      await first.page.locator('.quick-input-widget', { hasText: 'Gate at step 1' }).waitFor();
      await secondPanel.getByRole('button', { name: /^Accept(?! and)/ }).click();
      await client.until((state) => state.gate?.gate === 2);
      const decided = first.toast(/gate 1 was accepted by .+@.+ \(window\), not in this window/);
      await decided.waitFor();
      await first.screenshot('two-05-decided');
      await first.quickPick('Accept');
      await first.toast(/Gate 1 was accepted by .+@.+ \(window\), before you did\./).waitFor();
      await first.screenshot('two-06-late');
      for (const where of [panel, secondPanel]) await seen(where, 'Gate at step 2');
      await expect.poll(() => shown(secondPanel)).toEqual(await shown(panel));
      expect(client.state.gate?.gate, 'the late decision decided nothing').toBe(2);
      expect(client.state.gatesDecided).toBe(1);
      expect(await second.toast('not in this window').count(), 'who decided is not told').toBe(0);
    },
  );
});

describe('two windows on an engine that is killed', () => {
  it('W1: bring one engine back between them, and show the same', { timeout: minuteMs }, async () => {
    killEngine(client.run);
    client = await reattached(client);
    for (const where of [panel, secondPanel]) await seen(where, /Engine started again/);
    for (const where of [panel, secondPanel]) await seen(where, 'Gate at step 2');
    await expect.poll(() => shown(secondPanel)).toEqual(await shown(panel));
    expect(host.engines()).toHaveLength(1);
    expect(client.state.generation).toBe(2);
  });
});

describe('W1: a run in a folder within', () => {
  it('is refused by the name of the run around it, and opens its folder', { timeout: minuteMs }, async () => {
    await second.openFolder(join(dir, 'nested'));
    await second.openContainer('Belay');
    await second.command('Belay: Start Reconstruction');
    await second.clickDialog('Start “upper”?', 'Start');
    const toast = second.toast('no run was started');
    await toast.waitFor();
    expect(await toast.innerText()).toContain(`A run is active in ${dir} (run ${host.runs()[0] ?? ''})`);
    await second.screenshot('two-07-nested');
    expect(host.runs().length).toBe(1);
    const opened = second.page.context().waitForEvent('page');
    await second.clickToast('no run was started', 'Open Its Folder');
    const page = await opened;
    expect(new URL(page.url()).searchParams.get('folder')).toBe(dir);
  });
});
