// Job: start VS Code's server (see codeServer.ts) for one test or one demonstration, and end it without a trace.
// Boundary: one process group and one temporary folder per server; nothing outlives dispose() but what an extension has
//   detached on purpose (Belay's engines do: a test that starts a run ends it itself).

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { codeServerState, serverEnv, serverMain } from './codeServer.ts';

const startLimitMs = 60_000;

/** Settings that keep a fresh profile quiet and off the network. */
const quietSettings: Settings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
};

export type Settings = Record<string, unknown>;

export interface ServerOptions {
  /** A folder or a .code-workspace file; without one the window is empty. */
  readonly workspace?: string;
  /** Runs an extension from its folder. Needs `smokeTestDriver`. */
  readonly extensionDevelopmentPath?: string | readonly string[];
  /** The bundled test suite that the extension host runs. Needs `smokeTestDriver`. */
  readonly extensionTestsPath?: string;
  /** Extension packages to install before the server starts. */
  readonly vsix?: string | readonly string[];
  /** User settings, over the quiet ones. */
  readonly settings?: Settings;
  /** VS Code's mode for automated windows. It hides notification toasts and refuses dialogs; default false. */
  readonly smokeTestDriver?: boolean;
  /** True: folders open in restricted mode until they are trusted. Default false. */
  readonly workspaceTrust?: boolean;
  /** Added to the environment of the server and so of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kept after dispose when given; otherwise a temporary folder. */
  readonly userDataDir?: string;
  readonly extensionsDir?: string;
  /** Called with everything that the server prints. */
  readonly onOutput?: (text: string) => void;
}

export interface VscodeServer {
  /** The page to open for the workspace, with everything that the options ask for. */
  readonly url: string;
  /** The page to open for another folder on the same server. */
  urlOf(folder: string): string;
  readonly port: number;
  readonly pid: number;
  readonly userDataDir: string;
  /** Settles when the server's process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Merges into the user settings; a window reads them when it is opened or reloaded. */
  updateSettings(settings: Settings): void;
  /** Everything printed so far. */
  output(): string;
  /** Ends every process of the server and deletes its folders. Can be called twice. */
  dispose(): Promise<void>;
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/**
 * Starts a server on a free port of 127.0.0.1 with fresh data folders.
 * Throws when the test host is not installed, a VSIX can't be installed, or the server ends or hangs while starting;
 * whatever had been started by then is ended.
 */
export async function startServer(options: ServerOptions = {}): Promise<VscodeServer> {
  if (codeServerState() !== 'ready') {
    throw new Error('The test host is not installed: run `node test/host/provision.ts test` first.');
  }
  const temporary = mkdtempSync(join(tmpdir(), 'belay-host-'));
  const userDataDir = resolve(options.userDataDir ?? join(temporary, 'user'));
  const extensionsDir = resolve(options.extensionsDir ?? join(temporary, 'extensions'));
  const folders = ['--server-data-dir', join(temporary, 'server'), '--user-data-dir', userDataDir];
  folders.push('--extensions-dir', extensionsDir);
  mkdirSync(extensionsDir, { recursive: true });
  const settingsFile = join(userDataDir, 'User', 'settings.json');
  mergeSettings(settingsFile, { ...quietSettings, ...options.settings });
  const env = serverEnv(options.env);
  try {
    await installVsix(list(options.vsix), folders, env);
    const server = spawnServer(options, folders, env);
    const port = await server.port;
    let disposed: Promise<void> | undefined;
    return {
      url: pageUrl(port, options),
      urlOf: (folder) => pageUrl(port, { ...options, workspace: folder }),
      port,
      pid: server.pid,
      userDataDir,
      ended: server.ended,
      updateSettings: (settings) => {
        mergeSettings(settingsFile, settings);
      },
      output: server.output,
      dispose: () => (disposed ??= disposeServer(server, temporary)),
    };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

function mergeSettings(file: string, settings: Settings): void {
  mkdirSync(resolve(file, '..'), { recursive: true });
  let present: Settings = {};
  try {
    present = JSON.parse(readFileSync(file, 'utf8')) as Settings;
  } catch (error) {
    // A fresh profile has no settings yet; a broken file is a mistake of the test and must show.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  writeFileSync(file, JSON.stringify({ ...present, ...settings }, null, 2));
}

async function installVsix(
  files: readonly string[],
  folders: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  if (files.length === 0) return;
  const args = files.flatMap((file) => ['--install-extension', resolve(file)]);
  const result = await promisify(execFile)(process.execPath, [serverMain, ...folders, ...args], { env });
  const installed = [...result.stdout.matchAll(/was successfully installed/g)].length;
  if (installed !== files.length) {
    throw new Error(`VS Code did not install ${files.join(', ')}:\n${result.stdout}${result.stderr}`);
  }
}

interface ServerProcess {
  readonly pid: number;
  readonly port: Promise<number>;
  readonly ended: Promise<void>;
  readonly output: () => string;
  readonly kill: () => void;
}

function spawnServer(options: ServerOptions, folders: readonly string[], env: Record<string, string>): ServerProcess {
  const args = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'];
  args.push('--telemetry-level', 'off');
  if (options.smokeTestDriver === true) args.push('--enable-smoke-test-driver');
  if (options.workspaceTrust !== true) args.push('--disable-workspace-trust');
  const child = spawn(process.execPath, [serverMain, ...args, ...folders], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`could not start ${serverMain}`);
  const kill = (): void => {
    killGroup(pid);
  };
  // A test run that ends early must not leave a server behind.
  process.once('exit', kill);
  const ended = new Promise<void>((done) => {
    child.once('exit', () => {
      process.removeListener('exit', kill);
      done();
    });
  });
  let text = '';
  const port = listeningPort(child, () => text, kill);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      options.onOutput?.(chunk);
    });
  }
  return { pid, port, ended, output: () => text, kill };
}

/** The port, read from the server's own announcement: no race for a "free" port, no polling. */
function listeningPort(child: ChildProcess, output: () => string, kill: () => void): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const timer = setTimeout(() => {
      kill();
      reject(new Error(`VS Code's server did not start within ${String(startLimitMs / 1000)} s:\n${output()}`));
    }, startLimitMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`VS Code's server ended while starting (exit code ${String(code)}):\n${output()}`));
    });
    child.stdout?.on('data', () => {
      // Our listener runs before the one that collects the text, hence the next turn.
      setImmediate(() => {
        const port = /Extension host agent listening on (\d+)/.exec(output())?.[1];
        if (port === undefined) return;
        clearTimeout(timer);
        resolvePort(Number(port));
      });
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Already gone, which is what we want.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function disposeServer(server: ServerProcess, temporary: string): Promise<void> {
  server.kill();
  await server.ended;
  await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
}

function pageUrl(port: number, options: ServerOptions): string {
  const host = `127.0.0.1:${String(port)}`;
  const remote = (path: string): string => `vscode-remote://${host}${resolve(path)}`;
  const payload = list(options.extensionDevelopmentPath).map((path) => ['extensionDevelopmentPath', remote(path)]);
  if (options.extensionTestsPath !== undefined)
    payload.push(['extensionTestsPath', remote(options.extensionTestsPath)]);
  if (payload.length > 0 && options.smokeTestDriver !== true) {
    throw new Error('VS Code ignores extensionDevelopmentPath and extensionTestsPath without smokeTestDriver');
  }
  const query = new URLSearchParams();
  if (options.workspace === undefined) query.set('ew', 'true');
  else query.set(options.workspace.endsWith('.code-workspace') ? 'workspace' : 'folder', resolve(options.workspace));
  if (payload.length > 0) query.set('payload', JSON.stringify([['skipWelcome', 'true'], ...payload]));
  return `http://${host}/?${query.toString()}`;
}
