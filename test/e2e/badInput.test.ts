// Bad input, as a person meets it in the window: a clear message where they look, nothing lost, nothing half done.
// Real VS Code, real engine, one host for all: a folder that is not trusted at first, then one task after the other in it.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import type { RunState } from '../../src/run/state.ts';
import { ModelServer, type ModelServerOptions } from '../cmark/modelServer.ts';
import { runs, say, script, upper, writes } from '../contract/harness.ts';
import { BelayHost } from './belayHost.ts';

const minuteMs = 60_000;
const key = 'test-key';
const visibleTests = { name: 'run_visible_tests', args: {} };
const oneStep = script(say('Capitals.', writes('upper.sh', upper)));

let host: BelayHost;
let dir: string;
const models: ModelServer[] = [];

beforeAll(async () => {
  host = await BelayHost.start({ first: 'upper', trust: true });
  dir = join(host.folder, 'upper');
  await taskWith({ answer: oneStep });
}, 2 * minuteMs);

afterAll(async () => {
  await host.close();
  for (const model of models) await model.stop();
}, minuteMs);

afterEach(async () => {
  await host.stopRun();
  await host.workbench.page.keyboard.press('Escape'); // a test that failed may have left a dialog
  await host.workbench.clearToasts();
});

/** A fresh task in the folder, at a model of its own. */
async function taskWith(
  options: ModelServerOptions,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<ModelServer> {
  const model = await ModelServer.start({ key: null, ...options });
  models.push(model);
  host.writeTask(dir, { modelUrl: model.url, overrides });
  return model;
}

async function seen(panel: Frame, text: string | RegExp): Promise<void> {
  await panel.getByText(text).first().waitFor({ timeout: 30_000 });
}

const gateOpen = (client: RunConnection, gate = 1): Promise<RunState> =>
  client.until((state) => state.gate?.gate === gate);

describe('a folder that is not trusted', () => {
  it('refuses the start and leads to trust; trusted, it offers the start', { timeout: minuteMs }, async () => {
    const { workbench } = host;
    await workbench.openContainer('Belay');
    const welcome = await workbench.openPane('Run');
    await welcome.getByText('Belay runs programs from this folder').waitFor();
    await welcome.getByRole('button', { name: 'Manage Trust' }).waitFor();
    expect(await welcome.getByRole('button', { name: 'Start Reconstruction' }).count()).toBe(0);
    await workbench.command('Belay: Start Reconstruction');
    await workbench.toast('trust it first').waitFor();
    await workbench.screenshot('bad-01-untrusted');
    await workbench.clickToast('trust it first', 'Manage Trust');
    await workbench.page.getByRole('button', { name: 'Trust', exact: true }).click();
    await workbench.page.keyboard.press('Escape');
    await welcome.getByRole('button', { name: 'Start Reconstruction' }).waitFor();
    await workbench.screenshot('bad-02-trusted');
    expect(host.runs()).toEqual([]);
  });
});

interface Refused {
  readonly what: string;
  /** Spoils the task. */
  readonly spoil: (good: string) => string;
  readonly told: RegExp;
  /** Where the editor stands after "Open belay.json", as the status bar says it. */
  readonly at: string;
  readonly suite?: string;
}

const refused: readonly Refused[] = [
  {
    what: 'a comma is missing',
    spoil: (good) => good.replace('"language": "sh",', '"language": "sh"'),
    told: /belay\.json:5:5 not JSON: comma expected/,
    at: 'Ln 5, Col 5',
  },
  {
    what: 'a limit is a word',
    spoil: (good) => good.replace('"hard": 50', '"hard": "much"'),
    told: /belay\.json:25:15 budget\.costUsd\.hard: must be a number, not a string/,
    at: 'Ln 25, Col 15',
  },
  {
    what: 'the visible suite does not exist',
    spoil: (good) => good.replace('tests/visible.jsonl', 'tests/none.jsonl'),
    told: /belay\.json:11:16 "tests\/none\.jsonl" does not exist; it holds the cases, one JSON object a line/,
    at: 'Ln 11, Col 16',
  },
  {
    what: 'the visible suite has no case',
    spoil: (good) => good,
    suite: '\n',
    told: /belay\.json:11:16 tests\/visible\.jsonl:1: the suite has no case/,
    at: 'Ln 11, Col 16',
  },
  {
    what: 'the reference is not installed',
    spoil: (good) => good.replace('"suites"', '"reference": { "command": ["no-such-program"] },\n  "suites"'),
    told: /belay\.json:10:30 the reference "no-such-program" was not found on PATH; install it, or leave "reference" out/,
    at: 'Ln 10, Col 30',
  },
];

describe('a task that can not be started', () => {
  it.each(refused)('says that $what, and opens belay.json there', { timeout: minuteMs }, async (one) => {
    const { workbench } = host;
    await taskWith({ answer: oneStep });
    const good = readFileSync(join(dir, 'belay.json'), 'utf8');
    writeFileSync(join(dir, 'belay.json'), one.spoil(good));
    if (one.suite !== undefined) writeFileSync(join(dir, 'tests', 'visible.jsonl'), one.suite);
    const before = host.filesOf(dir);
    await workbench.command('Belay: Start Reconstruction');
    const toast = workbench.toast('no run was started');
    await toast.waitFor();
    expect(await toast.innerText()).toMatch(one.told);
    expect(await workbench.dialog('Start “upper”?').count(), 'nothing is asked that can not be had').toBe(0);
    await workbench.screenshot(`bad-03-refused-${String(refused.indexOf(one) + 1)}`);
    await workbench.clickToast('no run was started', 'Open belay.json');
    await workbench.editorTab('belay.json').waitFor();
    await workbench.statusBarItem(one.at).waitFor();
    await workbench.screenshot(`bad-03-opened-${String(refused.indexOf(one) + 1)}`);
    expect(host.runs()).toEqual([]);
    await expect.poll(() => host.engines()).toEqual([]);
    expect(host.filesOf(dir)).toEqual(before);
    await workbench.command('View: Close All Editors');
    await workbench.pane('Run').getByRole('button', { name: 'Start Reconstruction' }).waitFor();
  });
});

describe('a model that can not be used', () => {
  it('waits for a key, says when it is wrong, and goes on with the right one', { timeout: minuteMs }, async () => {
    const { workbench } = host;
    const model = await taskWith({ key, answer: oneStep });
    const { client, panel } = await host.startRun();
    await seen(panel, 'Waiting for a key');
    await seen(panel, 'wants a key and none is set');
    await workbench.toast('waiting for a key').waitFor();
    await workbench.screenshot('bad-04-key');
    await panel.getByRole('button', { name: 'Enter Key…' }).click();
    await workbench.quickInput('sk-not-this-one');
    await seen(panel, /does not accept the key \(401/);
    await workbench.screenshot('bad-05-wrong-key');
    expect(await workbench.toast('waiting for a key').count(), 'one toast, not one for each wrong key').toBe(1);
    expect(model.requests, 'none that was refused reached the model').toEqual([]);
    await panel.getByRole('button', { name: 'Enter Key…' }).click();
    await workbench.quickInput(key);
    const state = await gateOpen(client);
    await seen(panel, 'Gate at step 2');
    expect(state.figures.visible.last).toMatchObject({ pass: 4, total: 4 });
  });

  it('says where an endpoint is down and that it tries again; Stop works at once', { timeout: minuteMs }, async () => {
    const { workbench } = host;
    const gone = await taskWith({});
    const { host: where } = new URL(gone.url);
    await gone.stop();
    const { client, panel } = await host.startRun();
    await seen(panel, 'Waiting for the provider');
    await seen(panel, `${where} can't be reached: the connection failed (ECONNREFUSED)`);
    await seen(panel, /Attempt \d of 6 follows by itself/);
    await workbench.statusBarItem('Belay: waiting for the provider').waitFor();
    await workbench.screenshot('bad-06-down');
    // Late enough that an end which waited for the next attempt would be after it.
    const waiting = await client.until((state) => (state.step?.retry?.at ?? 0) - state.at > 3_000);
    await panel.getByRole('button', { name: 'Stop' }).click();
    await workbench.clickDialog('Stop this run for good?', 'Stop');
    const ended = await client.until((state) => state.ended !== null);
    expect(ended.ended?.outcome).toBe('stopped');
    expect(ended.ended?.at).toBeLessThan(waiting.step?.retry?.at ?? 0);
    await seen(panel, 'Stopped by the supervisor');
    await workbench.screenshot('bad-07-stopped');
    expect(ended.budget.spentUsd).toBe(0);
  });
});

describe('a candidate that does not work', () => {
  const build = 'echo "upper.c:3: error: expected a brace" >&2\nexit 1\n';
  const answer = script(
    say('A build that fails.', writes('build.sh', build), writes('upper.sh', upper)),
    say(
      'A candidate that hangs.',
      writes('build.sh', 'true\n'),
      writes('upper.sh', 'sleep 1000\n'),
      runs('sleep 1000'),
    ),
    say('One that prints for ever.', writes('upper.sh', 'yes\n'), visibleTests),
    say('The right one.', writes('upper.sh', upper)),
  );
  it('shows a failed build, counts what hangs or prints for ever, and goes on', { timeout: 2 * minuteMs }, async () => {
    await taskWith(
      { answer },
      {
        candidate: { language: 'sh', build: 'sh build.sh', run: ['sh', 'upper.sh'] },
        sandbox: { caseSeconds: 0.5, commandSeconds: 1 },
        gates: { everySteps: 1 },
      },
    );
    const { client, panel } = await host.startRun();
    const accept = () => panel.getByRole('button', { name: /^Accept(?! and)/ }).click();
    const broken = await gateOpen(client);
    expect(broken.figures.visible.last).toMatchObject({ pass: 0, total: 4, buildOk: false });
    await seen(panel, 'Gate at step 1');
    await seen(panel, 'The build failed');
    await panel.getByText('Output', { exact: true }).first().click();
    await seen(panel, 'upper.c:3: error: expected a brace');
    await host.workbench.screenshot('bad-08-build');
    await accept();

    const hangs = await gateOpen(client, 2);
    expect(hangs.figures.visible.last?.counts).toMatchObject({ pass: 0, timeout: 4 });
    await seen(panel, 'Gate at step 2');
    await seen(panel, '4 timeouts');
    await panel.locator('.step-head').last().click();
    await seen(panel, 'timeout');
    await host.workbench.screenshot('bad-09-hangs');
    await accept();

    const prints = await gateOpen(client, 3);
    const { fail = 0, timeout = 0 } = prints.figures.visible.last?.counts ?? {};
    expect(fail + timeout, 'ended at the bound of its output or of its time').toBe(4);
    await seen(panel, 'Gate at step 3');
    await host.workbench.screenshot('bad-10-prints');
    await accept();
    const right = await gateOpen(client, 4);
    expect(right.figures.visible.last).toMatchObject({ pass: 4, total: 4, buildOk: true });
    await seen(panel, 'Gate at step 4');
    expect((await panel.getByText('timeouts').count()) + (await panel.getByText('The build failed').count())).toBe(0);
  });
});

describe('a model that errs, in a folder without git', () => {
  it('shows calls that were refused in the step log, and the run goes on', { timeout: minuteMs }, async () => {
    const { workbench } = host;
    await taskWith({
      faults: [{ atRequest: 1, kind: 'malformed-arguments' }],
      answer: script(
        say('Broken arguments.', writes('upper.sh', 'cat\n')),
        say('Out of the workspace.', writes('../outside.txt', 'x'), writes('belay.json', '{}')),
        say('The right one.', writes('upper.sh', upper)),
      ),
    });
    const before = host.filesOf(dir);
    const { client, panel } = await host.startRun();
    const state = await gateOpen(client);
    await seen(panel, 'Gate at step 4');
    await panel.locator('.step-head').nth(0).click();
    await seen(panel, 'the arguments of write_file are not JSON');
    await workbench.screenshot('bad-11-malformed');
    await panel.locator('.step-head').nth(0).click();
    await panel.locator('.step-head').nth(1).click();
    await seen(panel, '../outside.txt is outside the workspace');
    await workbench.screenshot('bad-12-outside');
    expect(host.filesOf(host.folder)).not.toHaveProperty('outside.txt');
    expect(host.filesOf(dir)).toEqual({ ...before, 'upper.sh': upper });
    expect(state.figures.visible.last).toMatchObject({ pass: 4, total: 4 });
    expect(state.run?.baseline.git).toBeNull();
    // A tree that is drawn anew takes the words away with the row: point at it once more.
    const words = workbench.page.locator('.monaco-hover', { hasText: 'The folder is no git repository' });
    const row = workbench.treeRow('Checkpoints', 'Before the run').first();
    const point = async () => {
      await panel.locator('.state').first().hover();
      // The last row may be half below the tree's edge, where the pointer would be on its neighbour.
      await row.hover();
      await workbench.page.mouse.wheel(0, 1000);
      await row.hover();
      await words.waitFor({ timeout: 4_000 });
    };
    await vi.waitFor(point, { timeout: 30_000, interval: 100 });
    await workbench.screenshot('bad-13-no-git');
  });
});

describe('a machine without bubblewrap', () => {
  it('H2: asks before it runs unsealed, and then says so beside the held-out rate', { timeout: minuteMs }, async () => {
    const { workbench } = host;
    rmSync(join(host.folder, 'bin', 'bwrap'));
    await taskWith({ answer: oneStep });
    const [before, files, engines] = [host.runs(), host.filesOf(dir), host.engines()];
    await workbench.command('Belay: Start Reconstruction');
    const question = workbench.dialog('Start “upper”?');
    await question.waitFor();
    expect(await question.innerText()).toMatch(
      /Sandbox: none\. Held-out: NOT sealed\.[\s\S]*bubblewrap is not installed[\s\S]*with your rights/,
    );
    await workbench.screenshot('bad-14-no-sandbox');
    await workbench.clickDialog('Start “upper”?', 'Install a Sandbox…');
    await workbench.toast('sudo apt install bubblewrap').waitFor();
    await workbench.clearToasts();
    await workbench.command('Belay: Start Reconstruction');
    await workbench.clickDialog('Start “upper”?', 'Start NOT Sealed…');
    await workbench.page
      .locator('.quick-input-widget', { hasText: 'Commands of the agent may run with my rights' })
      .waitFor();
    await workbench.screenshot('bad-14-tick');
    await workbench.page.keyboard.press('Enter'); // not ticked
    await workbench.toast('the line was not ticked').waitFor();
    expect([host.runs(), host.filesOf(dir), host.engines()]).toEqual([before, files, engines]);
    await workbench.command('Belay: Start Reconstruction');
    await workbench.clickDialog('Start “upper”?', 'Start NOT Sealed…');
    await workbench.quickPick('Commands of the agent may run with my rights');
    await workbench.page.keyboard.press('Enter');
    const { client, panel } = await host.started(before);
    const state = await gateOpen(client);
    expect(state.run?.seal).toMatchObject({ sealed: false });
    expect(state.run?.seal.unsealedBy).toBeTruthy();
    await seen(panel, 'Gate at step 2');
    await seen(panel, 'Not sealed');
    await workbench.screenshot('bad-15-not-sealed');
    await workbench.command('Belay: Accept');
    await workbench.page.locator('.quick-input-widget', { hasText: /Held-out 100\.0 % \(not sealed\)/ }).waitFor();
    await workbench.screenshot('bad-16-not-sealed-accept');
    await workbench.page.keyboard.press('Escape');
  });
});
