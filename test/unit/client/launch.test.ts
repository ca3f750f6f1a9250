import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { chmod, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { installEngine } from '../../../src/client/installEngine.ts';
import { engineEnvironment, resumeRun, startRun, StartFailed } from '../../../src/client/launch.ts';
import type { RunConnection } from '../../../src/client/connection.ts';
import { cleanEnvironment } from '../../../src/engine/sandbox/profile.ts';
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

  it('removes copies that are old and of no living engine when a new one comes, and no others', async () => {
    const engines = join(state, 'engines');
    const copy = async (letter: string, ageMs: number) => {
      const digest = letter.repeat(64);
      await mkdir(join(engines, digest), { recursive: true });
      await writeFile(join(engines, digest, 'main.mjs'), letter);
      const at = new Date(Date.now() - ageMs);
      await utimes(join(engines, digest), at, at);
      return digest;
    };
    const day = 86_400_000;
    const dead = spawnSync('true').pid;
    const served = async (runId: string, pid: number, engineDigest: string) => {
      await mkdir(join(state, 'runs', runId), { recursive: true });
      const record = { pid, socket: '/none', token: 't', engineDigest };
      await writeFile(join(state, 'runs', runId, 'engine.json'), JSON.stringify(record));
    };
    const [unused, killed, living, starting] = [
      await copy('a', day),
      await copy('b', day),
      await copy('c', day),
      await copy('d', 60_000),
    ];
    await served('20260101-0000-0001', dead, killed);
    await served('20260101-0000-0002', process.pid, living);
    await mkdir(join(engines, 'changed-by-somebody'));
    const { digest } = await installEngine(bundle, state);
    expect((await readdir(engines)).sort()).toEqual([digest, living, starting, 'changed-by-somebody'].sort());
    expect(unused).toHaveLength(64);
    const before = new Date(Date.now() - day);
    await utimes(join(engines, digest), before, before);
    await installEngine(bundle, state);
    expect((await stat(join(engines, digest))).mtimeMs, 'whoever starts one says so first').toBeGreaterThan(
      Date.now() - 60_000,
    );
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
      /needs Node 24 or newer\. .*belay\.nodePath.*missing: .*ENOENT.*it is Node 20\.19\.2.*it is no Node\./,
    );
    expect(old).toContain('old');
  });
});

describe('names', () => {
  it('run ids sort by time', () => {
    expect(newRunId(Date.UTC(2026, 10, 23, 6, 40), () => 0.498)).toBe('20261123-0640-7f7c');
    expect(newRunId(1e12, () => 0.9999999)).toMatch(runIdPattern);
  });

  it("passes a firm's certificates and proxies on, and lets a model on this machine be asked directly", () => {
    const env = {
      NODE_EXTRA_CA_CERTS: '/etc/firm.pem',
      HTTPS_PROXY: 'http://anna:secret@proxy:3128',
      http_proxy: 'http://proxy:3128',
      no_proxy: '.firm',
      NO_PROXY: '.other',
    };
    const noProxy = '.firm,localhost,127.0.0.1,::1';
    expect(engineEnvironment(env)).toEqual({ ...env, no_proxy: noProxy, NO_PROXY: noProxy, NODE_USE_ENV_PROXY: '1' });
    expect(engineEnvironment({ no_proxy: '*' }), 'nothing is changed without a proxy').toEqual({ no_proxy: '*' });
    for (const toolchains of [[], ['/opt/perl']])
      expect(JSON.stringify(cleanEnvironment(toolchains))).not.toMatch(/proxy|certs/i);
  });

  it.each([true, false])('an engine asks through the proxy, and not without being told (told: %s)', async (told) => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('from the proxy');
    });
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    const direct = createServer((_request, response) => response.end('direct'));
    for (const server of [proxy, direct]) await once(server.listen(0, '127.0.0.1'), 'listening');
    const portOf = (server: Server) => String((server.address() as AddressInfo).port);
    const env = engineEnvironment({ HTTP_PROXY: `http://127.0.0.1:${portOf(proxy)}` });
    const script = `
      const say = (url) => fetch(url).then((r) => r.text(), () => 'failed');
      process.stdout.write(JSON.stringify([await say('http://127.0.0.1:${portOf(direct)}/'), await say('http://model.invalid/v1')]));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: told ? env : { ...env, NODE_USE_ENV_PROXY: '' },
    });
    for (const server of [proxy, direct]) server.close();
    expect((JSON.parse(stdout) as string[])[0]).toBe('direct');
    expect(asked.some((url) => url.includes('model.invalid'))).toBe(told);
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
