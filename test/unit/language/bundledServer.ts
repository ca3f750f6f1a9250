/** Job: the language server as it is shipped: its bundle, made into a folder of the test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { bundles } from '../../../src/build/bundle.ts';

/** Builds before the tests of the file; gives the bundle's path from then on. */
export function bundledServer(): () => string {
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'belay-test-'));
    await build({ ...shipped(), outdir: folder });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return () => join(folder, 'languageServer.cjs');
}

function shipped(): BuildOptions {
  for (const options of bundles) {
    const entries = options.entryPoints;
    if (entries === undefined || Array.isArray(entries) || !('languageServer' in entries)) continue;
    return { ...options, entryPoints: { languageServer: entries.languageServer } };
  }
  throw new Error('no bundle has the language server');
}
