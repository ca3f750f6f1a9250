import { chmod, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { installEngine } from '../../../src/client/installEngine.ts';
import { engineEnvironment, resumeRun, startRun, StartFailed } from '../../../src/client/launch.ts';
import type { RunConnection } from '../../../src/client/connection.ts';
import { nodeForEngine } from '../../../src/client/nodeForEngine.ts';
import { bundleFakeEngine } from './engineBundle.ts';
import { newRunId, runIdPattern } from '../../../src/client/runId.ts';
import { findRunOf, findRuns, readStoredState } from '../../../src/client/runs.ts';

let bundle: string;
let folder: string;
let state: string;
const open: RunConnection[] = [];

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
  for (const connection of open.splice(0)) connection.dispose();
  for (const { engine, alive } of await findRuns(state)) if (engine && alive) process.kill(engine.pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start(mode: string, more: { key?: string } = {}) {
  const taskFile = join(folder, 'work', 'belay.json');
  await writeFile(taskFile, JSON.stringify({ mode }));
  const connection = await startRun({
    state,
    engineBundle: bundle,
    client: 'test',
    taskFile,
    workspace: join(folder, 'work'),
    unsealed: false,
    supervisor: 'anna',
    ...more,
  });
  open.push(connection);
  return connection;
}

function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false; // there is no such process
  }
}

describe('startRun', () => {
  it('starts a detached engine in a private run directory and attaches', async () => {
    const connection = await start('serve');
    expect(connection.state.generation).toBe(1);
    const [run] = await findRuns(state);
    expect(run).toMatchObject({
      alive: true,
      start: { workspace: join(folder, 'work'), supervisor: 'anna', unsealed: false },
    });
    expect(run?.runId).toMatch(runIdPattern);
    expect((await stat(connection.run)).mode & 0o777).toBe(0o700);
    expect(await findRunOf(state, join(folder, 'work'))).toEqual(run);
    const group = await readFile(`/proc/${String(run?.engine?.pid)}/stat`, 'utf8');
    expect(group.split(' ')[4], 'its own process group').toBe(String(run?.engine?.pid));
  });

  it('hands the key over the socket; neither environment nor files hold it', async () => {
    vi.stubEnv('BELAY_API_KEY', 'sk-very-secret');
    const connection = await start('serve', { key: 'sk-very-secret' });
    expect(connection.state.heldOutLooks).toBe(1);
    const names = JSON.parse(await readFile(join(connection.run, 'environment.json'), 'utf8')) as string[];
    expect(names).not.toContain('BELAY_API_KEY');
    for (const file of await readdir(connection.run, { recursive: true, withFileTypes: true })) {
      if (file.isFile())
        expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain('sk-very-secret');
    }
  });

  it('tells a refusal in its words and leaves nothing behind', async () => {
    await expect(start('refuse')).rejects.toMatchObject({
      code: 'no-sandbox',
      message: expect.stringContaining('--unsealed') as string,
    });
    expect(await readdir(join(state, 'runs'))).toEqual([]);
  });

  it('tells a crash with the end of the log', async () => {
    const failed = start('crash');
    await expect(failed).rejects.toBeInstanceOf(StartFailed);
    await expect(failed).rejects.toThrow(/ended while it started \(exit 1\).*broken on purpose/s);
  });

  it('ends a new engine that nobody can reach, and names the run', async () => {
    const failed = await start('deaf').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(StartFailed);
    const [run] = await findRuns(state);
    expect(run, 'what it had done is kept').toMatchObject({ alive: false });
    expect((failed as StartFailed).message).toContain(
      `Run ${run?.runId ?? ''} has started but could not be reached, so its engine was ended; "belay resume ${run?.runId ?? ''}" goes on with it.`,
    );
    expect(isAlive(run?.engine?.pid)).toBe(false);
  }, 30_000);

  it('hands the key over once more where the engine died of the first time', async () => {
    const connection = await start('shy', { key: 'a-key' });
    expect(connection.state).toMatchObject({ generation: 2, heldOutLooks: 1 });
  });

  it('leaves an engine that can be reached alone when it refuses the key, and says how to get hold of it', async () => {
    const failed = await start('picky', { key: 'a-key' }).catch((error: unknown) => error);
    const [run] = await findRuns(state);
    const runId = run?.runId ?? '';
    expect(run?.alive).toBe(true);
    expect((failed as StartFailed).message).toBe(
      `This key is not taken. The engine of run ${runId} has started and goes on: "belay attach ${runId}" follows it, "belay stop ${runId}" ends it.`,
    );
  });

  it('takes a key of blanks for none', async () => {
    expect((await start('picky', { key: ' \n' })).state.generation).toBe(1);
  });

  it('refuses a task file that is not there', async () => {
    const options = {
      state,
      engineBundle: bundle,
      client: 'test',
      workspace: folder,
      unsealed: false,
      supervisor: 'anna',
    };
    await expect(startRun({ ...options, taskFile: join(folder, 'none.json') })).rejects.toMatchObject({ code: 'task' });
  });
});

describe('resumeRun', () => {
  it('attaches to a living engine, and starts a killed one again on the same journal', async () => {
    const first = await start('serve');
    const [run] = await findRuns(state);
    const runId = run?.runId ?? '';
    const options = { state, engineBundle: bundle, client: 'test' };
    const second = await resumeRun(runId, options);
    open.push(second);
    expect(second.state).toEqual(first.state);
    await first.request('pause', {});
    await second.until((s) => s.heldOutLooks === 1);
    for (const connection of [first, second]) connection.dispose();
    process.kill(run?.engine?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await findRuns(state))[0]?.alive).toBe(false);
    expect((await readStoredState(first.run))?.heldOutLooks).toBe(1);
    const third = await resumeRun(runId, options);
    open.push(third);
    expect(third.state.heldOutLooks).toBe(1);
    expect(third.state.seq).toBe(3);
  });

  it('J7: of two that start it at once one serves and both attach', async () => {
    const first = await start('serve');
    const [run] = await findRuns(state);
    first.dispose();
    process.kill(run?.engine?.pid ?? 0, 'SIGKILL');
    const both = await Promise.all(
      [1, 2].map(() => resumeRun(run?.runId ?? '', { state, engineBundle: bundle, client: 'test' })),
    );
    open.push(...both);
    await both[0]?.request('pause', {});
    await both[1]?.until((s) => s.heldOutLooks === 1);
    expect((await findRuns(state)).filter(({ alive }) => alive)).toHaveLength(1);
  });

  it('says when there is no such run', async () => {
    await expect(resumeRun('20260101-0000-0000', { state, engineBundle: bundle, client: 't' })).rejects.toThrow(
      'There is no run 20260101-0000-0000',
    );
  });
});

describe('installEngine', () => {
  it('copies by digest once, and makes good a copy that was changed', async () => {
    const first = await installEngine(bundle, state);
    expect(first.folder).toBe(join(state, 'engines', first.digest));
    const { mtimeMs } = await stat(first.main);
    expect((await installEngine(bundle, state)).folder).toBe(first.folder);
    expect((await stat(first.main)).mtimeMs).toBe(mtimeMs);
    const whole = await readFile(first.main, 'utf8');
    await writeFile(first.main, 'process.exit(9)');
    await installEngine(bundle, state);
    expect(await readFile(first.main, 'utf8')).toBe(whole);
    const both = await Promise.all([
      installEngine(bundle, join(folder, 's2')),
      installEngine(bundle, join(folder, 's2')),
    ]);
    expect(both[0]).toEqual(both[1]);
  });

  it('says when there is no bundle', async () => {
    await expect(installEngine(join(folder, 'nothing'), state)).rejects.toThrow('Build or reinstall Belay');
  });
});

describe('nodeForEngine', () => {
  async function program(name: string, script: string): Promise<string> {
    const path = join(folder, name, 'node');
    await mkdir(join(folder, name));
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  it('takes the first that fits: the setting, PATH, this program', async () => {
    const real = process.execPath;
    const wrapped = await program('good', `exec '${real}' "$@"`);
    expect((await nodeForEngine({ configured: wrapped, searchPath: '' })).path).toBe(wrapped);
    const old = await program('old', `echo '["20.19.2","function"]'`);
    expect((await nodeForEngine({ configured: old, searchPath: join(folder, 'good') })).path).toBe(wrapped);
    const own = await nodeForEngine({ searchPath: '', ownProgram: real });
    expect(own).toEqual({ path: real, version: process.versions.node, env: { ELECTRON_RUN_AS_NODE: '1' } });
  });

  it('names what it tried when none fits', async () => {
    const old = await program('old', `echo '["20.19.2","function"]'`);
    const strange = await program('strange', 'echo hello');
    const search = nodeForEngine({
      configured: join(folder, 'missing'),
      searchPath: join(folder, 'old'),
      ownProgram: strange,
    });
    await expect(search).rejects.toThrow(
      /needs Node 24 or newer \(.*missing: .*ENOENT.*it is Node 20\.19\.2.*it is no Node\).*belay\.nodePath/,
    );
    expect(old).toContain('old');
  });
});

describe('names', () => {
  it('run ids sort by time', () => {
    expect(newRunId(Date.UTC(2026, 10, 23, 6, 40), () => 0.498)).toBe('20261123-0640-7f7c');
    expect(newRunId(1e12, () => 0.9999999)).toMatch(runIdPattern);
  });

  it('the environment of an engine is a short list', () => {
    const env = {
      PATH: '/bin',
      OPENAI_API_KEY: 'x',
      BELAY_API_KEY: 'y',
      NODE_OPTIONS: '--inspect',
      XDG_RUNTIME_DIR: '/run',
      LC_ALL: 'C',
      VSCODE_PID: '1',
    };
    expect(engineEnvironment(env)).toEqual({ PATH: '/bin', XDG_RUNTIME_DIR: '/run', LC_ALL: 'C' });
  });
});
