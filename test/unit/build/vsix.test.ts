/** Job: the package itself, made as `npm run package` makes it: what is in it, and that vsce has nothing to warn of. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { namesInZip } from '../../../src/build/package.ts';
import { buildScript, layOutExtension } from '../../fixtures/extensionFolder.ts';

let folder: string;
let extension: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-vsix-'));
  extension = join(folder, 'extension');
  layOutExtension(extension);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function pack(): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [buildScript('package.ts')], {
    cwd: extension,
    encoding: 'utf8',
  });
  return { code: status, output: `${stdout}${stderr}` };
}

it('holds bundles, media and papers, and vsce warns of nothing', { timeout: 60_000 }, async () => {
  const { code, output } = pack();
  expect(output).not.toMatch(/warning/i);
  expect(code).toBe(0);
  const names = namesInZip(readFileSync(join(extension, 'belay-0.1.0.vsix'))).map(withoutDigest);
  await expect(`${[...new Set(names)].sort().join('\n')}\n`).toMatchFileSnapshot('vsixFiles.txt');
});

it('is refused when vsce warns', { timeout: 60_000 }, () => {
  writeFileSync(join(extension, 'README.md'), '# Belay\n');
  const manifest = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(extension, 'package.json'), JSON.stringify({ ...manifest, repository: undefined }));
  const { code, output } = pack();
  expect(output).toMatch(/not fit to be shipped:\s+vsce warns: .*'repository' field is missing/s);
  expect(code).toBe(1);
});

/** Bundles that are loaded late are named by their content. */
function withoutDigest(name: string): string {
  return name.replace(/-[A-Z0-9]{8}\.mjs$/, '-….mjs');
}
