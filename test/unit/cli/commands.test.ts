import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseCommand } from '../../../src/cli/args.ts';
import { exitCodeOf, perform, type CliPorts } from '../../../src/cli/commands.ts';
import { messageOf } from '../../../src/base/assert.ts';
import { startRun } from '../../../src/client/launch.ts';
import { findRuns } from '../../../src/client/runs.ts';
import { bundleFakeEngine } from '../client/engineBundle.ts';

let bundle: string;
let folder: string;
let state: string;

beforeAll(async () => {
  bundle = await bundleFakeEngine();
});
afterAll(() => rm(bundle, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bl-')));
  state = join(folder, 'state');
  vi.stubEnv('XDG_RUNTIME_DIR', folder); // sockets of killed engines go with the folder
  await mkdir(join(folder, 'work'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const { engine, alive } of await findRuns(state)) if (engine && alive) process.kill(engine.pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command as the process would; `written` is called with each piece of output. */
async function belay(
  args: readonly string[],
  written: (text: string, interrupt: () => void) => void = () => undefined,
) {
  let out = '';
  let err = '';
  const interrupt = new AbortController();
  const ports: CliPorts = {
    stdout: {
      write: (text) => {
        out += text;
        written(text, () => {
          interrupt.abort();
        });
      },
    },
    stderr: { write: (text) => (err += text) },
    stdin: Readable.from([]),
    cwd: join(folder, 'work'),
    state,
    engineBundle: bundle,
    person: 'anna@host',
    version: '1',
    interrupt: interrupt.signal,
  };
  try {
    return { code: await perform(parseCommand(args), ports), out, err };
  } catch (error) {
    return { code: exitCodeOf(error), out, err: err + messageOf(error) };
  }
}

const task = (mode: string) => writeFile(join(folder, 'work', 'belay.json'), JSON.stringify({ mode }));

describe('belay run', () => {
  it('G1: --until-gate returns 3 at the first gate and decides nothing', async () => {
    await task('story');
    const { code, out } = await belay(['run', '--until-gate']);
    expect(code).toBe(3);
    expect(out).toContain('Gate at step 1: 2 steps since the last gate');
    expect(out).not.toContain('accepted');
    const { out: standing } = await belay(['status', '--json']);
    expect(JSON.parse(standing)).toMatchObject({
      alive: true,
      standing: 'Waiting for you',
      gate: { gate: 1 },
      visible: { pass: 21, total: 40 },
    });
  });

  it('--accept-gates goes on to the end; a stopped run is no success', async () => {
    await task('story');
    const { code, out } = await belay(['run', '--accept-gates', '--json']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string; end?: { kind: string } });
    expect(lines.at(-1)?.end).toMatchObject({ kind: 'ended', outcome: 'stopped' });
    expect(code).toBe(1);
  });

  it('returns 1 where only a person can go on, and says how', async () => {
    await task('needy');
    const { code, out } = await belay(['run', '--accept-gates']);
    expect(code).toBe(1);
    expect(out).toMatch(
      /Waiting for a key: the endpoint wants a key\n {4}set BELAY_API_KEY, then: belay resume \d{8}-\d{4}-/,
    );
  });

  it('refuses to start with 2, with words, and leaves no run', async () => {
    await task('refuse');
    const { code, err } = await belay(['run']);
    expect(code).toBe(2);
    expect(err).toContain('--unsealed');
    expect(await readdir(join(state, 'runs'))).toEqual([]);
    expect(await belay(['run', folder])).toMatchObject({ code: 2, err: `${folder} has no belay.json` });
    expect(await belay(['run', join(folder, 'none')])).toMatchObject({ code: 2 });
  });

  it('Ctrl+C detaches and the run goes on; at a gate that is a 3', async () => {
    await task('story');
    const { code, err } = await belay(['run'], (text, interrupt) => {
      if (text.includes('Gate at step 1')) interrupt();
    });
    expect(code).toBe(3);
    expect(err).toContain('Detached; the run goes on');
    expect((await findRuns(state)).map((run) => run.alive)).toEqual([true]);
  });
});

describe('the other commands', () => {
  it('attach follows, accept decides, names are found by their end, by folder and by being here', async () => {
    await task('story');
    await belay(['run', '--until-gate']);
    const [run] = await findRuns(state);
    const suffix = run?.runId.slice(-4) ?? '';
    const attached = belay(['attach', suffix]);
    expect((await belay(['accept', join(folder, 'work')])).out).toBe('Gate 1 accepted\n');
    const { out, code } = await attached;
    expect(out).toContain('1 step · 4 checkpoints · 1 gate');
    expect(code).toBe(1);
    expect((await belay(['accept'])).err).toContain('No gate is open');
  });

  it('status tells of a run whose engine was killed', async () => {
    await task('story');
    await belay(['run', '--until-gate']);
    const [run] = await findRuns(state);
    process.kill(run?.engine?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await findRuns(state))[0]?.alive).toBe(false);
    const { out } = await belay(['status']);
    expect(out).toContain('Engine not answering');
    expect(out).toContain(`Go on with: belay resume ${run?.runId ?? ''}`);
    expect((await belay(['stop'])).out).toContain('there is nothing to stop');
    expect((await belay(['redirect', 'x'])).code).toBe(2);
  });

  it('report tells the same of a living run and of its journal, in short, as Markdown and as JSON', async () => {
    await task('story');
    await belay(['run', '--until-gate']);
    const living = await belay(['report']);
    expect(living.out).toMatch(/^cal → Go {2}.*\n {4}Waiting for you: Gate at step 1/);
    expect(living.out).toContain('Held-out  not verified yet; looked at 0 times; not sealed: there is no sandbox');
    const [run] = await findRuns(state);
    const json = await belay(['report', '--json']);
    process.kill(run?.engine?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await findRuns(state))[0]?.alive).toBe(false);
    expect(await belay(['report', '--json'])).toEqual(json);
    expect(await belay(['report'])).toEqual(living);
    expect((await belay(['report', '--markdown'])).out).toContain('## Gates and decisions');
    expect(await belay(['report', '--markdown', '--json'])).toMatchObject({ code: 2 });
  });

  it('J4, J6: verify-audit says that a journal is whole, and names what is damaged by file and byte', async () => {
    await task('serve');
    const work = join(folder, 'work');
    const options = {
      state,
      engineBundle: bundle,
      client: 'test',
      workspace: work,
      unsealed: false,
      supervisor: 'anna',
    };
    const connection = await startRun({ ...options, taskFile: join(work, 'belay.json') });
    for (const looks of [1, 2]) {
      await connection.request('pause', {});
      await connection.until(({ heldOutLooks }) => heldOutLooks === looks);
    }
    connection.dispose();
    const [run] = await findRuns(state);
    const id = run?.runId ?? '';
    const whole = await belay(['verify-audit']);
    expect(whole.code).toBe(0);
    expect(whole.out).toMatch(new RegExp(`^${id}: whole \\(3 entries, 1 segment, 0 blobs, 0 checkpoints\\)\n$`));
    const segment = join(run?.folder ?? '', 'journal', '000001.jsonl');
    const text = await readFile(segment, 'utf8');
    await writeFile(segment, text.replace('"rate":1', '"rate":0'));
    const damaged = await belay(['verify-audit', id]);
    expect(damaged.code).toBe(1);
    const second = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n', text.indexOf('"rate":1')) + 1));
    expect(damaged.out).toContain(`000001.jsonl, byte ${String(second)}`);
    expect(JSON.parse((await belay(['verify-audit', id, '--json'])).out)).toMatchObject({ runId: id, ok: false });
    expect((await belay(['verify-audit', 'beef'])).code).toBe(2);
  });

  it('says that a run has ended, and not to go on with it', async () => {
    await task('story');
    await belay(['run', '--accept-gates']);
    const [run] = await findRuns(state);
    process.kill(run?.engine?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await findRuns(state))[0]?.alive).toBe(false);
    for (const args of [['accept'], ['rollback', '0'], ['undo']])
      expect(await belay(args)).toMatchObject({ code: 2, err: 'This run has ended.' });
  });

  it('deletes a run only when told to, says first what that frees, and never an active one', async () => {
    await task('story');
    await belay(['run', '--until-gate']);
    const [run] = await findRuns(state);
    const id = run?.runId ?? '';
    expect(await belay(['delete', id, '--yes'])).toMatchObject({ code: 2 });
    process.kill(run?.engine?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await findRuns(state))[0]?.alive).toBe(false);
    expect(await belay(['thin', id])).toMatchObject({ code: 2 });
    const told = await belay(['delete', id]);
    expect(told.out).toMatch(/It has not ended: it could still be resumed\. It frees [\d.]+ [kM]?B in \d+ files of /);
    expect(told.out).toContain('Nothing was changed. To delete it for good, add --yes');
    expect(await findRuns(state)).toHaveLength(1);
    expect(await belay(['delete', id, '--yes'])).toMatchObject({ code: 0 });
    expect(await findRuns(state)).toEqual([]);
  });

  it('names the visible cases that fail, and goes on with no run whose engine is gone', async () => {
    await task('story');
    await belay(['run', '--until-gate']);
    expect(await belay(['failing'])).toMatchObject({
      code: 0,
      out: '1 of 2 visible cases does not pass at checkpoint 9\nPassed at checkpoint 8:\n  fail     tabs-1\n',
    });
    const { out } = await belay(['failing', '--json']);
    expect(JSON.parse(out)).toMatchObject({ checkpoint: 9, fell: [{ id: 'tabs-1' }], others: [] });
    const [run] = await findRuns(state);
    process.kill(run?.engine?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await findRuns(state))[0]?.alive).toBe(false);
    expect(await belay(['failing'])).toMatchObject({ code: 2, err: expect.stringContaining('belay resume') as string });
    expect((await findRuns(state))[0]?.alive).toBe(false);
  });

  it('says what is not there', async () => {
    expect((await belay(['status'])).out).toContain('No run yet');
    expect(await belay(['attach', 'beef'])).toMatchObject({
      code: 2,
      err: 'There is no run "beef". "belay status" lists them',
    });
    expect(await belay(['stop'])).toMatchObject({ code: 2 });
    expect((await belay(['help'])).out).toContain('Exit codes');
  });
});
