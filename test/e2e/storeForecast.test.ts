// What the checkpoints of a run take, and will take, in a real window: a run of four days, told from its journal.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newRunId } from '../../src/client/runId.ts';
import { Blobs } from '../../src/engine/journal/blobs.ts';
import { openJournal } from '../../src/engine/journal/journal.ts';
import { runFolder, startFile, type StartRequest } from '../../src/protocol/places.ts';
import { checkpoint, created } from '../unit/run/builders.ts';
import { BelayHost } from './belayHost.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
let host: BelayHost;

beforeAll(async () => {
  host = await BelayHost.start({ first: 'upper' });
}, 3 * minuteMs);

afterAll(async () => {
  await host.close();
}, minuteMs);

/** A run that nobody serves: four checkpoints a day, each 60 MB more than the one before. */
async function writeRun(workspace: string): Promise<void> {
  const began = Date.now() - 4 * dayMs;
  const runId = newRunId(began, Math.random);
  const folder = runFolder(host.state, runId);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const taskFile = join(workspace, 'belay.json');
  const start: StartRequest = { runId, workspace, taskFile, supervisor: 'anna', unsealed: false, createdAt: began };
  writeFileSync(startFile(folder), JSON.stringify(start));
  const { journal } = await openJournal(folder, { blobs: new Blobs(folder) });
  await journal.append([{ ...created(), runId, workspace }], began);
  for (let number = 0; number <= 16; number++)
    await journal.append([checkpoint(number, { storeBytes: (100 + number * 60) * 1e6 })], began + (number * dayMs) / 4);
  await journal.close();
}

it('tells by which day they take how much', { timeout: 2 * minuteMs }, async () => {
  await writeRun(join(host.folder, 'upper'));
  const workbench = await host.openWindow();
  await workbench.openContainer('Belay');
  await workbench.openPane('Checkpoints');
  await workbench
    .treeRow('Checkpoints', /^\s*16\s/)
    .first()
    .waitFor();
  const day = new Date(Date.now() + 4 * dayMs).toLocaleDateString('en-GB', { weekday: 'short' });
  const size = workbench.pane('Checkpoints').locator('.pane-header .description');
  await expect.poll(() => size.innerText(), { timeout: 15_000 }).toBe(`1.1 GB; 2.0 GB by ${day}`);
  await workbench.screenshot('checkpoints-forecast');
});
