/**
 * Job: make `dist/` from the sources: one bundle per process, and the JSON Schema of the task file.
 * Boundary: esbuild only; what goes into the VSIX is decided by `.vscodeignore`. Run it with `--watch` while developing.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { context, build, type BuildOptions } from 'esbuild';
import { policyJsonSchema } from '../run/policy.ts';
import { taskJsonSchema } from '../run/task.ts';

const production = process.argv.includes('--production');
const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };

const common: BuildOptions = {
  bundle: true,
  target: 'es2024',
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'warning',
  legalComments: 'none',
  // jsonc-parser's CommonJS form is UMD, whose requires a bundler can't see.
  mainFields: ['module', 'main'],
  define: { BELAY_VERSION: JSON.stringify(manifest.version), BELAY_FOLDS: JSON.stringify(digestOfFolds()) },
};

/** What runs in VS Code's extension host; the later bundles are loaded by path when they are first needed. */
const host: BuildOptions = {
  ...common,
  platform: 'node',
  format: 'cjs',
  external: ['vscode'],
  outExtension: { '.js': '.cjs' },
};

/** What runs on a Node of its own. `require` is made for the CommonJS packages inside. */
const node: BuildOptions = {
  ...common,
  platform: 'node',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  banner: {
    js: "import { createRequire as belayCreateRequire } from 'node:module'; const require = belayCreateRequire(import.meta.url);",
  },
};

/** All of `dist/`; tests build single ones, as they are shipped. */
export const bundles: readonly BuildOptions[] = [
  {
    ...host,
    outdir: 'dist',
    entryPoints: {
      extension: 'src/extension/extension.ts',
      runtime: 'src/extension/runtime.ts',
      languageClient: 'src/extension/languageClient.ts',
      languageServer: 'src/language/server.ts',
    },
  },
  {
    ...node,
    outdir: 'dist/engine',
    splitting: true,
    loader: { '.pl': 'copy' },
    entryPoints: {
      main: 'src/engine/main.ts',
      verifier: 'src/engine/verification/verifier.ts',
      scanner: 'src/engine/integrity/scanner.ts',
      lister: 'src/engine/checkpoint/listWorker.ts',
      caseSupervisor: 'src/engine/sandbox/caseSupervisor.pl',
      guard: 'src/engine/sandbox/guard.pl',
    },
  },
  { ...node, outdir: 'dist', entryPoints: { cli: 'src/cli/main.ts' } },
  {
    ...common,
    outdir: 'dist/webview',
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    loader: { '.ttf': 'file' },
    entryPoints: [
      { in: 'src/webview/main.ts', out: 'run' },
      { in: 'src/webview/run.css', out: 'run' },
      { in: 'src/webview/report/main.ts', out: 'report' },
      { in: 'src/webview/report/report.css', out: 'report' },
    ],
  },
];

/** Of the sources of every fold: a snapshot that other ones made is made anew (src/protocol/snapshot.ts). */
function digestOfFolds(): string {
  const digest = createHash('sha256');
  const cwd = join(import.meta.dirname, '..');
  const files = [...globSync('{base,run}/**/*.ts', { cwd }).sort(), 'protocol/snapshot.ts', 'engine/records.ts'];
  for (const file of files) digest.update(`${file}\0`).update(readFileSync(join(cwd, file)));
  return digest.digest('hex').slice(0, 16);
}

async function main(): Promise<void> {
  await rm('dist', { recursive: true, force: true });
  await mkdir('dist', { recursive: true });
  await writeFile('dist/belay.schema.json', JSON.stringify(taskJsonSchema(), null, 2));
  await writeFile('dist/belay.policy.schema.json', JSON.stringify(policyJsonSchema(), null, 2));
  if (process.argv.includes('--watch')) {
    for (const options of bundles) await (await context(options)).watch();
  } else {
    await Promise.all(bundles.map((options) => build(options)));
  }
}

if (import.meta.main) await main();
