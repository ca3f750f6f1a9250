// The walkthrough beside a run: each of its steps ticks itself when it was done for real. With `--update-pictures` the pictures
// of the walkthrough are taken here, in four themes.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Theme } from '../host/workbench.ts';
import { smallPng } from '../pictures/png.ts';
import {
  askRollback,
  openScriptedStage,
  press,
  threeTries,
  writeGatedTask,
  type ScriptedStage,
} from './scriptedStage.ts';
import type { Stage } from './stage.ts';
import { updateFlag } from './told.ts';

const minuteMs = 60_000;
const media = join(import.meta.dirname, '..', '..', 'media', 'walkthrough');
const themes: readonly Theme[] = ['dark', 'light', 'highContrast', 'highContrastLight'];
/** As wide as a walkthrough shows pictures, so that words in them can be read. */
const sizePx = { width: 840, height: 800 };
const sentence = 'Keep the letters of other alphabets as they are.';

let scripted: ScriptedStage;
let stage: Stage;

beforeAll(async () => {
  scripted = await openScriptedStage('walkthrough', threeTries(), { 'belay.notifyAtGates': false });
  ({ stage } = scripted);
  await stage.host.workbench.page.setViewportSize(sizePx);
}, 2 * minuteMs);

afterAll(() => scripted.close(), minuteMs);

/** The picture of a step in every theme; @param compose what the palette took away when it set the theme */
async function picture(step: string, compose?: () => Promise<void>): Promise<void> {
  if (process.env[updateFlag] === undefined) return;
  const { page, setTheme } = stage.host.workbench;
  for (const theme of themes) {
    await setTheme(theme);
    await compose?.();
    const png = await page.screenshot({ animations: 'disabled' });
    const file = join(media, `${step}-${theme}.png`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, smallPng(png));
  }
  await setTheme('dark');
}

/** "New Task…" up to the question for cases, then left. */
async function wizardPicture(dir: string): Promise<void> {
  if (process.env[updateFlag] === undefined) return;
  const { workbench, put } = stage.host;
  const { page } = workbench;
  const asked = (text: string) => page.locator('.quick-input-widget', { hasText: text }).waitFor();
  const cases = ['a', 'b', 'c'].map((id) => `${JSON.stringify({ id, expect: { exit: 0 } })}\n`).join('');
  put(join(dir, 'tests', 'visible.jsonl'), cases);
  put(join(dir, '..', 'held-out.jsonl'), cases);
  await workbench.command('View: Close All Editors');
  await workbench.command('Belay: New Task…');
  await asked('New Task: the language');
  await workbench.quickPick('Shell');
  await asked('New Task: the original');
  await workbench.quickInput('tr');
  await asked('New Task: the cases');
  await page.keyboard.press('Escape');
  await picture('task', async () => {
    await workbench.command('Belay: New Task…');
    await workbench.quickPick('Go On Where You Stopped');
    await asked('New Task: the cases');
  });
  await page.keyboard.press('Escape');
}

/** The titles of the steps that are ticked. */
async function ticked(): Promise<readonly string[]> {
  const { page, command } = stage.host.workbench;
  await command('Belay: Open Walkthrough');
  await page.locator('.getting-started-step').first().waitFor();
  const done = page.locator('.getting-started-step', { has: page.locator('.codicon-getting-started-step-checked') });
  const titles = await done.locator('.step-title').allInnerTexts();
  return titles.map((title) => title.trim());
}

it('ticks each step when it was done', { timeout: 8 * minuteMs }, async () => {
  const { host } = stage;
  const { workbench } = host;
  await workbench.openContainer('Belay');
  const welcome = await workbench.openPane('Run');
  await picture('sample');
  await welcome.locator('a', { hasText: 'walkthrough' }).click();
  await workbench.page.getByText('Supervise a Long Run').first().waitFor();
  expect(await ticked()).toEqual([]);
  await stage.look('start', { themes: ['light'] });

  await wizardPicture(scripted.dir);
  writeGatedTask(scripted);
  await expect.poll(ticked, { timeout: 30_000 }).toEqual(['Write your own task']);
  const { client, panel } = await host.startRun();
  await client.until((state) => state.gate?.gate === 1);
  await workbench.command('View: Close All Editors');
  await press(panel, 'Review Gate');
  await workbench.page.locator('.view-line', { hasText: 'Uses' }).first().waitFor();
  await picture('review');
  await press(panel, /^Accept(?! and)/);
  await client.until((state) => state.gate?.gate === 2);
  await expect.poll(ticked, { timeout: 30_000 }).toContain('Review a gate');

  await workbench.command('View: Close All Editors');
  await askRollback(stage, client.state, 1);
  await panel.getByText('Back to checkpoint 1').first().waitFor();
  await picture('rollback');
  await press(panel, 'Roll Back');
  await client.until((state) => state.lastRollback !== null);
  await expect.poll(ticked, { timeout: 30_000 }).toContain('Roll back, and undo that');
  await press(panel, 'Undo');
  await client.until((state) => state.lastRollback?.undo === true);

  await workbench.command('View: Close All Editors');
  await panel.getByRole('textbox', { name: 'Redirect' }).fill(sentence);
  await picture('redirect');
  await panel.getByRole('textbox', { name: 'Redirect' }).click();
  await workbench.page.keyboard.press('Enter');
  await client.until((state) => state.directives.length > 0);
  await expect
    .poll(ticked, { timeout: 30_000 })
    .toEqual(['Review a gate', 'Redirect in a sentence', 'Roll back, and undo that', 'Write your own task']);
  await stage.look('ticked', { themes: ['light', 'highContrast', 'highContrastLight'] });
  await workbench.command('View: Close All Editors');
  if (client.state.paused !== null) await press(panel, 'Resume');
  await client.until((state) => state.stepsFinished >= 3 && state.gate !== null);
  await panel.getByText('Gate at step 3').first().waitFor();
  await picture('leave');
  expect(stage.axeViolations).toEqual([]);
});
