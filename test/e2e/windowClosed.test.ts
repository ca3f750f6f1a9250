// The window is closed and opened again in every state of a run that can be held for a while, and finds the same state in the same
// words, with the same way out. One run, told in order; real VS Code, real engine, real tools.

import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { runs, say, script, upper, writes } from '../contract/harness.ts';
import { BelayHost } from './belayHost.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;
const key = 'test-key';

let host: BelayHost;
let dir: string;
let model: ModelServer;
let client: RunConnection;
let panel: Frame;
/** What the model waits for before it goes on with the answer of a request. */
const answers = new Map([1, 2].map((number) => [number, Promise.withResolvers<undefined>()]));

beforeAll(async () => {
  model = await ModelServer.start({
    key,
    answer: script(
      say(
        'Capitals.',
        writes('upper.sh', upper),
        writes('build.sh', 'sleep 12\n'),
        runs('while [ ! -e go ]; do sleep 0.2; done'),
      ),
      say('A quicker build.', writes('build.sh', 'true\n'), writes('more.txt', 'x\n')),
    ),
    beforeChunk: async ({ number }, index) => {
      if (index === 1) await answers.get(number)?.promise;
    },
  });
  host = await BelayHost.start({ first: 'upper' });
  dir = join(host.folder, 'upper');
  const candidate = { language: 'sh', build: 'sh build.sh', run: ['sh', 'upper.sh'] };
  host.writeTask(dir, { modelUrl: model.url, overrides: { candidate, gates: { everySteps: 1 } } });
  await host.workbench.openContainer('Belay');
}, 2 * minuteMs);

afterAll(async () => {
  await host.close();
  await model.stop();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => host.workbench);
});

async function seen(text: string | RegExp): Promise<void> {
  await panel.getByText(text).first().waitFor({ timeout: 30_000 });
}

/** All that the page says of the run, but for the times that pass. */
async function words(): Promise<readonly string[]> {
  const said = [
    '.state .word',
    '.state .detail > span:first-child',
    '.state vscode-button',
    '.box h2',
    '.box .reason',
    '.box.done p',
    '.figures .value',
    '.step-head .title',
    '.note .words',
  ];
  // Of the log the last: how much is drawn before depends on its height, and on how one came there.
  const texts = await panel.locator(said.join(', ')).evaluateAll((elements) => {
    const isOfLog = (element: Element) => element.closest('.log') !== null;
    const last = elements.filter(isOfLog).slice(-2);
    return [...elements.filter((one) => !isOfLog(one)), ...last].map((element) => (element as HTMLElement).innerText);
  });
  return texts.map((text) => text.replace(/\s+/g, ' ').trim());
}

/** Nothing of the page is kept: it is drawn from what the engine tells the new window. */
async function closeAndOpen(): Promise<void> {
  await host.workbench.page.goto('about:blank');
  await host.workbench.openFolder(dir);
  await host.workbench.openContainer('Belay'); // a page that is left at once keeps no layout
  panel = await host.workbench.webview('run');
}

async function isTheSameAfterwards(picture: string): Promise<void> {
  const before = await words();
  const engines = host.engines();
  await closeAndOpen();
  await expect.poll(words, { timeout: 15_000 }).toEqual(before);
  expect(host.engines(), 'the engine stayed').toEqual(engines);
  await host.workbench.screenshot(`closed-${picture}`);
}

it('while it waits for a key', { timeout: 2 * minuteMs }, async () => {
  ({ client, panel } = await host.startRun());
  await seen('Waiting for a key');
  await panel.locator('.figures .value', { hasText: '0.0 %' }).first().waitFor(); // before the run
  await isTheSameAfterwards('01-key');
  await panel.getByRole('button', { name: 'Enter Key…' }).click();
  await host.workbench.quickInput(key);
});

it('while the model is answering', { timeout: 2 * minuteMs }, async () => {
  await client.until((state) => (state.step?.request ?? null) !== null);
  await seen('model is answering');
  await isTheSameAfterwards('02-model');
  answers.get(1)?.resolve(undefined);
});

it('while a tool runs', { timeout: 2 * minuteMs }, async () => {
  await client.until(
    (state) => state.step?.calls?.some((call) => call.name === 'run' && call.startedAt !== null) ?? false,
  );
  await seen('while [ ! -e go ]');
  await isTheSameAfterwards('03-tool');
  host.put(join(dir, 'go'), '');
});

it('while it verifies', { timeout: 2 * minuteMs }, async () => {
  await seen('Verifying');
  await isTheSameAfterwards('04-verifying');
});

it('while a gate is open', { timeout: 2 * minuteMs }, async () => {
  await client.until((state) => state.gate?.gate === 1);
  await panel.locator('.gate h2', { hasText: 'Gate at step 1' }).waitFor();
  await isTheSameAfterwards('05-gate');
  await panel.getByRole('button', { name: /^Accept(?! and)/ }).click();
});

it('while it is paused', { timeout: 2 * minuteMs }, async () => {
  await client.until((state) => state.gate === null && (state.step?.request ?? null) !== null);
  await host.workbench.command('Belay: Pause');
  await seen('Paused by you');
  await isTheSameAfterwards('06-paused');
  await panel.getByRole('button', { name: 'Resume' }).click();
  answers.get(2)?.resolve(undefined);
});

it('after a rollback, and after its undo has opened the gate again', { timeout: 3 * minuteMs }, async () => {
  const { gate } = await client.until((state) => state.gate?.gate === 2);
  await panel.locator('.gate h2', { hasText: 'Gate at step 2' }).waitFor();
  await host.workbench.openPane('Checkpoints');
  await panel.getByRole('button', { name: 'Roll Back…' }).click();
  await host.workbench.quickPick(/^1 /);
  await panel.getByRole('button', { name: 'Roll Back', exact: true }).click();
  await seen('Paused after the rollback');
  await seen('Rolled back to step 1');
  await isTheSameAfterwards('07-rolled-back');
  await panel.getByRole('button', { name: 'Undo', exact: true }).click();
  const undone = await client.until((state) => state.gate !== null);
  expect(undone.gate?.reasons).toEqual(gate?.reasons);
  await panel.locator('.gate h2', { hasText: 'Gate at step 2' }).waitFor(); // a row of the log names it too
  await isTheSameAfterwards('08-undone');
});

it('when it has ended', { timeout: 2 * minuteMs }, async () => {
  await host.workbench.command('Belay: Stop');
  await host.workbench.clickDialog('Stop this run for good?', 'Stop');
  await client.until((state) => state.ended !== null);
  await seen('Stopped by the supervisor');
  await expect.poll(() => host.engines().length, { timeout: 30_000 }).toBeLessThanOrEqual(1);
  const before = await words();
  await closeAndOpen();
  await expect.poll(words, { timeout: 15_000 }).toEqual(before);
  await host.workbench.screenshot('closed-09-stopped');
});
