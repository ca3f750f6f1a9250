// Every setting does what package.json says of it, in a real window: a Node of one's own runs the engine, and a gate opens
// without a notification where none is wanted. The other side (a notification, another Node) is what the other tests see.

import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ModelServer } from '../cmark/modelServer.ts';
import { say, script, upper, writes } from '../contract/harness.ts';
import { killEngine } from '../fixtures/runOnDisk.ts';
import { BelayHost } from './belayHost.ts';

const minuteMs = 60_000;
const nodeOfMine = join(tmpdir(), `belay-node-${String(process.pid)}`);
const used = `${nodeOfMine}.used`;

let host: BelayHost;
let model: ModelServer;
let dir: string;

beforeAll(async () => {
  writeFileSync(nodeOfMine, `#!/bin/sh\necho "$*" >> '${used}'\nexec '${process.execPath}' "$@"\n`);
  chmodSync(nodeOfMine, 0o755);
  model = await ModelServer.start({ key: null, answer: script(say('Capitals.', writes('upper.sh', upper))) });
  const settings = { 'belay.nodePath': nodeOfMine, 'belay.notifyAtGates': false, 'belay.resumeAfterRestart': 'resume' };
  host = await BelayHost.start({ first: 'upper', settings });
  dir = join(host.folder, 'upper');
  host.writeTask(dir, { modelUrl: model.url, overrides: { gates: { everySteps: 1 } } });
}, 2 * minuteMs);

afterAll(async () => {
  await host.close();
  await model.stop();
  for (const file of [nodeOfMine, used]) rmSync(file, { force: true });
}, minuteMs);

it('are heeded', { timeout: 2 * minuteMs }, async () => {
  const { workbench } = host;
  await workbench.openContainer('Belay');
  const { client, panel } = await host.startRun();
  expect(existsSync(used), 'belay.nodePath ran').toBe(true);
  await client.until((state) => state.gate !== null);
  await panel.getByText('Gate at step 1').first().waitFor();
  await workbench.statusBarItem('Belay: gate, step 1').waitFor();
  await workbench.screenshot('settings-gate');
  expect(await workbench.toast('gate at step').count(), 'belay.notifyAtGates').toBe(0);
  await workbench.page.goto('about:blank');
  killEngine(client.run);
  await expect.poll(() => host.engines()).toEqual([]);
  await workbench.openFolder(dir);
  await host.reattach(client);
  await workbench.statusBarItem('Belay: gate, step 1').waitFor();
  expect(host.engines().length, 'belay.resumeAfterRestart').toBe(1);
});
