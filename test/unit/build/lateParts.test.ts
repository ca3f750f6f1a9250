// What is loaded when something starts, and what only when it is first used: by the static imports of the bundles as shipped.
import { join, relative } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bundles } from '../../../src/build/bundle.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const sdk = /node_modules\/(@ai-sdk|ai)\//;

async function metafileOf(outdir: string): Promise<Metafile> {
  const options = bundles.find((one) => one.outdir === outdir);
  const { metafile } = await build({ ...options, absWorkingDir: root, write: false, metafile: true, sourcemap: false });
  return metafile;
}

/** The packages' files that are loaded with an output, without what it imports later. */
function loadedWith({ outputs }: Metafile, entry: string): readonly string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const output = outputs[name];
    if (seen.has(name) || output === undefined) return;
    seen.add(name);
    for (const { path, kind } of output.imports) if (kind === 'import-statement') visit(path);
  };
  visit(entry);
  return [...seen].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
}

describe('the providers’ SDKs', { timeout: 60_000 }, () => {
  it('are loaded by no start of an engine or a verifier, each by its first call', async () => {
    const metafile = await metafileOf('dist/engine');
    for (const name of ['main', 'verifier']) {
      const loaded = loadedWith(metafile, `dist/engine/${name}.mjs`);
      expect(loaded.length).toBeGreaterThan(10);
      expect(loaded.filter((file) => sdk.test(file))).toEqual([]);
    }
    const late = Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => relative('dist/engine', path)),
    );
    for (const provider of ['anthropic', 'openai', 'google', 'openai-compatible'])
      expect(
        Object.entries(metafile.outputs).filter(
          ([name, { inputs }]) =>
            late.includes(relative('dist/engine', name)) &&
            Object.keys(inputs).some((file) => file.includes(`node_modules/@ai-sdk/${provider}/`)),
        ),
        provider,
      ).not.toEqual([]);
  });

  it('are in no bundle of the window, nor is the price list in what it activates', async () => {
    const { outputs } = await metafileOf('dist');
    const inputs = (name: string) => Object.keys(outputs[`dist/${name}.cjs`]?.inputs ?? {});
    for (const name of ['extension', 'runtime', 'languageClient', 'languageServer'])
      expect(
        inputs(name).filter((file) => sdk.test(file)),
        name,
      ).toEqual([]);
    expect(inputs('extension').filter((file) => /genai-prices|node_modules\/zod\//.test(file))).toEqual([]);
    expect(inputs('runtime').some((file) => file.includes('genai-prices'))).toBe(true);
  });
});
