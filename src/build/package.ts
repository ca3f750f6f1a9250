/**
 * Job: `npm run package`: build for production and make `belay-<version>.vsix`, with the notices of what is bundled.
 * Boundary: what goes in is decided by `.vscodeignore`; this checks the finished file: only bundles, media and papers, no
 *   native module, no source map, under the size limit, and no word of warning from vsce. The same sources give the same bytes
 *   (SOURCE_DATE_EPOCH is heeded).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { messageOf } from '../base/assert.ts';

/** The limit that the project set itself. */
export const vsixBytesMost = 3_000_000;

const noticesName = 'thirdPartyNotices.txt';

const allowed = [
  /^extension\.vsixmanifest$/,
  /^\[Content_Types\]\.xml$/,
  /^extension\/package\.json$/,
  /^extension\/(README|CHANGELOG)\.md$/i,
  /^extension\/LICENSE(\.txt)?$/,
  /^extension\/(dist|media)\//,
];

/** What must not be shipped even from the allowed folders. */
const refused = [/\.node$/, /\.(so|dylib|dll|exe)(\.|$)/, /\.map$/, /\.ts$/, /(^|\/)node_modules\//, /(^|\/)\.env/];

/** Without these the extension does not start, or starts without its parts. */
const needed = [
  'extension/package.json',
  'extension/LICENSE.txt',
  'extension/changelog.md',
  'extension/readme.md',
  ...[
    'extension.cjs',
    'runtime.cjs',
    'languageClient.cjs',
    'languageServer.cjs',
    'cli.mjs',
    'belay.schema.json',
    'belay.policy.schema.json',
  ].map((f) => `extension/dist/${f}`),
  ...[
    'engine/main.mjs',
    'engine/verifier.mjs',
    'engine/scanner.mjs',
    'webview/run.js',
    'webview/run.css',
    'webview/report.js',
    'webview/report.css',
    noticesName,
  ].map((f) => `extension/dist/${f}`),
];

/** What is wrong with a package of these files and this size; empty when it may be shipped. */
export function packageFaults(names: readonly string[], bytes: number): readonly string[] {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  return [
    ...names
      .filter((name) => !allowed.some((pattern) => pattern.test(name)))
      .map((name) => `${name} does not belong in the package`),
    ...names
      .filter((name) => refused.some((pattern) => pattern.test(name)))
      .map((name) => `${name} must not be shipped`),
    ...needed.filter((name) => !lower.has(name.toLowerCase())).map((name) => `${name} is missing`),
    ...(bytes >= vsixBytesMost ? [`it is ${bytes} bytes, the limit is ${vsixBytesMost}`] : []),
  ];
}

/** The names in a zip's central directory, in its order. */
export function namesInZip(zip: Buffer): readonly string[] {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('not a zip: it has no end record');
  const names: string[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameBytes = zip.readUInt16LE(at + 28);
    names.push(zip.toString('utf8', at + 46, at + 46 + nameBytes));
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return names;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
}

/** The licences of everything that may be bundled: each package that is not only for development. */
function thirdPartyNotices(): string {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const byText = new Map<string, string[]>();
  for (const [folder, { version, license, dev }] of Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (folder === '' || dev === true || !existsSync(folder)) continue;
    const title = `${folder.replace(/^.*node_modules\//, '')} ${version ?? ''} (${license ?? 'licence in its text'})`;
    const papers = readdirSync(folder)
      .filter((name) => /^(licen[cs]e|notice|copying)/i.test(name))
      .sort();
    const text = papers.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
    byText.set(text, [...(byText.get(text) ?? []), title]);
  }
  const parts = [...byText].map(([text, titles]) => `${titles.join('\n')}\n\n${text}\n`);
  return ['Belay contains parts of these packages.\n', ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}

/** Seconds: the time of the commit, so that the same sources give the same bytes; a fixed day outside a repository. */
function sourceDate(): string {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '1735689600'; // no git or no commit here: any constant does
  }
}

/** What is said by console.warn in the meantime, which is how vsce warns; shown as ever. */
async function warningsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    warnings.push(words.map(String).join(' ').trim());
    warn(...words);
  };
  try {
    await work();
  } finally {
    console.warn = warn;
  }
  return warnings;
}

async function main(): Promise<void> {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; version: string };
  const packagePath = `${name}-${version}.vsix`;
  process.env['SOURCE_DATE_EPOCH'] ??= sourceDate();
  process.env['TZ'] = 'UTC'; // a zip holds local times
  execFileSync(process.execPath, ['src/build/bundle.ts', '--production'], { stdio: 'inherit' });
  writeFileSync(join('dist', noticesName), thirdPartyNotices());
  const warnings = await warningsOf(() => createVSIX({ packagePath, dependencies: false }));
  const bytes = statSync(packagePath).size;
  const names = namesInZip(readFileSync(packagePath));
  const faults = [...packageFaults(names, bytes), ...warnings.map((warning) => `vsce warns: ${warning}`)];
  if (faults.length > 0) throw new Error(`${packagePath} is not fit to be shipped:\n  ${faults.join('\n  ')}`);
  console.log(`${packagePath}: ${names.length} files, ${(bytes / 1e6).toFixed(2)} MB`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
}
