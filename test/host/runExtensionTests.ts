// Job: run test/extension/*.test.ts inside a real extension host, through @vscode/test-electron.
// Boundary: the VS Code is the one that CODE_EXECUTABLE names, else the code-server host through codeShim.ts, else one that
//   test-electron downloads. The extension is the project's (EXTENSION_PATH names another folder).

import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { codeServerState } from './codeServer.ts';

const projectRoot = join(import.meta.dirname, '..', '..');
const outDir = join(projectRoot, 'out', 'extension-tests');

/** CommonJS, since that is what every supported VS Code can load; mocha stays outside and is found in node_modules. */
async function bundleTests(): Promise<void> {
  const files = globSync('test/extension/*.test.ts', {
    cwd: projectRoot,
  }).sort();
  if (files.length === 0) throw new Error('there is no test/extension/*.test.ts');
  rmSync(outDir, { recursive: true, force: true });
  await build({
    absWorkingDir: projectRoot,
    entryPoints: ['test/extension/index.ts', ...files],
    outdir: outDir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  console.log(`extension tests: ${files.map((file) => basename(file)).join(', ')}`);
}

function vscodeExecutable(): string | undefined {
  const named = process.env['CODE_EXECUTABLE'];
  if (named !== undefined) return named;
  return codeServerState() === 'ready' ? join(import.meta.dirname, 'codeShim.ts') : undefined;
}

async function main(): Promise<void> {
  await bundleTests();
  const executable = vscodeExecutable();
  // A profile of its own for each run: test-electron would keep one under .vscode-test and so carry settings over.
  const temporary = mkdtempSync(join(tmpdir(), 'belay-extension-tests-'));
  const workspace = join(temporary, 'workspace');
  mkdirSync(workspace);
  const profile = [`--user-data-dir=${join(temporary, 'user')}`, `--extensions-dir=${join(temporary, 'extensions')}`];
  try {
    await runTests({
      ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
      extensionDevelopmentPath: process.env['EXTENSION_PATH'] ?? projectRoot,
      extensionTestsPath: join(outDir, 'index.cjs'),
      launchArgs: [workspace, '--disable-extensions', ...profile],
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
