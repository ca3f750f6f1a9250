// Budget and forecast in hand, in a real window: a run that its budget has paused is raised in place and goes on; a forecast below zero
// opens a gate with its figures, which the report shows too.

import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { reads, say, script, writes } from '../contract/harness.ts';
import { BelayHost } from './belayHost.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;

let host: BelayHost;
let model: ModelServer;
let client: RunConnection;
let panel: Frame;

beforeAll(async () => {
  model = await ModelServer.start({
    key: null,
    answer: script(
      ...Array.from({ length: 80 }, (_, i) =>
        say(`Note ${i}.`, writes(`notes/${i}.txt`, `${i}\n`), reads('belay.json')),
      ),
    ),
  });
  host = await BelayHost.start({ first: 'upper' });
  const overrides = {
    budget: { costUsd: { hard: 50 }, steps: { hard: 2 } },
    forecast: { valueUsd: 0.000_001 },
    gates: {},
    stalls: { nudge: false, freshContext: false, hold: false },
  };
  host.writeTask(join(host.folder, 'upper'), { modelUrl: model.url, overrides });
  await host.workbench.openContainer('Belay');
}, 2 * minuteMs);

afterAll(async () => {
  await host.close();
  await model.stop();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => host.workbench);
});

it('B2: a run that waits at a limit goes on after one click and the new value', { timeout: 2 * minuteMs }, async () => {
  ({ client, panel } = await host.startRun());
  await panel.getByText('Paused · budget reached').waitFor({ timeout: minuteMs });
  expect(client.state.stepsFinished).toBe(2);
  await panel.getByRole('button', { name: 'Raise Limits…' }).click();
  await host.workbench.quickInput('90');
  await client.until((state) => state.stepsFinished > 2);
  expect(client.state.budget.limits.steps?.hard).toBe(90);
});

it(
  'a forecast below zero opens a gate; the report draws its band and says why',
  { timeout: 2 * minuteMs },
  async () => {
    await client.until((state) => state.gate !== null);
    expect(client.state.gate?.reasons.map(({ kind }) => kind)).toEqual(['forecast']);
    await panel.getByText(/^Going on is not worth its price: .* of 100 times/).waitFor({ timeout: minuteMs });
    await host.workbench.command('Belay: Open Run Report');
    const report = await host.workbench.webview('report');
    await report.getByText(/^Going on is not worth its price, with/).waitFor({ timeout: minuteMs });
    expect(await report.locator('.ahead .area').count()).toBe(1);
    await host.workbench.screenshot('supervision-forecast');
  },
);
