// The bundled sample in a real window: asked for without a folder, it opens in a new one, starts by itself, says that it is a
// recording, changes its pace, and does at its first gate what was recorded there.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { BelayHost } from './belayHost.ts';

const minuteMs = 60_000;
vi.setConfig({ testTimeout: 8 * minuteMs, hookTimeout: 4 * minuteMs });

let host: BelayHost;
let played: RunConnection;

beforeAll(async () => {
  host = await BelayHost.start({ first: null });
});
afterAll(async () => {
  await host.close();
});

describe('the sample', () => {
  it('opens in a new folder, starts by itself and does as recorded', async () => {
    await host.workbench.command('Belay: Open Sample Run');
    const { client, panel } = await host.started([]);
    played = client;
    const workspace = join(host.folder, 'home', 'belay-sample', 'cal');
    expect(client.state.run?.workspace).toBe(workspace);
    expect(existsSync(join(workspace, '..', 'recording.jsonl'))).toBe(true);
    await panel.getByText('Recording: the model’s answers were made earlier').waitFor();
    await panel.getByRole('button', { name: '4×' }).click();
    await panel.locator('[aria-pressed="true"]', { hasText: '4×' }).waitFor();
    expect(await client.request('setPace', { factor: null })).toEqual({ factor: 4 });
    await host.workbench.screenshot('sample-running');
    await client.until(({ gate }) => gate !== null);
    await panel.getByText('Recorded here:').waitFor();
    await host.workbench.screenshot('sample-gate');
    await panel.getByRole('button', { name: 'Do as Recorded' }).click();
    await client.until(({ gatesDecided }) => gatesDecided === 1);
  });

  it('is restarted in a folder of its own; what was played is stopped and stays to be looked at', async () => {
    const before = host.runs();
    const workspace = join(host.folder, 'home', 'belay-sample', 'cal');
    await host.workbench.command('Belay: Restart the Sample');
    const { client, panel } = await host.started(before);
    expect(client.state.run?.workspace).toBe(join(host.folder, 'home', 'belay-sample-2', 'cal'));
    await panel.getByText('Recording: the model’s answers were made earlier').waitFor();
    await host.workbench.screenshot('sample-restarted');
    await client.until(({ stepsFinished }) => stepsFinished === 1);
    expect(played.state.ended?.outcome).toBe('stopped');
    expect(existsSync(join(workspace, 'cal.sh'))).toBe(true);
  });
});
