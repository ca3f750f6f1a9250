// Checkpoints in a real window: what one does not cover, two of them compared, with the folder and with HEAD; a file, a folder and a
// hunk that go back by a plan, and come again; a gate that is accepted with a commit, and taken back; a fork; the list of runs,
// and what deleting one frees. Real VS Code, engine, git and files; the model is a script.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import type { RunState } from '../../src/run/state.ts';
import { screenshotWhenFailed } from '../e2e/whenFailed.ts';
import { reads, say, script, writes } from '../contract/harness.ts';
import { choose } from '../host/contextMenu.ts';
import type { Workbench } from '../host/workbench.ts';
import { openScriptedStage, press, type ScriptedStage } from './scriptedStage.ts';
import type { Stage } from './stage.ts';

const minuteMs = 60_000;
const table = (changes: Readonly<Record<number, string>> = {}) =>
  Array.from({ length: 20 }, (_, i) => `${changes[i + 1] ?? `row ${String(i + 1)}`}\n`).join('');
const changed = table({ 3: 'three', 12: 'twelve' });

let scripted: ScriptedStage;
let stage: Stage;
let workbench: Workbench;
let client: RunConnection;
let panel: Frame;
let dir: string;

beforeAll(async () => {
  const answer = script(
    say('A first try.', writes('lib/table', table()), writes('upper.sh', 'cat\n')),
    say('The table again.', reads('lib/table'), writes('lib/table', changed), writes('lib/words', 'one\n')),
    say('Capitals.', writes('upper.sh', 'tr a-z A-Z\n'), writes('notes.md', 'Uses `tr`.\n')),
    say('As you say.', writes('notes.md', 'Uses `tr`, and nothing else.\n')),
  );
  scripted = await openScriptedStage('checkpoints', answer, { 'belay.commitOnAccept': true });
  ({ stage, dir } = scripted);
  ({ workbench } = stage.host);
  stage.host.writeTask(dir, { modelUrl: scripted.model.url, overrides: { gates: { everySteps: 1 } } });
  stage.host.put(join(dir, '.gitignore'), 'build/\n*.dump\n');
  stage.host.put(join(dir, 'build', 'old.o'), 'o'.repeat(4_000));
  stage.host.put(join(dir, 'memory.dump'), '0'.repeat(11_000_000));
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Anna');
  git('config', 'user.email', 'anna@example.org');
  git('add', '--all');
  git('commit', '--quiet', '--message=Begin');
  await workbench.openContainer('Belay');
  ({ client, panel } = await stage.host.startRun());
  await gate(1);
}, 3 * minuteMs);

afterAll(() => scripted.close(), minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => workbench);
});

const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
const gate = (number: number) => client.until((state) => state.gate?.gate === number);
const row = (checkpoint: number): Locator =>
  workbench.treeRow('Checkpoints', new RegExp(`^\\s*${String(checkpoint)}\\s`)).first();

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: dir, encoding: 'utf8' }).trim();
}

/** Rolled back, and the list of checkpoints drawn: a row that moves under the pointer is not the one that was meant. */
async function rolledBack({ lastRollback: before }: RunState): Promise<void> {
  const { head } = await client.until((state) => state.lastRollback !== before && state.rollback === null);
  await row(head ?? 0).waitFor();
}

/** What the plan says, its picture, and its button. */
async function confirmPlan(words: string, picture: string): Promise<void> {
  await panel.getByText(words).waitFor();
  await stage.look(picture, { narrow: true });
  const before = client.state;
  await press(panel, 'Roll Back');
  await rolledBack(before);
}

async function undo(): Promise<void> {
  const before = client.state;
  await press(panel, 'Undo');
  await rolledBack(before);
}

it('says what a checkpoint does not cover', { timeout: 2 * minuteMs }, async () => {
  await workbench.openPane('Checkpoints');
  // What comes with the gate moves the rows below it.
  await workbench
    .treeRow('Review', /upper\.sh.*\+1/)
    .first()
    .waitFor();
  await workbench
    .treeRow('Checkpoints', /A first try.*gate/)
    .first()
    .waitFor();
  await choose(workbench, row(1), 'Show What Is Not Covered', () => stage.look('menu'));
  await workbench.editorTab('not covered by checkpoint 1.txt').waitFor();
  await workbench.page.locator('.view-line', { hasText: 'memory.dump' }).first().waitFor();
  await stage.look('not-covered', { themes: ['light', 'highContrast', 'highContrastLight'], narrow: true });
});

it('names the visible cases that fail, and opens one', { timeout: 2 * minuteMs }, async () => {
  await press(panel, '4 failing…');
  await workbench.page.locator('.quick-input-widget', { hasText: '4 of 4 visible cases do not pass' }).waitFor();
  await stage.look('failing');
  await workbench.quickPick('seen-2');
  await workbench.editorTab('case seen-2.txt').waitFor();
  await workbench.page.locator('.view-line', { hasText: 'Case seen-2: fail at checkpoint 1' }).waitFor();
  await stage.look('case', { themes: ['light'] });
});

it('accepts a gate with a commit, and takes both back', { timeout: 2 * minuteMs }, async () => {
  const begin = git('rev-parse', 'HEAD');
  await workbench.command('View: Close All Editors');
  await press(panel, /^Accept(?! and)/);
  await workbench.page.locator('.quick-input-widget', { hasText: 'Accept and Commit' }).waitFor();
  await stage.look('commit');
  await workbench.page.keyboard.press('Enter');
  await workbench.toast(/committed \d files? to main/).waitFor();
  await gate(2);
  await stage.look('committed');
  expect(git('log', '--format=%s', 'main').split('\n')).toHaveLength(2);
  await workbench.clickToast(/committed \d files? to main/, 'Undo');
  await expect.poll(() => git('rev-parse', 'HEAD'), { timeout: 20_000 }).toBe(begin);
  await client.until((state) => state.accepted === 0);
  await workbench.clearToasts();
});

it('compares checkpoints, the folder and HEAD', { timeout: 3 * minuteMs }, async () => {
  await workbench
    .treeRow('Checkpoints', /^\s*2\s.*gate/)
    .first()
    .waitFor();
  await row(1).click();
  await row(2).click({ modifiers: ['Control'] });
  await choose(workbench, row(2), 'Diff with Selected', () => stage.look('two-selected'));
  await workbench.editorTab(/Checkpoints 1 and 2/).waitFor();
  await workbench.page.locator('.view-line', { hasText: 'twelve' }).first().waitFor();
  await stage.look('two', { themes: ['light', 'highContrast', 'highContrastLight'] });
  await choose(workbench, row(1), 'Compare with…');
  await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'HEAD' }).waitFor();
  await stage.look('compare-pick');
  await workbench.quickPick('Workspace');
  await workbench.editorTab(/Checkpoint 1 and Workspace/).waitFor();
  await choose(workbench, row(1), 'Compare with…');
  await workbench.quickPick('HEAD');
  await workbench.editorTab(/Checkpoint 1 and HEAD/).waitFor();
  await workbench.page.locator('.view-line', { hasText: 'cat' }).first().waitFor();
  await stage.look('head');
});

it('rolls all of it back from the row, and shows the way back', { timeout: 2 * minuteMs }, async () => {
  await workbench.command('View: Close All Editors');
  await workbench.treeAction('Checkpoints', /^\s*1\s/, 'Roll Back…');
  await panel.getByText('Back to checkpoint 1').first().waitFor();
  await stage.look('plan', { themes: ['light', 'highContrast', 'highContrastLight'], narrow: true });
  await press(panel, 'Cancel');
});

it('writes a fork where it is told to', { timeout: 2 * minuteMs }, async () => {
  await choose(workbench, row(1), 'Fork Run from Here…');
  await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'New Worktree' }).waitFor();
  await stage.look('fork-how');
  await workbench.quickPick('New Folder');
  await workbench.page.locator('.quick-input-widget', { hasText: 'The new folder, by its whole path' }).waitFor();
  await stage.look('fork-where');
  await workbench.page.keyboard.press('Enter');
  await workbench.toast('Nothing was started').waitFor();
  await stage.look('forked');
  expect(readFileSync(join(stage.host.folder, 'upper-1', 'lib', 'table'), 'utf8')).toBe(table());
  await workbench.clearToasts();
});

it('C4: a file, a folder and a hunk go back by a plan, and come again', { timeout: 4 * minuteMs }, async () => {
  await workbench.command('View: Close All Editors');
  await workbench.openPane('Review');
  await choose(workbench, workbench.treeRow('Review', 'table').first(), 'Roll Back File…', () =>
    stage.look('file-menu'),
  );
  await workbench.quickPick(/^1 /);
  await confirmPlan('lib/table back to checkpoint 1: writes 1 file.', 'file-plan');
  expect([read('lib/table'), read('lib/words')]).toEqual([table(), 'one\n']);
  await stage.look('file-back');
  await undo();
  expect(read('lib/table')).toBe(changed);

  await workbench.pane('Review').locator('.pane-header .title').first().click(); // gives its room to the others
  await choose(workbench, row(1), 'Roll Back File or Folder…');
  const folder = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'lib/' }).first();
  await folder.click();
  await stage.look('folder-pick');
  await workbench.page.keyboard.press('Enter');
  await confirmPlan('lib back to checkpoint 1: writes 1 file, deletes 1 that the run made.', 'folder-plan');
  expect([read('lib/table'), existsSync(join(dir, 'lib/words'))]).toEqual([table(), false]);
  await undo();
  expect([read('lib/table'), read('lib/words')]).toEqual([changed, 'one\n']);

  await choose(workbench, row(1), 'Diff with Workspace');
  const line = workbench.page.locator('.editor.modified .view-line', { hasText: 'twelve' }).first();
  await line.waitFor();
  await choose(workbench, line, 'Roll Back Hunk…', () => stage.look('hunk-menu'));
  await confirmPlan('lib/table back to checkpoint 1: writes 1 file.', 'hunk-plan');
  expect(read('lib/table')).toBe(table({ 3: 'three' }));
  await undo();
});

it('says what deleting a run frees, and deletes it', { timeout: 3 * minuteMs }, async () => {
  await client.request('stop', {});
  await client.until((state) => state.ended !== null);
  await panel.getByText('Stopped').first().waitFor();
  await stage.look('stopped');
  await workbench.command('Belay: Open Run…');
  const listed = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'upper' }).first();
  await listed.hover();
  await listed.getByRole('button', { name: /Delete Run/ }).waitFor();
  await stage.look('runs');
  await listed.getByRole('button', { name: /Delete Run/ }).click();
  await workbench.dialog('Delete the run “upper”?').waitFor();
  await stage.look('delete');
  await workbench.clickDialog('Delete the run “upper”?', 'Delete');
  await workbench.toast(/deleted run/).waitFor();
  await stage.look('deleted', { themes: ['light', 'highContrast', 'highContrastLight'], narrow: true });
  expect(stage.host.runs()).toEqual([]);
  expect(stage.axeViolations).toEqual([]);
});
