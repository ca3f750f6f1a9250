// What the window reads of the disk: the task for its confirmation, the newest run of a folder.
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectTask } from '../../../src/extension/inspectTask.ts';
import { newestRunOf } from '../../../src/extension/runRecords.ts';
import { runFolder, startFile } from '../../../src/protocol/places.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'belay-extension-')));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const whole = {
  name: 'cal → Go',
  candidate: { language: 'go', run: ['./main'] },
  suites: { visible: 'cases.jsonl', heldOut: '../held.jsonl' },
  model: { provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1', name: 'm' },
  budget: { costUsd: { soft: 5, hard: 10 }, wallHours: { hard: 24 }, steps: { hard: 200 } },
  gates: { everySteps: 10 },
};

describe('inspectTask', () => {
  const inspect = async (text: string) => {
    await writeFile(join(folder, 'belay.json'), text);
    return inspectTask(join(folder, 'belay.json'));
  };

  it('gives what a confirmation needs, of a whole task', async () => {
    expect(await inspect(JSON.stringify(whole))).toEqual({
      ok: true,
      name: 'cal → Go',
      modelHost: '127.0.0.1:11434',
      hasHeldOut: true,
      windowModel: null,
      plays: false,
      wantsKey: false,
      foreignHost: null,
      costKnown: true,
      limits: { costUsd: { soft: 5, hard: 10 }, wallMs: { hard: 24 * 3_600_000 }, steps: { hard: 200 } },
    });
  });

  it('names the place of what is broken', async () => {
    expect(await inspect('{\n  "name": \n}')).toEqual({
      ok: false,
      problems: ['belay.json:3:1 not JSON: value expected'],
    });
    const task = whole;
    const wrong = JSON.stringify({ ...task, budget: { costUsd: { soft: 11, hard: 10 } } }, null, 2);
    const line = wrong.split('\n').findIndex((l) => l.includes('"costUsd"')) + 1;
    const result = await inspect(wrong);
    expect(result).toEqual({
      ok: false,
      problems: [`belay.json:${String(line)}:16 budget.costUsd: soft must not be more than hard`],
    });
  });

  it('says which type is wanted in plain words', async () => {
    const task = whole;
    const told = async (change: object): Promise<string> => {
      const result = await inspect(JSON.stringify({ ...task, ...change }));
      return result.ok ? '' : (result.problems[0] ?? '').replace(/^\S+ /, '');
    };
    expect(await told({ budget: { costUsd: { hard: 'much' } } })).toBe(
      'budget.costUsd.hard: must be a number, not a string',
    );
    expect(await told({ gates: { everySteps: 1.5 } })).toBe('gates.everySteps: must be a whole number');
    expect(await told({ docs: null })).toBe('docs: must be an array, not null');
  });

  it('says so when there is no file, or an empty one', async () => {
    const missing = await inspectTask(join(folder, 'belay.json'));
    expect(missing.ok ? '' : missing.problems[0]).toMatch(/can't be read.*ENOENT/);
    expect(await inspect('')).toEqual({ ok: false, problems: ['belay.json is empty'] });
  });
});

describe('newestRunOf', () => {
  const record = async (runId: string, workspace: string) => {
    const run = runFolder(folder, runId);
    await mkdir(run, { recursive: true });
    await writeFile(startFile(run), JSON.stringify({ runId, workspace }));
  };

  it('finds the newest run of the folder, also when it was opened by a link', async () => {
    const workspace = join(folder, 'ws');
    await mkdir(workspace);
    await symlink(workspace, join(folder, 'link'));
    await record('20261123-0640-aaaa', workspace);
    await record('20261124-0640-bbbb', workspace);
    await record('20261125-0640-cccc', '/elsewhere');
    expect(await newestRunOf(folder, [join(folder, 'link')])).toEqual({ runId: '20261124-0640-bbbb', workspace });
    expect(await newestRunOf(folder, [join(folder, 'absent')])).toBeNull();
    expect(await newestRunOf(folder, [])).toBeNull();
  });

  it('passes over what is no run, and a state folder that is not there', async () => {
    await mkdir(runFolder(folder, '20261123-0640-dddd'), { recursive: true });
    await mkdir(runFolder(folder, '20261123-0641-eeee'), { recursive: true });
    await writeFile(startFile(runFolder(folder, '20261123-0641-eeee')), '{"runId": "2026');
    expect(await newestRunOf(folder, [folder])).toBeNull();
    expect(await newestRunOf(join(folder, 'nothing'), [folder])).toBeNull();
  });
});
