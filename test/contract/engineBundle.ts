/**
 * Job: the engine's bundle for the contract tests, built from the sources as it is shipped, once for all test files.
 * Boundary: writes below `out/contract` only; built again when a source is newer.
 */
import { build } from 'esbuild';
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../src/base/assert.ts';
import { bundles } from '../../src/build/bundle.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'out', 'contract');
const bundle = join(folder, 'engine');

/** The folder with `main.mjs`. */
export async function engineBundle(): Promise<string> {
  if (existsSync(bundle) && statSync(bundle).mtimeMs >= newestSourceMs()) return bundle;
  const options = bundles.find((one) => one.outdir === 'dist/engine');
  assert(options, 'the engine has a bundle');
  mkdirSync(folder, { recursive: true });
  const fresh = mkdtempSync(join(folder, 'new-'));
  await build({ ...options, absWorkingDir: root, outdir: fresh, sourcemap: false });
  rmSync(bundle, { recursive: true, force: true });
  renameSync(fresh, bundle);
  return bundle;
}

function newestSourceMs(): number {
  const sources = globSync('src/{base,run,protocol,engine,build}/**/*.{ts,pl}', { cwd: root });
  return Math.max(...sources.map((file) => statSync(join(root, file)).mtimeMs));
}
