// A model by hand in a real window: the answer is dropped as a file through the browser's own drag and drop, refused by the
// engine, mended, and taken; and a browser that denies the clipboard.

import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { byHand, writing } from '../contract/tinyRecording.ts';
import { BelayHost } from './belayHost.ts';

const minuteMs = 60_000;
const shift = 8;
const good = writing('Capitals.', 'upper.sh', 'tr a-z A-Z\n');
let host: BelayHost;
let client: RunConnection;
let panel: Frame;

beforeAll(async () => {
  host = await BelayHost.start({ first: 'upper' });
  host.writeTask(join(host.folder, 'upper'), { modelUrl: '', overrides: byHand });
  ({ client, panel } = await host.startRun());
  await client.until((state) => (state.step?.request ?? null) !== null);
}, 3 * minuteMs);

afterAll(async () => {
  await host.close();
}, minuteMs);

const box = () => panel.getByRole('textbox', { name: 'The answer' });

/** As a person drags a file of the desktop over the window onto the box, with Shift held, which VS Code asks for. */
async function dropFile(name: string, content: string): Promise<void> {
  const path = join(host.folder, name);
  host.put(path, content);
  const { page } = host.workbench;
  await box().scrollIntoViewIfNeeded();
  const area = await box().boundingBox();
  if (area === null) throw new Error('the box is not drawn');
  const [x, y] = [area.x + area.width / 2, area.y + area.height / 2];
  const cdp = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'dragOver', 'drop'] as const)
    await cdp.send('Input.dispatchDragEvent', { type, x, y, data, modifiers: shift });
  await cdp.detach();
}

it('takes a dropped file, keeps what the engine refuses, and goes on', { timeout: 2 * minuteMs }, async () => {
  await box().waitFor();
  await host.workbench.screenshot('by-hand-01-asked');
  await dropFile('broken.md', good.replace('</content>\n', ''));
  await expect.poll(() => box().inputValue(), { timeout: 10_000 }).toContain('Capitals.');
  await panel.getByRole('button', { name: 'Send Answer' }).click();
  await panel.getByText('Line 5: <content> has no </content> on a line of its own.').waitFor();
  expect(await box().inputValue()).toContain('Capitals.');
  await host.workbench.screenshot('by-hand-02-refused');
  await host.workbench.setTheme('dark');
  await host.workbench.screenshot('by-hand-03-dark');
  await dropFile('picture.png', '\u0089PNG\0');
  await panel.getByText('picture.png is not a text file').waitFor();
  expect(await box().inputValue()).toContain('Capitals.');
});

it('says where to paste when the browser denies the clipboard', { timeout: 2 * minuteMs }, async () => {
  const { workbench } = host;
  await workbench.page.context().clearPermissions();
  await workbench.command('Belay: Answer by Hand…');
  await workbench.quickPick('Paste from the Clipboard');
  await workbench.toast('paste the answer into the Run view’s box').waitFor({ timeout: 20_000 });
  await workbench.screenshot('by-hand-04-denied');
  await box().fill(good);
  await box().press('Control+Enter');
  await client.until((state) => state.gate !== null);
  await box().waitFor({ state: 'detached' });
  expect(client.state.stepsFinished).toBe(1);
});
