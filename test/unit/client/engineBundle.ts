/** Bundles the fake engine as the real one is bundled, so that it can be installed and started as a process. */
import { build } from 'esbuild';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of the bundle; the caller removes it. */
export async function bundleFakeEngine(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-bundle-'));
  await build({
    entryPoints: { main: join(import.meta.dirname, 'fakeEngine.ts') },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return folder;
}
