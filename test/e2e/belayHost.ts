// Job: one VS Code with Belay installed, in a temporary place, on which several tasks are opened one after the other; for
//   tests of what a person sees when something is wrong.
// Boundary: real host, browser, engines and files. PATH is a folder of links, so that a test can take a program away.
//   `close` fails when an engine or one of its commands is left.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { vi } from 'vitest';
import { RunConnection } from '../../src/client/connection.ts';
import { findRuns, type FoundRun } from '../../src/client/runs.ts';
import { outliving, processesNaming } from '../contract/processes.ts';
import { writeTinyTask } from '../fixtures/tinyTask.ts';
import { launchBrowser } from '../host/browser.ts';
import { startServer, type VscodeServer } from '../host/vscodeServer.ts';
import { openWorkbench, type Workbench } from '../host/workbench.ts';

/** What `npm run package` makes. */
const belayVsix = join(import.meta.dirname, '..', '..', 'belay-0.1.0.vsix');
const programs = ['bash', 'bwrap', 'cat', 'git', 'sh', 'sleep', 'tr', 'yes'];
/** The machine may be busy. */
const waitMs = 90_000;

export interface TaskChoice {
  readonly modelUrl: string;
  /** Merged over the keys of the task file. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

export interface Started {
  readonly client: RunConnection;
  readonly panel: Frame;
}

/** A client of the test's own in the place of one whose engine died, once another engine serves the run. */
export async function reattached(client: RunConnection): Promise<RunConnection> {
  const { run } = client;
  client.dispose();
  const open = () => RunConnection.open({ run, client: 'the test' }).catch(() => null);
  return vi.waitUntil(open, { timeout: waitMs });
}

export class BelayHost {
  readonly folder: string;
  readonly state: string;
  readonly workbench: Workbench;
  private readonly browser: Browser;
  private readonly server: VscodeServer;
  private readonly clients: RunConnection[] = [];

  private constructor(folder: string, browser: Browser, server: VscodeServer, workbench: Workbench) {
    this.folder = folder;
    this.state = join(folder, 'state');
    this.browser = browser;
    this.server = server;
    this.workbench = workbench;
  }

  /** Opens the window on the folder `first`, which need not exist; null: on none. With `trust` VS Code asks for it. */
  static async start({
    first,
    trust = false,
    vsix = [],
    settings = {},
    home,
  }: {
    readonly first: string | null;
    readonly trust?: boolean;
    /** More packages to install beside Belay's. */
    readonly vsix?: readonly string[];
    readonly settings?: Readonly<Record<string, unknown>>;
    /** The supervisor's home folder; otherwise one of its own. */
    readonly home?: string;
  }): Promise<BelayHost> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-window-')));
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const name of programs) symlinkSync(join('/usr/bin', name), join(bin, name));
    symlinkSync(realpathSync(process.execPath), join(bin, 'node'));
    const ownHome = join(folder, 'home');
    for (const place of [ownHome, join(folder, first ?? '')]) mkdirSync(place, { recursive: true });
    const [server, browser] = await Promise.all([
      startServer({
        ...(first !== null && { workspace: join(folder, first) }),
        vsix: [belayVsix, ...vsix],
        workspaceTrust: trust,
        settings: { 'security.workspace.trust.startupPrompt': 'never', 'workbench.reduceMotion': 'on', ...settings },
        // With VSCODE_CLI the host takes this environment as it is, and not the one of a login shell.
        env: { BELAY_STATE_DIR: join(folder, 'state'), HOME: home ?? ownHome, PATH: bin, VSCODE_CLI: '1' },
      }),
      launchBrowser(),
    ]);
    return new BelayHost(folder, browser, server, await openWorkbench(server, browser));
  }

  /** A task of four cases whose candidate is one line of shell; no repository. Takes away what a run before has written. */
  writeTask(dir: string, { modelUrl, overrides }: TaskChoice): void {
    for (const name of ['upper.sh', 'build.sh']) rmSync(join(dir, name), { force: true });
    const heldOut = join(this.folder, 'outside', 'heldout.jsonl');
    writeTinyTask(dir, { modelUrl, heldOut, ...(overrides && { overrides }) });
  }

  /** Another window on the same server, such as after the first was closed. */
  openWindow(): Promise<Workbench> {
    return openWorkbench(this.server, this.browser);
  }

  put(file: string, content: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** From the palette to a run that is served: a client of the test's own on it, and the panel that shows it. */
  async startRun(): Promise<Started> {
    const before = this.runs();
    await this.askForRun();
    return this.started(before);
  }

  /** From the palette through the confirmation. */
  async askForRun(): Promise<void> {
    await this.workbench.command('Belay: Start Reconstruction');
    await this.workbench.clickDialog('Start “upper”?', 'Start');
  }

  /** The run that is served now and was not `before`. */
  async started(before: readonly string[]): Promise<Started> {
    const isNew = ({ runId, alive }: FoundRun) => alive && !before.includes(runId);
    const run = await vi.waitUntil(async () => (await findRuns(this.state)).find(isNew), { timeout: waitMs });
    const client = await RunConnection.open({ run: run.folder, client: 'the test' });
    this.clients.push(client);
    return { client, panel: await this.workbench.webview('run') };
  }

  /** As `reattached`, for a client that is the host's to dispose of. */
  async reattach(client: RunConnection): Promise<RunConnection> {
    const opened = await reattached(client);
    this.clients.splice(this.clients.indexOf(client), 1, opened);
    return opened;
  }

  /** Ends the run that was started last, if it goes on, and lets go of it; the window keeps showing it. */
  async stopRun(): Promise<void> {
    for (const client of this.clients.splice(0)) {
      if (client.state.ended === null) {
        await client.request('stop', {});
        await client.until((state) => state.ended !== null);
      }
      client.dispose();
    }
  }

  /** Names of run directories. */
  runs(): readonly string[] {
    const runs = join(this.state, 'runs');
    return existsSync(runs) ? readdirSync(runs) : [];
  }

  /** Command lines of engines that live now. */
  engines(): readonly string[] {
    return processesNaming(this.state)
      .map(({ command }) => command)
      .filter((command) => command.includes('main.mjs --run '));
  }

  /** Every file of a folder and what it holds. */
  filesOf(dir: string): Readonly<Record<string, string>> {
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
      files
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [relative(dir, path), readFileSync(path, 'utf8')]),
    );
  }

  async close(): Promise<void> {
    await this.stopRun();
    await this.browser.close();
    for (const { engine, alive } of await findRuns(this.state))
      if (alive && engine) process.kill(engine.pid, 'SIGTERM');
    await this.server.dispose();
    const left = await outliving(processesNaming(this.folder), waitMs);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`processes left: ${JSON.stringify(left)}`);
  }
}
