// Five minutes without a key: an empty window, Open Sample Run, the first gate by itself, its diffs, a file read and accepted,
// one rejected, a redirect that the next prompt holds, a rollback and its undo, and the recorded tree at the end. Everything but
// the model's answers is real; the held-out cases too.

import { basename } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import type { RecordedActs } from '../../src/protocol/messages.ts';
import { askRollback, press } from './scriptedStage.ts';
import { Stage } from './stage.ts';

const minuteMs = 60_000;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open('sample', { first: null });
}, 2 * minuteMs);

afterAll(async () => {
  await stage.close();
}, minuteMs);

const gateOpen = (client: RunConnection, after: number) =>
  client.until(({ gate, ended }) => (gate !== null && gate.gate > after) || ended !== null);

it('goes from an empty window to the recorded tree', { timeout: 20 * minuteMs }, async () => {
  const { workbench } = stage.host;
  await workbench.openContainer('Belay');
  const welcome = await workbench.openPane('Run');
  await welcome.getByRole('button', { name: 'Open Sample Run' }).waitFor();
  // In one theme: a window that shows another folder at once may not have kept the one that was set last.
  await stage.look('welcome', { narrow: true });
  const asked = performance.now();
  await welcome.getByRole('button', { name: 'Open Sample Run' }).click();
  const { client, panel } = await stage.host.started([]);
  await panel.getByText('Recording: the model’s answers were made earlier').waitFor();
  await stage.look('running', { narrow: true });
  await press(panel, '4×');

  await gateOpen(client, 0);
  console.log(`first gate after ${((performance.now() - asked) / 1000).toFixed(0)} s`);
  await press(panel, 'Review Gate');
  await workbench.editorTab(/Gate at step/).waitFor();
  await workbench.page.locator('.monaco-diff-editor, .multiDiffEditor').first().waitFor();
  await panel.getByText('Recording: the model’s answers').scrollIntoViewIfNeeded(); // the press has scrolled
  await stage.look('gate', {
    themes: ['light', 'highContrast', 'highContrastLight'],
    narrow: true,
    media: 'run-at-gate.png',
  });

  await rollBackAndUndo(client, panel);
  const done = { rejected: false, redirected: false };
  for (let gate = 0; client.state.ended === null;) {
    const state = await gateOpen(client, gate);
    if (state.ended !== null) break;
    gate = state.gate?.gate ?? gate;
    const recorded = await client.request('recordedDecision', {});
    expect(recorded, `gate ${String(gate)} was recorded`).not.toBeNull();
    if (recorded === null) break;
    if (recorded.rejects.length > 0 && !done.rejected) done.rejected = await rejectOne(client, recorded);
    await panel.getByText('Recorded here:').waitFor();
    await press(panel, 'Do as Recorded');
    await client.until((now) => now.gate?.gate !== gate || now.ended !== null);
    if (recorded.decision === 'redirect' && !done.redirected) {
      done.redirected = true;
      await showRedirect(client, recorded.text ?? '');
    }
  }
  expect(done).toEqual({ rejected: true, redirected: true });
  await panel.getByText('Same tree as recorded').waitFor();
  expect(client.state.ended?.outcome).toBe('finished');
  await stage.look('end', { themes: ['light', 'highContrast', 'highContrastLight'], narrow: true });
  expect(stage.axeViolations).toEqual([]);
});

/** Two steps back, and forward again: not a byte differs afterwards. */
async function rollBackAndUndo(client: RunConnection, panel: Frame): Promise<void> {
  const { gate, run } = client.state;
  const files = stage.host.filesOf(run?.workspace ?? '');
  const target = Math.max(0, (gate?.checkpoint ?? 0) - 2);
  await askRollback(stage, client.state, target);
  await panel
    .getByText(`Back to checkpoint ${String(target)}`)
    .first()
    .waitFor();
  await stage.look('rollback-plan', { narrow: true });
  await press(panel, 'Roll Back');
  await client.until((state) => state.lastRollback !== null);
  await press(panel, 'Undo');
  await gateOpen(client, gate?.gate ?? 0); // the gate that the rollback decided is open again, under a new number
  expect(stage.host.filesOf(run?.workspace ?? '')).toEqual(files);
  await stage.look('undone');
}

/** What the recording's supervisor rejected, by hand: the row's button, and the reason. */
async function rejectOne(client: RunConnection, { rejects }: RecordedActs): Promise<boolean> {
  const { workbench } = stage.host;
  const [first] = rejects;
  if (first === undefined) return false;
  const directives = client.state.directives.length;
  await workbench.openPane('Review');
  await workbench.treeAction('Review', basename(first.path), 'Reject File…');
  await workbench.quickInput(first.reason);
  await client.until((state) => state.directives.length > directives);
  await workbench.treeRow('Review', basename(first.path)).first().waitFor({ state: 'detached' });
  await stage.look('rejected');
  return true;
}

/** The sentence is in the prompt of the very next step, which the window shows. */
async function showRedirect(client: RunConnection, text: string): Promise<void> {
  const { workbench } = stage.host;
  const asked = await client.until(({ step }) => (step?.request ?? null) !== null);
  await workbench.command('Belay: Open Prompt of Step…');
  await workbench.quickPick(new RegExp(`^\\s*${String(asked.step?.step)}\\s`));
  await workbench.editorTab(/^step \d+ prompt\.md/).waitFor();
  await workbench.page.keyboard.press('Control+F');
  await workbench.page.keyboard.insertText(text.slice(0, 40));
  await workbench.page.locator('.find-widget .matchesCount', { hasText: / of / }).waitFor();
  await stage.look('prompt');
}
