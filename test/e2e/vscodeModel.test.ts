// A run whose model is one that VS Code offers: from the confirmation to the end, with the window closed in mid-answer. The
// model is a real provider of another extension, registered through the stable API; its answers are this test's.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import type { RunState } from '../../src/run/state.ts';
import { statusBarOf, statusSentence } from '../../src/run/inOneLine.ts';
import { shownOf } from '../../src/run/shown.ts';
import { upper } from '../fixtures/tinyTask.ts';
import { AcmeModel, packageAcme, type AcmeAnswer, type AskedAcme } from '../host/modelExtension.ts';
import { readJournal } from '../contract/harness.ts';
import { BelayHost } from './belayHost.ts';

const isAsking = ({ step }: RunState): boolean => step !== null && step.request !== null;
const minuteMs = 60_000;
const write = { name: 'write_file', input: { path: 'upper.sh', content: upper } };
const finish = { name: 'finish', input: { summary: 'all is done' } };

/** Writes the program, then says that it is done: told apart by what the conversation shows. */
const answerOf = ({ messages }: AskedAcme): AcmeAnswer =>
  messages.some(({ content }) => content.some(({ call }) => call !== undefined))
    ? { parts: [{ text: 'Done.' }, finish] }
    : { parts: [{ text: 'It prints ' }, { text: 'capitals.' }, write] };

let folder: string;
let model: AcmeModel;
let host: BelayHost;
let work: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'belay-acme-'));
  model = await AcmeModel.start(answerOf);
  host = await BelayHost.start({
    first: 'work',
    vsix: [await packageAcme(folder)],
    settings: { 'acme.url': model.url, 'chat.disableAIFeatures': false },
  });
  work = join(host.folder, 'work');
}, 3 * minuteMs);

afterAll(async () => {
  await host.close();
  model.stop();
  rmSync(folder, { recursive: true, force: true });
});

const task = (name: string) => ({
  modelUrl: '',
  overrides: { model: { provider: 'vscode', vendor: 'acme', name }, budget: { steps: { hard: 20 } } },
});

async function acceptToEnd(client: RunConnection): Promise<void> {
  for (let gate = 1; ; gate += 1) {
    const state = await client.until((s) => s.gate?.gate === gate || s.ended !== null);
    if (state.ended !== null) return;
    await client.request('decide', { gate, decision: 'accept', shown: shownOf(state, null) });
  }
}

describe('a run with a model that VS Code offers', () => {
  it('is not started with one that is not there, and says which are', { timeout: 2 * minuteMs }, async () => {
    const { workbench } = host;
    host.writeTask(work, task('acme-9'));
    await workbench.command('Belay: Start Reconstruction');
    const toast = workbench.toast(/VS Code offers no model “acme-9” of acme in this window.*acme-1/);
    await toast.waitFor({ timeout: minuteMs });
    await workbench.screenshot('vscode-model-missing');
    await workbench.clickToast(/acme-9/, 'Choose Model…');
    await workbench.page.getByText('Which model works?').waitFor();
    await workbench.screenshot('model-picker');
    await workbench.quickPick(/VS Code’s Models/);
    await workbench.page.getByText('Acme One').waitFor();
    await workbench.screenshot('model-picker-vscode');
    await workbench.quickPick('Acme One');
    await workbench.editorTab('belay.json').waitFor();
    await workbench.command('File: Save');
    const saved = () => host.filesOf(work)['belay.json'] ?? '';
    await vi.waitUntil(() => saved().includes('"acme-1"'), { timeout: 30_000 });
    expect(JSON.parse(saved())).toMatchObject({ model: { provider: 'vscode', vendor: 'acme', name: 'acme-1' } });
  });

  it(
    'waits when the window is closed in mid-answer, goes on by itself in the next, and asks another profile for its consent',
    { timeout: 6 * minuteMs },
    async () => {
      model.answer = (asked) => ([2, 3].includes(model.asked.length) ? null : answerOf(asked));
      const { client, panel } = await host.startRun();
      await client.until((state) => state.stepsFinished === 1 && isAsking(state));
      await panel.getByText('cost not known').first().waitFor();
      await host.workbench.screenshot('vscode-model-running');
      expect(await panel.getByText('$0.00').count()).toBe(0);

      // The request's entry stands before the window has asked.
      await vi.waitUntil(() => model.asked.length === 2, { timeout: minuteMs });
      await host.workbench.page.close();
      const waiting = await client.until(({ paused }) => paused?.reason === 'window');
      expect(statusSentence(waiting, 'attached')).toMatch(/^Waiting for a window: .*open this folder in VS Code/);
      expect(statusBarOf(waiting, 'attached').text).toBe('Belay: waiting for a window');
      expect(waiting.budget.runningSince).toBeNull();

      const second = await host.workbench.secondWindow();
      await client.until((state) => state.paused === null && isAsking(state));
      await vi.waitUntil(() => model.asked.length === 3, { timeout: minuteMs });
      await second.page.close();
      await client.until(({ paused }) => paused?.reason === 'window');

      // Another profile has not been allowed anything.
      const other = await host.openWindow();
      await client.until(({ paused }) => paused?.reason === 'consent');
      await other.openContainer('Belay');
      const shown = await other.webview('run');
      await shown.getByText('Waiting for your consent').first().waitFor();
      await other.screenshot('vscode-model-consent');
      await shown.locator('vscode-button', { hasText: 'Allow the Model…' }).click();
      await client.until(({ paused }) => paused === null);
      await acceptToEnd(client);
      expect(client.state.ended?.outcome).toBe('finished');
      expect(host.filesOf(work)['upper.sh']).toBe(upper);
      // What was written before this client came is in the journal only.
      const entries = readJournal(client.run);
      const kinds = entries.flatMap((entry) => (entry.type === 'model.failed' ? [entry.kind] : []));
      expect(kinds).toEqual(['cut', 'cut', 'no-consent']);
      const answered = entries.filter((entry) => entry.type === 'model.answered');
      expect(answered.map(({ usageEstimated, costUsd }) => [usageEstimated, costUsd])).toEqual(
        Array(2).fill([true, 0]),
      );
      expect(answered.every(({ usage }) => usage.input > 500 && usage.output > 5)).toBe(true);
      const last = model.asked.at(-1);
      expect(last?.tools).toContain('write_file');
      const call = last?.messages.flatMap(({ content }) => content).find((part) => part.call !== undefined);
      const result = last?.messages.flatMap(({ content }) => content).find((part) => part.result !== undefined);
      expect(call).toMatchObject({ call: '1_1', name: 'write_file' });
      expect(result?.result).toBe('1_1');
      await other.close();
    },
  );
});
