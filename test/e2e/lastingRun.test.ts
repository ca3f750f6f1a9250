// What a long run meets, as the window shows it: a page that dies, a reload in mid-step, an engine that is killed again and
// again, a provider that holds it up, a machine that was off. One run, told in order; real VS Code, real engine, real tools.

import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { readEngineRecord } from '../../src/client/runs.ts';
import { verifyAudit } from '../../src/engine/journal/verifyAudit.ts';
import { ModelServer, type Fault } from '../cmark/modelServer.ts';
import { isAsking, runs, say, script, upper, writes } from '../contract/harness.ts';
import { ageJournal } from '../fixtures/agedRun.ts';
import { boughtTwice, killEngine, readJournal } from '../fixtures/runOnDisk.ts';
import { BelayHost } from './belayHost.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;
/** So many steps fill the log, so that there is somewhere to scroll to. */
const quickSteps = 24;
const openedStep = 3;
const draft = 'Not sent yet.';

let host: BelayHost;
let dir: string;
let model: ModelServer;
let client: RunConnection;
let panel: Frame;
const faults: Fault[] = [];
/** While it is there the model stops in mid-answer. */
let held: PromiseWithResolvers<undefined> | null = null;

beforeAll(async () => {
  model = await ModelServer.start({
    key: null,
    faults,
    answer: script(
      say('Capitals.', writes('upper.sh', upper)),
      ...Array.from({ length: quickSteps - 1 }, (_, index) =>
        say(`Note ${String(index + 2)}.`, writes(`notes/${String(index + 2)}.txt`, 'x\n')),
      ),
      say('Slow.', runs('while [ ! -e go ]; do sleep 0.2; done')),
      say('Words.', writes('README', 'Capitals.\n')),
      say('More words.', writes('MORE', 'Capitals.\n')),
    ),
    beforeChunk: async ({ number }, index) => {
      if (number === quickSteps + 1 && index === 0) held ??= Promise.withResolvers();
      if (index === 1) await held?.promise;
    },
  });
  host = await BelayHost.start({ first: 'upper' });
  dir = join(host.folder, 'upper');
  host.writeTask(dir, { modelUrl: model.url, overrides: { gates: { everySteps: 1_000 } } });
  await host.workbench.openContainer('Belay');
}, 2 * minuteMs);

afterAll(async () => {
  held?.resolve(undefined);
  await host.close();
  await model.stop();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => host.workbench);
});

function release(): void {
  held?.resolve(undefined);
  held = null;
}

async function seen(text: string | RegExp): Promise<void> {
  await panel.getByText(text).first().waitFor({ timeout: 30_000 });
}

const openedRow = () => panel.locator(`[data-slot="${String(openedStep)}"]`);

async function goSomewhere(): Promise<void> {
  await panel.getByRole('log').hover();
  await host.workbench.page.mouse.wheel(0, -20_000);
  const head = openedRow().locator('.step-head');
  // It may be open still: whether a reload keeps what the page kept, VS Code leaves to chance.
  if ((await head.getAttribute('aria-expanded')) !== 'true') await head.click();
  await panel.getByRole('textbox', { name: 'Redirect' }).fill(draft);
  await isWhereItWas();
}

/** Scrolled to an old step, which is open, with words that were not sent. */
async function isWhereItWas(): Promise<void> {
  await expect.poll(() => panel.getByRole('textbox', { name: 'Redirect' }).inputValue()).toBe(draft);
  await openedRow()
    .getByText(`notes/${String(openedStep)}.txt`)
    .first()
    .waitFor();
  await expect.poll(isInSight).toBe(true);
  await panel.getByRole('button', { name: /^Follow/ }).waitFor();
}

const isInSight = () =>
  openedRow().evaluate((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });

/** Keeps every state that the panel shows from now on; for those that pass quickly. */
async function watchStates(): Promise<void> {
  await panel.evaluate(() => {
    const root = document.querySelector('belay-run')?.shadowRoot;
    if (!root) throw new Error('there is no Run view on this page');
    const look = () => {
      const word = root.querySelector('.state .word')?.textContent.trim() ?? '';
      const { dataset } = document.body;
      if (!(dataset['states'] ?? '').endsWith(word)) dataset['states'] = `${dataset['states'] ?? ''}\n${word}`;
    };
    new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true });
  });
}

const statesShown = () => panel.evaluate(() => document.body.dataset['states'] ?? '');

/** Kills the engine and waits until the window has started another, and shows it. */
async function killAndSeeItBack(generation: number): Promise<void> {
  killEngine(client.run);
  const now = () => readEngineRecord(client.run);
  await expect.poll(async () => (await now())?.generation, { timeout: 30_000 }).toBe(generation);
  await seen(`process ${String((await now())?.pid)}`);
  client = await host.reattach(client);
}

const answersBoughtTwice = () => boughtTwice(readJournal(client.run));

it('a view whose page died in mid-step comes back where it was', { timeout: 2 * minuteMs }, async () => {
  ({ client, panel } = await host.startRun());
  await client.until((state) => state.stepsFinished === quickSteps && isAsking(state));
  await seen('model is answering');
  await goSomewhere();
  await panel.goto('about:blank');
  await host.workbench.openContainer('Explorer');
  await host.workbench.openContainer('Belay');
  panel = await host.workbench.webview('run');
  await isWhereItWas();
  await host.workbench.screenshot('lasting-01-shown-again');
});

it(
  'S1: a reload in mid-step is not noticed: the step goes on, and nothing is bought twice',
  { timeout: 2 * minuteMs },
  async () => {
    // What the page keeps VS Code writes when it is closed, which a browser does not wait for.
    await host.workbench.reload();
    panel = await host.workbench.webview('run');
    await seen('model is answering');
    await seen(/streaming, last byte \d+ s ago/);
    release();
    await client.until((state) => state.step?.calls?.some((call) => call.startedAt !== null) ?? false);
    expect(client.state.generation).toBe(1);
    expect(model.requests.length).toBe(quickSteps + 1);
    await seen('while [ ! -e go ]');
    await host.workbench.screenshot('lasting-02-reloaded');
  },
);

it(
  'S1: an engine killed under the open panel is said, started again, and goes on',
  { timeout: 2 * minuteMs },
  async () => {
    await goSomewhere();
    await watchStates();
    held = Promise.withResolvers(); // of the next answer
    await killAndSeeItBack(2);
    await client.until((state) => state.stepsFinished === quickSteps + 1 && isAsking(state));
    await seen('model is answering');
    expect(await statesShown()).toMatch(/Starting the engine[\s\S]*Running/);
    await isWhereItWas();
    await panel.getByRole('button', { name: /^Follow/ }).click();
    await seen(/Engine started again, .* after it was last heard of/);
    await panel.locator(`[data-slot="${String(quickSteps + 1)}"] .step-head`).click();
    await seen('interrupted, outcome unknown');
    expect(answersBoughtTwice()).toEqual([]);
    expect(model.requests.length).toBe(quickSteps + 2);
    await host.workbench.screenshot('lasting-03-engine-back');
  },
);

it('an engine that dies again and again is left alone, and says the way out', { timeout: 2 * minuteMs }, async () => {
  for (const generation of [3, 4, 5]) await killAndSeeItBack(generation);
  killEngine(client.run);
  await seen('Engine not answering');
  await host.workbench.statusBarItem('Belay: engine not answering').waitFor();
  await host.workbench.screenshot('lasting-04-left-alone');
  expect(host.engines()).toEqual([]);
  expect(await verifyAudit(client.run)).toMatchObject({ ok: true, problems: [] });
  faults.push({ atRequest: model.requests.length + 1, kind: 'rate-limit', retryAfterSeconds: 3_600 });
  await panel.getByRole('button', { name: 'Start Again' }).click();
});

it('a usage limit parks it, and says until when', { timeout: 2 * minuteMs }, async () => {
  await seen(/Parked by the provider until \d\d:\d\d/);
  await seen('It goes on by itself.');
  await host.workbench.statusBarItem('Belay: parked by the provider').waitFor();
  await host.workbench.screenshot('lasting-05-parked');
});

it(
  'after a restart of the machine the next window offers to go on, and it does at the reset',
  { timeout: 2 * minuteMs },
  async () => {
    client = await host.reattach(client);
    const until = client.state.paused?.until ?? 0;
    await host.workbench.page.goto('about:blank');
    killEngine(client.run);
    await expect.poll(() => host.engines()).toEqual([]);
    await ageJournal(client.run, until - Date.now() - 10_000);
    release();
    const asked = model.requests.length;
    await host.workbench.openFolder(dir);
    await host.workbench.openContainer('Belay');
    panel = await host.workbench.webview('run');
    await host.workbench.toast('was interrupted').waitFor();
    await host.workbench.screenshot('lasting-06-offered');
    expect(host.engines(), 'nothing is started unasked').toEqual([]);
    await host.workbench.clickToast('was interrupted', 'Resume');
    await seen('Parked by the provider');
    await host.workbench.screenshot('lasting-07-parked-still');
    client = await host.reattach(client);
    await client.until((state) => state.gate !== null);
    await seen('Went on by itself');
    await host.workbench.screenshot('lasting-08-finished');
    expect(model.requests.length, 'the two answers, the words at the end').toBe(asked + 3);
    expect(answersBoughtTwice()).toEqual([]);
    expect(await verifyAudit(client.run)).toMatchObject({ ok: true, problems: [] });
  },
);
