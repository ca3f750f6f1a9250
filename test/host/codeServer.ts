// Job: install VS Code's server half, as the npm package code-server ships it, as the test host; and make it strict.
// Boundary: needs npm, tar and the npm registry that npm is configured for; no compiler, no install scripts. It writes
//   only under .vscode-test. The server runs on the Node that runs this file.
//
// code-server answers every question about proposed API with yes, so an extension that leans on a proposal would pass
// every test here and be broken on a desktop. The strict patch puts the original rule back; installation fails when the
// place to patch can't be found, since a host that is silently lax is worse than none.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const projectRoot = join(import.meta.dirname, '..', '..');
const version = '4.139.1';
/** Goes up whenever what is done to the package changes, so that older installations are replaced. */
const recipe = 1;
const stamp = `code-server ${version}, strict, recipe ${String(recipe)}\n`;

const codeServerDir = join(projectRoot, '.vscode-test', 'code-server');
export const serverMain = join(codeServerDir, 'server', 'out', 'server-main.js');

/** Parts that no test needs: agents, telemetry, other platforms. What remains is pinned by code-server's own shrinkwrap. */
const droppedDependencies = [
  '@devcontainers/cli',
  '@github/copilot-sdk',
  '@microsoft/1ds-post-js',
  '@microsoft/mxc-sdk',
  '@vscode/copilot-api',
  '@vscode/deviceid',
  '@vscode/sandbox-runtime',
  '@vscode/sqlite3',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  'kerberos',
  'ssh2',
];

export function codeServerState(): 'ready' | 'absent' | 'unsupported' {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return 'unsupported';
  const file = join(codeServerDir, '.stamp');
  return existsSync(file) && readFileSync(file, 'utf8') === stamp ? 'ready' : 'absent';
}

/** Installs into a folder beside the final one and renames it at the end: an interrupted installation leaves nothing half done. */
export async function installCodeServer(): Promise<void> {
  console.log(`Installing code-server ${version} (VS Code's server, for the tests, into .vscode-test) …`);
  const startedAt = performance.now();
  const partial = `${codeServerDir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await unpack(partial);
  const server = join(partial, 'server');
  dropDependencies(join(server, 'package.json'));
  console.log('  fetching its dependencies');
  await npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], server);
  dropUnused(server);
  replaceNativeAddons(server);
  makeStrict(join(server, 'out'));
  await run(process.execPath, [join(server, 'out', 'server-main.js'), '--version'], { env: serverEnv() });
  writeFileSync(join(partial, '.stamp'), stamp);
  rmSync(codeServerDir, { recursive: true, force: true });
  renameSync(partial, codeServerDir);
  console.log(`  done in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}

async function unpack(partial: string): Promise<void> {
  await npm(['pack', '--loglevel=error', `code-server@${version}`], partial);
  const archive = readdirSync(partial).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack code-server@${version} left no archive`);
  await run('tar', ['xzf', archive, 'package/lib/vscode', 'package/LICENSE'], {
    cwd: partial,
  });
  renameSync(join(partial, 'package', 'lib', 'vscode'), join(partial, 'server'));
  renameSync(join(partial, 'package', 'LICENSE'), join(partial, 'LICENSE'));
  rmSync(join(partial, 'package'), { recursive: true });
  rmSync(join(partial, archive));
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  // An npm script passes its own project's settings on as npm_package_* and npm_config_local_prefix; this is another project.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)),
  );
  try {
    await run('npm', args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Error(`npm ${args.join(' ')} failed:\n${detail.trim()}`, {
      cause: error,
    });
  }
}

function dropDependencies(file: string): void {
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    dependencies: Record<string, string>;
    allowScripts?: unknown;
  };
  const kept = Object.entries(manifest.dependencies).filter(([name]) => !droppedDependencies.includes(name));
  const { allowScripts: _, ...rest } = manifest;
  writeFileSync(file, JSON.stringify({ ...rest, dependencies: Object.fromEntries(kept) }, null, 2));
}

function dropUnused(server: string): void {
  const modules = join(server, 'node_modules');
  for (const folder of [join(modules, '@vscode', 'ripgrep-universal', 'bin'), join(modules, 'node-pty', 'prebuilds')]) {
    for (const name of readdirSync(folder)) {
      if (name !== `linux-${process.arch}`) rmSync(join(folder, name), { recursive: true });
    }
  }
  for (const name of ['third_party', 'deps']) rmSync(join(modules, 'node-pty', name), { recursive: true, force: true });
  for (const name of ['copilot', 'microsoft-authentication']) {
    rmSync(join(server, 'extensions', name), { recursive: true, force: true });
  }
}

/**
 * Two of the dependencies are compiled addons. VS Code runs without them, but prints a page of stack trace for each process
 * and writes no log files; small stand-ins in plain JavaScript cure both.
 */
function replaceNativeAddons(server: string): void {
  const addons = join(server, 'node_modules', '@vscode');
  for (const [name, file] of [
    ['native-watchdog', 'nativeWatchdogStandIn.cjs'],
    ['spdlog', 'spdlogStandIn.cjs'],
  ] as const) {
    const text = readFileSync(join(import.meta.dirname, 'addons', file), 'utf8');
    const target = join(addons, name, 'index.js');
    if (!existsSync(dirname(target))) throw new Error(`code-server ${version} no longer has ${dirname(target)}`);
    writeFileSync(target, text);
  }
}

const bundlesWithTheRule = [
  'vs/code/browser/workbench/workbench.js',
  'vs/workbench/api/node/extensionHostProcess.js',
  'vs/workbench/api/worker/extensionHostWorkerMain.js',
];

function makeStrict(out: string): void {
  for (const name of bundlesWithTheRule) {
    const file = join(out, name);
    writeFileSync(file, withProposedApiRule(readFileSync(file, 'utf8'), name));
  }
}

/**
 * The text of a bundle in which "is this proposed API allowed?" looks at the extension's manifest again.
 * Throws when the function that code-server has made to answer `true` isn't there exactly once.
 */
export function withProposedApiRule(bundle: string, name: string): string {
  const laxRule =
    /function ([\w$]+)\((\w),(\w)\)\{return!0\}(?=function [\w$]+\(\w,\w\)\{if\(!\1\(\w,\w\)\)throw new Error\(`Extension)/g;
  const places = [...bundle.matchAll(laxRule)].length;
  if (places !== 1) {
    throw new Error(
      `${name}: the rule about proposed API was found ${String(places)} times instead of once; ` +
        `the strict patch in test/host/codeServer.ts doesn't fit code-server ${version}`,
    );
  }
  return bundle.replace(
    laxRule,
    'function $1($2,$3){return!!($2.enabledApiProposals&&$2.enabledApiProposals.includes($3))}',
  );
}

/** The environment for VS Code's server: ours, without what another VS Code or a debugger has put there. */
export function serverEnv(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || /^(ELECTRON_|VSCODE_)/.test(name) || name === 'NODE_OPTIONS') continue;
    env[name] = value;
  }
  return { ...env, ...extra };
}
