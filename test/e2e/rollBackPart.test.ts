// A part of the workspace goes back in a real window: a file from its row in Review, a hunk from the menu of its diff, a folder
// from a row of Checkpoints. The tests of this file are one story and run in order.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { reads, say, script, writes } from '../contract/harness.ts';
import { choose } from '../host/contextMenu.ts';
import type { Workbench } from '../host/workbench.ts';
import { BelayHost } from './belayHost.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;
const table = (changes: Readonly<Record<number, string>> = {}) =>
  Array.from({ length: 20 }, (_, i) => `${changes[i + 1] ?? `row ${String(i + 1)}`}\n`).join('');
let host: BelayHost;
let model: ModelServer;
let workbench: Workbench;
let client: RunConnection;
let dir: string;

beforeAll(async () => {
  const answer = script(
    say('A first try.', writes('lib/table', table()), writes('upper.sh', 'cat\n')),
    say('More.', reads('lib/table'), writes('lib/table', table({ 3: 'three', 12: 'twelve' })), writes('lib/x', 'x\n')),
    say('Again.', writes('notes.md', 'one\n')),
  );
  model = await ModelServer.start({ key: null, answer });
  host = await BelayHost.start({ first: 'upper' });
  dir = join(host.folder, 'upper');
  host.writeTask(dir, { modelUrl: model.url, overrides: { gates: { everySteps: 1 } } });
  ({ workbench } = host);
  await workbench.openContainer('Belay');
  ({ client } = await host.startRun());
  const shown = { checkpoint: 1, visibleRate: 0, heldOutRate: null, filesChanged: 2, spentUsd: 0 };
  await client.until((state) => state.gate?.gate === 1);
  await client.request('decide', { gate: 1, decision: 'accept', shown });
  await client.until((state) => state.gate?.gate === 2);
}, 3 * minuteMs);

afterAll(async () => {
  await host.close();
  await model.stop();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => workbench);
});

const read = (path: string): string => readFileSync(join(dir, path), 'utf8');

const fromMenu = (row: Locator, item: string, picture: string): Promise<void> =>
  choose(workbench, row, item, () => workbench.screenshot(picture));

async function confirmPlan(words: string, picture: string): Promise<void> {
  const frame = await workbench.webview('run');
  await frame.getByText(words).waitFor();
  await workbench.screenshot(picture);
  const { lastRollback } = client.state;
  await frame.getByRole('button', { name: 'Roll Back', exact: true }).click();
  await client.until((state) => state.lastRollback !== lastRollback && state.rollback === null);
}

describe('a part goes back', { timeout: 2 * minuteMs }, () => {
  it('C4: a file, from its row in Review, to the checkpoint that is chosen; the gate stays open', async () => {
    await workbench.openPane('Review');
    await fromMenu(workbench.treeRow('Review', 'table').first(), 'Roll Back File…', 'part-01-review-menu');
    await workbench.quickPick(/^1 /);
    await confirmPlan('lib/table back to checkpoint 1: writes 1 file.', 'part-02-plan');
    expect([read('lib/table'), read('lib/x')]).toEqual([table(), 'x\n']);
    expect(client.state).toMatchObject({ paused: null, gate: { gate: 2 } });
    await client.request('undoRollback', {});
    expect(read('lib/table')).toBe(table({ 3: 'three', 12: 'twelve' }));
  });

  it('C4: a hunk, from the menu of its diff, by the keyboard; the other stays', async () => {
    await workbench.openPane('Review');
    await workbench.treeRow('Review', 'table').first().click();
    await workbench.editorTab(/table \(Accepted ↔ Checkpoint \d\)/).waitFor();
    const right = workbench.page.locator('.editor.modified .view-line', { hasText: 'twelve' }).first();
    await right.click();
    await workbench.page.keyboard.press('Shift+F10');
    const entry = workbench.page.getByRole('menuitem', { name: 'Roll Back Hunk…' });
    await entry.waitFor();
    await workbench.screenshot('part-03-diff-menu');
    await entry.hover();
    await workbench.page.keyboard.press('Enter');
    await confirmPlan('lib/table back to checkpoint 1: writes 1 file.', 'part-04-hunk-plan');
    expect(read('lib/table')).toBe(table({ 3: 'three' }));
  });

  it('C4: a folder, from a row of Checkpoints', async () => {
    await workbench.pane('Review').locator('.pane-header .title').first().click(); // gives its room to the others
    await workbench.openPane('Checkpoints');
    const newest = client.state.checkpoints.at(-1)?.checkpoint;
    await workbench
      .treeRow('Checkpoints', new RegExp(`^\\s*${String(newest)}\\s`))
      .first()
      .waitFor(); // it moves the others down
    const first = workbench.treeRow('Checkpoints', /^\s*1\s/).first();
    await fromMenu(first, 'Roll Back File or Folder…', 'part-05-checkpoint-menu');
    const folder = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'lib/' }).first();
    await folder.waitFor();
    await folder.click();
    await workbench.screenshot('part-06-paths');
    await workbench.page.keyboard.press('Enter');
    await confirmPlan('lib back to checkpoint 1: writes 1 file, deletes 1 that the run made.', 'part-07-folder-plan');
    expect(read('lib/table')).toBe(table());
    await workbench.screenshot('part-08-done');
  });
});
