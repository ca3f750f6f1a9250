// The whole way, as a person goes it: VSIX installed, palette, ten steps and more that write a growing candidate, gates with the
// held-out figure moving, native diffs, accept, a redirect that is on the wire, a reload in mid-step, an engine killed and
// resumed, a rollback that restores the bytes and its undo, the end. Real VS Code, real engine, real cmark.
// The tests of this file are one story and run in order; a client of the test's own attaches to the run to know where it is.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunConnection } from '../../src/client/connection.ts';
import { findRuns, readEngineRecord } from '../../src/client/runs.ts';
import type { RunState } from '../../src/run/state.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { createCmarkWorkspace, type CmarkWorkspace } from '../cmark/workspace.ts';
import { launchBrowser } from '../host/browser.ts';
import { startServer, type VscodeServer } from '../host/vscodeServer.ts';
import { openWorkbench, type Workbench } from '../host/workbench.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;
const key = 'test-key';
/** What `npm run package` makes. */
const vsix = join(import.meta.dirname, '..', '..', 'belay-0.1.0.vsix');

let folder: string;
let model: ModelServer;
let task: CmarkWorkspace;
let browser: Browser;
let server: VscodeServer;
let workbench: Workbench;
let client: RunConnection;
let panel: Frame;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'belay-run-'));
  model = await ModelServer.start({ key, chunkDelayMs: 15 });
  task = await createCmarkWorkspace(join(folder, 'cmark'), {
    heldOutDir: join(folder, 'heldOut'),
    modelUrl: model.url,
    gates: { everySteps: 5 },
  });
  const env = { BELAY_STATE_DIR: join(folder, 'state') };
  [server, browser] = await Promise.all([startServer({ workspace: task.dir, vsix, env }), launchBrowser()]);
  workbench = await openWorkbench(server, browser);
}, 3 * minuteMs);

afterAll(async () => {
  if (!client.state.ended) await client.request('stop', {});
  client.dispose();
  await browser.close();
  await server.dispose();
  await model.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach((context) => {
  screenshotWhenFailed(context, () => workbench);
});

/** Waits until the run is so; the state is the engine's, folded by this client. */
function runIs(wanted: (state: RunState) => boolean): Promise<RunState> {
  return client.until(wanted);
}

const gateOpen = (number: number) => runIs((state) => state.gate?.gate === number);

async function seen(text: string | RegExp): Promise<void> {
  await panel.getByText(text).first().waitFor({ timeout: 30_000 });
}

/** Every file of the workspace but git's own, with its digest. */
function filesOf(dir: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = relative(dir, join(entry.parentPath, entry.name));
    if (!entry.isFile() || path.startsWith('.git/')) continue;
    files[path] = createHash('sha256')
      .update(readFileSync(join(dir, path)))
      .digest('hex');
  }
  return files;
}

describe('a run, from the palette to its end', () => {
  it('starts after one confirmation that says limits, sandbox and seal', { timeout: 3 * minuteMs }, async () => {
    await workbench.openContainer('Belay');
    await workbench.page.getByRole('button', { name: 'Start Reconstruction' }).waitFor({ timeout: 30_000 });
    await workbench.screenshot('run-01-before');
    await workbench.command('Belay: Start Reconstruction');
    const dialog = workbench.dialog('Start “cmark → Perl”?');
    await dialog.waitFor();
    expect(await dialog.innerText()).toMatch(
      /May spend up to \$5\.00 and take up to 60 steps[\s\S]*Sandbox: bubblewrap[\s\S]*Held-out: sealed/,
    );
    await workbench.screenshot('run-02-confirmation');
    await workbench.clickDialog('Start “cmark → Perl”?', 'Start');
    await workbench.clickToast('waiting for a key', 'Enter Key…');
    await workbench.screenshot('run-03-key');
    await workbench.quickInput(key);
    const [run] = await findRuns(join(folder, 'state'));
    expect(run?.start.workspace).toBe(task.dir);
    client = await RunConnection.open({ run: run?.folder ?? '', client: 'the test' });
    panel = await workbench.webview('run');
  });

  it('streams steps into the panel, and checkpoints grow', { timeout: 3 * minuteMs }, async () => {
    await runIs((state) => state.stepsFinished >= 3);
    await seen('Paragraphs');
    await workbench.openPane('Checkpoints');
    await workbench.treeRow('Checkpoints', 'Paragraphs').first().waitFor();
    await workbench.screenshot('run-04-running');
    expect(await panel.locator('belay-step').count()).toBeGreaterThanOrEqual(2);
  });

  it('does not notice that the window is reloaded in mid-step', { timeout: 3 * minuteMs }, async () => {
    const before = await runIs((state) => (state.step?.request ?? null) !== null);
    const engine = await readEngineRecord(client.run);
    await workbench.reload();
    const after = await runIs((state) => state.stepsFinished > before.stepsFinished);
    expect((await readEngineRecord(client.run))?.pid).toBe(engine?.pid);
    expect(after.generation).toBe(before.generation);
    panel = await workbench.webview('run'); // the side bar comes back as it was
    await seen('Paragraphs');
  });

  it('opens a gate with both figures, and a click opens the native diff', { timeout: 4 * minuteMs }, async () => {
    const state = await gateOpen(1);
    expect(state.figures.heldOut.last?.pass).toBeGreaterThan(0);
    await workbench.toast('Belay: gate at step 5').first().waitFor();
    await seen('Gate at step 5');
    await workbench.screenshot('run-05-gate');
    await panel.getByRole('button', { name: 'Open Diffs' }).click();
    const tab = workbench.editorTab(/Gate at step 5 \(\d+ files\)/);
    await tab.waitFor();
    await workbench.page.locator('.monaco-diff-editor, .multiDiffEditor').first().waitFor();
    await workbench.screenshot('run-06-diffs');
    expect(await tab.count()).toBe(1);
  });

  it('looks right in light, dark and high contrast', { timeout: 2 * minuteMs }, async () => {
    for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      expect(await workbench.screenshot(`run-07-gate-${theme}`)).toContain(theme);
    }
  });

  it(
    'goes on after Accept; the visible rate moves, the held-out one at the next gate',
    { timeout: 4 * minuteMs },
    async () => {
      const first = client.state;
      await panel.getByRole('button', { name: /^Accept(?! and)/ }).click();
      const accepted = await runIs((state) => state.gate === null);
      expect(accepted.accepted).toBe(first.gate?.checkpoint);
      const second = await gateOpen(2);
      const rate = (state: RunState, suite: 'visible' | 'heldOut') => state.figures[suite].last?.pass ?? 0;
      expect(rate(second, 'visible')).toBeGreaterThan(rate(first, 'visible'));
      expect(rate(second, 'heldOut')).toBeGreaterThan(rate(first, 'heldOut'));
      await seen('Gate at step 10');
    },
  );

  it('G2: a redirect is in the very next request, and changes what is written', { timeout: 4 * minuteMs }, async () => {
    const sentence = 'Do emphasis before block quotes.';
    const requests = model.requests.length;
    const box = panel.getByRole('textbox', { name: 'Redirect' });
    await box.fill(sentence);
    await box.press('Enter');
    const state = await runIs((s) => s.stepsFinished >= 11);
    expect(model.requests[requests]?.text).toContain(`Directive 1: ${sentence}`);
    expect(state.steps.at(-1)?.title).toMatch(/emphasis|directive 1/i);
    await workbench.screenshot('run-08-redirected');
  });

  it('S1: goes on after its engine was killed, and buys no answer twice', { timeout: 4 * minuteMs }, async () => {
    const before = await runIs((state) => state.stepsFinished >= 12 && (state.step?.calls ?? null) !== null);
    const engine = await readEngineRecord(client.run);
    process.kill(engine?.pid ?? 0, 'SIGKILL');
    const killedIn = before.step?.step ?? 0;
    await expect.poll(async () => (await readEngineRecord(client.run))?.generation, { timeout: minuteMs }).toBe(2);
    client.dispose();
    client = await RunConnection.open({ run: client.run, client: 'the test' });
    // A window of this host keeps its secrets until it is reloaded, and it was: the new engine has to be given the key.
    await runIs((state) => state.paused?.reason === 'key');
    await workbench.clickToast('waiting for a key', 'Enter Key…');
    await workbench.quickInput(key);
    await runIs((state) => state.steps.some((step) => step.step === killedIn));
    const third = await gateOpen(3);
    expect(third.generation).toBe(2);
    await seen('Gate at step 15');
  });

  it('C4: rolls back to a checkpoint byte for byte, and takes that back', { timeout: 4 * minuteMs }, async () => {
    const { head, gate } = client.state;
    const now = filesOf(task.dir);
    // The tree is drawn anew for the gate; a click on a row that is being replaced goes nowhere.
    await workbench
      .treeRow('Checkpoints', new RegExp(`^\\s*${String(gate?.checkpoint)}\\s.*gate`))
      .first()
      .waitFor();
    const target = client.state.steps.find((step) => step.step === 13)?.checkpoint ?? 0;
    await workbench.treeAction('Checkpoints', new RegExp(`^\\s*${String(target)}\\s`), 'Roll Back…');
    await seen(`Back to checkpoint ${String(target)}:`);
    await workbench.screenshot('run-09-rollback-plan');
    await panel.getByRole('button', { name: 'Roll Back', exact: true }).click();
    const rolled = await runIs((state) => state.lastRollback !== null);
    expect(rolled.lastRollback).toMatchObject({ to: target, conflicts: [] });
    await seen(`Rolled back to step 13 · checkpoint ${String(target)}.`);
    await workbench.screenshot('run-10-rolled-back');
    expect(Object.keys(filesOf(task.dir)).length).toBeLessThan(Object.keys(now).length);
    await panel.getByRole('button', { name: 'Undo', exact: true }).click();
    await runIs(
      (state) =>
        (state.checkpoints.at(-1)?.checkpoint ?? 0) > (rolled.checkpoints.at(-1)?.checkpoint ?? 0) &&
        state.rollback === null &&
        state.lastRollback?.to !== target,
    );
    expect(filesOf(task.dir)).toEqual(now);
    expect(head).not.toBeNull();
    await runIs((state) => state.gate !== null && state.paused === null);
    await seen('Gate at step 15'); // which the rollback had decided
  });

  it('ends when the end is accepted, and leaves no engine behind', { timeout: 10 * minuteMs }, async () => {
    await panel.getByRole('button', { name: /^Accept(?! and)/ }).click();
    const ended = runIs((state) => state.ended !== null);
    const onState = client.onState((state) => {
      if (state.gate)
        void client
          .request('decide', {
            gate: state.gate.gate,
            decision: 'accept',
            shown: {
              checkpoint: state.gate.checkpoint,
              visibleRate: null,
              heldOutRate: null,
              filesChanged: 0,
              spentUsd: 0,
            },
          })
          .catch(() => undefined);
    });
    const state = await ended;
    onState.dispose();
    await seen('Finished');
    await workbench.screenshot('run-11-finished');
    const { visible, heldOut } = state.figures;
    const rate = (f: typeof visible) => (f.last?.pass ?? 0) / (f.last?.total ?? 1);
    expect(rate(visible)).toBeGreaterThanOrEqual(0.5);
    expect(Math.abs(rate(visible) - rate(heldOut))).toBeLessThanOrEqual(0.1);
    client.dispose();
    await workbench.close();
    await expect.poll(() => existsSync(join(client.run, 'engine.json')), { timeout: minuteMs }).toBe(false);
  });
});
