// A run with a model that VS Code offers, as one meets it: found in the picker, chosen into belay.json, its truth in the
// confirmation, "cost not known" instead of dollars, a window that is closed and comes back, the gate and the end. The model is a
// real provider of another extension, through the stable API.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { upper } from '../fixtures/tinyTask.ts';
import { AcmeModel, packageAcme, type AcmeAnswer, type AskedAcme } from '../host/modelExtension.ts';
import { press } from './scriptedStage.ts';
import { Stage } from './stage.ts';

const minuteMs = 60_000;
const write = { name: 'write_file', input: { path: 'upper.sh', content: upper } };
const finish = { name: 'finish', input: { summary: 'It prints capitals.' } };

/** Writes the program, then says that it is done: told apart by what the conversation shows. */
const answerOf = ({ messages }: AskedAcme): AcmeAnswer =>
  messages.some(({ content }) => content.some(({ call }) => call !== undefined))
    ? { parts: [{ text: 'Done.' }, finish] }
    : { parts: [{ text: 'It prints capitals.' }, write] };

let folder: string;
let model: AcmeModel;
let stage: Stage;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'belay-acme-'));
  model = await AcmeModel.start(() => null);
  stage = await Stage.open('vscode-model', {
    first: 'upper',
    vsix: [await packageAcme(folder)],
    settings: { 'acme.url': model.url, 'chat.disableAIFeatures': false, 'belay.notifyAtGates': false },
  });
}, 3 * minuteMs);

afterAll(async () => {
  await stage.close();
  model.stop();
  rmSync(folder, { recursive: true, force: true });
}, minuteMs);

it('is chosen, says what is not known of it, waits for a window, and ends', { timeout: 6 * minuteMs }, async () => {
  const { host } = stage;
  const { workbench } = host;
  const dir = join(host.folder, 'upper');
  host.writeTask(dir, { modelUrl: '', overrides: { model: { provider: 'manual' }, budget: { steps: { hard: 20 } } } });
  await workbench.openContainer('Belay');
  await (await workbench.openPane('Run')).getByRole('button', { name: 'Start Reconstruction' }).waitFor();
  await workbench.command('Belay: Choose Model…');
  await workbench.quickPick(/VS Code’s Models/);
  await workbench.page.getByText('Acme One').waitFor();
  await stage.look('picker');
  await workbench.quickPick('Acme One');
  await workbench.editorTab('belay.json').waitFor();
  await workbench.command('File: Save');
  await expect.poll(() => host.filesOf(dir)['belay.json']).toMatch(/"vscode"[\s\S]*"acme-1"/);

  const before = host.runs();
  await workbench.command('Belay: Start Reconstruction');
  await workbench.dialog('Start “upper”?').getByText('What it costs is not known').waitFor();
  await stage.look('confirmation');
  await workbench.clickDialog('Start “upper”?', 'Start');
  const { client, panel } = await host.started(before);
  await expect.poll(() => model.asked.length, { timeout: minuteMs }).toBe(1);
  await panel.getByText('cost not known').first().waitFor();
  await stage.look('running', { themes: ['light'], narrow: true });

  await workbench.page.goto('about:blank');
  await client.until(({ paused }) => paused?.reason === 'window');
  model.answer = answerOf;
  await workbench.openFolder(dir);
  await workbench.openContainer('Belay');
  const { gate } = await client.until((state) => state.gate !== null);
  const page = await workbench.webview('run');
  await page.getByText(`Gate at step`).first().waitFor();
  await stage.look('gate', { themes: ['highContrast', 'highContrastLight'], narrow: true });
  expect(gate?.reasons.map(({ kind }) => kind)).toContain('end');
  expect(await page.getByText('$0.00').count()).toBe(0);
  await press(page, /^Accept(?! and)/);
  await client.until((state) => state.ended !== null);
  await page.getByText('Finished').first().waitFor();
  await stage.look('end', { themes: ['light'] });
  expect(client.state.figures.visible.last).toMatchObject({ pass: 4, total: 4 });
  expect(stage.axeViolations).toEqual([]);
});
