#!/usr/bin/env node
// Job: stand in for a VS Code executable where none can be downloaded. It takes the command line that
//   @vscode/test-electron's runTests() builds and runs the same suite in a real extension host: VS Code's server and a
//   headless Chromium. Output and exit code of the suite come through.
// Boundary: Electron's own switches mean nothing here and are passed over.
// Environment: CODE_SHIM_TIMEOUT_MS (default 180000), CODE_SHIM_VERBOSE=1 (everything that VS Code logs).

import { fileURLToPath } from 'node:url';
import { format, parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { startServer, type ServerOptions, type VscodeServer } from './vscodeServer.ts';

const verbose = process.env['CODE_SHIM_VERBOSE'] === '1';
const limitMs = Number(process.env['CODE_SHIM_TIMEOUT_MS'] ?? 180_000);

/** What VS Code logs about itself in every run and nobody needs in a test's output. */
const noise =
  /^\[(AccountPolicyGate|AgentHost|Service Worker|reconnection-grace-time|ChatModelSelection|remote-connection)|^(Resolv|Creating a socket|Updating additional builtin|Settings Sync|Started local extension|ComputeTargetPlatform)|open-vsx\.org|getaddrinfo|Failed to fetch|ERR_NAME_NOT_RESOLVED|^Extension host with pid/;

function parseCommandLine(args: readonly string[]): ServerOptions {
  const string = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    options: {
      extensionDevelopmentPath: { type: 'string', multiple: true },
      extensionTestsPath: string,
      'user-data-dir': string,
      'extensions-dir': string,
      'folder-uri': string,
      'disable-workspace-trust': { type: 'boolean' },
    },
  });
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const folderUri = text('folder-uri');
  const workspace = folderUri === undefined ? positionals[0] : fileURLToPath(folderUri);
  const tests = text('extensionTestsPath');
  if (tests === undefined)
    throw new Error('this stand-in for VS Code only runs tests: --extensionTestsPath is missing');
  const userDataDir = text('user-data-dir');
  const extensionsDir = text('extensions-dir');
  return {
    extensionDevelopmentPath: (values['extensionDevelopmentPath'] ?? []) as string[],
    extensionTestsPath: tests,
    smokeTestDriver: true,
    workspaceTrust: values['disable-workspace-trust'] !== true,
    ...(workspace === undefined ? {} : { workspace }),
    ...(userDataDir === undefined ? {} : { userDataDir }),
    ...(extensionsDir === undefined ? {} : { extensionsDir }),
    ...(verbose ? { onOutput: (chunk: string) => process.stderr.write(chunk) } : {}),
  };
}

/** Opens the window and resolves with the exit code that the extension host reports for the suite. */
async function runSuite(page: Page, server: VscodeServer): Promise<number> {
  const reported = new Promise<number>((done) => {
    page.on('crash', () => {
      console.error('the page of the VS Code window crashed');
      done(1);
    });
    void server.ended.then(() => {
      done(1);
    });
    const timer = setTimeout(() => {
      console.error(`no result after ${String(limitMs)} ms`);
      done(124);
    }, limitMs);
    timer.unref();
    // The two functions are VS Code's own hooks for automated windows.
    void page.exposeFunction('codeAutomationExit', done);
    void page.exposeFunction('codeAutomationLog', printLog);
  });
  await page.goto(server.url);
  return reported;
}

function printLog(type: string, args: unknown[]): void {
  const text = format(...args);
  if (!verbose && (type === 'trace' || type === 'debug' || noise.test(text))) return;
  const stream = type === 'error' || type === 'warn' ? process.stderr : process.stdout;
  stream.write(`${verbose ? `[${type}] ` : ''}${text}\n`);
}

async function main(): Promise<number> {
  const server = await startServer(parseCommandLine(process.argv.slice(2)));
  const browser = await launchBrowser();
  const end = async (): Promise<void> => {
    await browser.close();
    await server.dispose();
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => void end().finally(() => process.exit(code)));
  }
  try {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
    });
    const code = await runSuite(await context.newPage(), server);
    if (code !== 0 && !verbose) console.error(`VS Code's server printed:\n${server.output()}`);
    return code;
  } finally {
    await end();
  }
}

process.exit(await main());
