// The page object against a real VS Code, with a small extension made for it: what the UI tests stand on.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../host/browser.ts';
import { startServer, type VscodeServer } from '../host/vscodeServer.ts';
import { openWorkbench, type Workbench } from '../host/workbench.ts';
import { packageProbe } from '../host/probeExtension.ts';

let temporary: string;
let browser: Browser;
let server: VscodeServer;
let workbench: Workbench;

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'belay-e2e-'));
  const workspace = join(temporary, 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'note.txt'), 'one\n');
  const vsix = await packageProbe(temporary);
  [server, browser] = await Promise.all([startServer({ workspace, vsix }), launchBrowser()]);
  workbench = await openWorkbench(server, browser);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.dispose();
  rmSync(temporary, { recursive: true, force: true });
});

it('runs a command from the palette, answers its toast and its input box', { timeout: 60_000 }, async () => {
  await workbench.command('Probe: Ask');
  await workbench.clickToast('Question of the probe', 'Answer');
  await workbench.quickInput('forty-two');
  await workbench.statusBarItem('said forty-two').waitFor();
  expect(await workbench.statusBarItem('said forty-two').count()).toBe(1);
});

it('finds views, tree rows and their actions', { timeout: 60_000 }, async () => {
  await workbench.openContainer('Probe');
  await workbench.openPane('Things');
  await workbench.treeAction('Things', 'Thing two', 'Touch');
  await workbench.statusBarItem('touched two').waitFor();
  expect(await workbench.treeRow('Things', /Thing/).count()).toBe(2);
});

it('clicks inside a webview, also after a reload of the window', { timeout: 90_000 }, async () => {
  await workbench.openContainer('Probe');
  for (const round of ['first', 'second']) {
    const frame = await workbench.webview('probe');
    await frame.getByRole('button', { name: 'Press' }).click();
    await frame.locator('output', { hasText: 'reply to press' }).waitFor();
    expect(await frame.locator('output').innerText(), round).toBe('reply to press');
    if (round === 'first') await workbench.reload();
  }
});

it('shows and answers a modal dialog', { timeout: 60_000 }, async () => {
  await workbench.command('Probe: Confirm');
  await workbench.clickDialog('Really?', 'Do It');
  await workbench.statusBarItem('confirmed Do It').waitFor();
  expect(await workbench.dialog('Really?').count()).toBe(0);
});

it('switches between the four themes and keeps screenshots', { timeout: 60_000 }, async () => {
  for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
    await workbench.setTheme(theme);
    expect(await workbench.screenshot(`host-${theme}`)).toMatch(/host-\w+\.png$/);
  }
});

it('opens the source control view by key', { timeout: 60_000 }, async () => {
  await workbench.openScm();
  expect(await workbench.page.locator('.part.sidebar .title-label').innerText()).toMatch(/source control/i);
});

it('leaves no process and no folder behind', { timeout: 60_000 }, async () => {
  const other = await startServer({ workspace: join(temporary, 'workspace') });
  await other.dispose();
  expect(() => process.kill(-other.pid, 0)).toThrow('ESRCH');
});
