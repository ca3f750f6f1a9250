/** Job: what may be in the package; the real file is made and checked by `npm run package`. */
import { describe, expect, it } from 'vitest';
import { namesInZip, packageFaults, vsixBytesMost } from '../../../src/build/package.ts';

const whole = [
  'extension.vsixmanifest',
  '[Content_Types].xml',
  ...['LICENSE.txt', 'changelog.md', 'readme.md', 'package.json', 'media/belay.svg'].map((name) => `extension/${name}`),
  ...[
    'extension.cjs',
    'runtime.cjs',
    'languageClient.cjs',
    'languageServer.cjs',
    'cli.mjs',
    'belay.schema.json',
    'belay.policy.schema.json',
  ].map((name) => `extension/dist/${name}`),
  ...[
    'engine/main.mjs',
    'engine/verifier.mjs',
    'engine/scanner.mjs',
    'webview/run.js',
    'webview/run.css',
    'webview/report.js',
    'webview/report.css',
    'thirdPartyNotices.txt',
  ].map((name) => `extension/dist/${name}`),
];

describe('the package', () => {
  it('may be shipped when it holds bundles, media and papers', () => {
    expect(packageFaults(whole, 1_000_000)).toEqual([]);
  });

  it.each([
    'extension/src/run/task.ts',
    'extension/node_modules/a/index.js',
    'extension/belay.json',
    'extension/.env',
    'extension/out/log.txt',
  ])('refuses %s', (name) => {
    expect(packageFaults([...whole, name], 0)[0]).toBe(`${name} does not belong in the package`);
  });

  it.each([
    'extension/dist/build/Release/pty.node',
    'extension/dist/lib.so.6',
    'extension/dist/extension.cjs.map',
    'extension/dist/.env',
  ])('refuses %s even among the bundles', (name) => {
    expect(packageFaults([...whole, name], 0)).toEqual([`${name} must not be shipped`]);
  });

  it('refuses a package without a part, and one that is too large', () => {
    const missing = whole.filter((name) => !name.endsWith('languageServer.cjs'));
    expect(packageFaults(missing, vsixBytesMost)).toEqual([
      'extension/dist/languageServer.cjs is missing',
      'it is 3000000 bytes, the limit is 3000000',
    ]);
  });

  it('reads names from a zip, and says what is none', () => {
    // An empty stored file "a" and its directory, as a zip writes them.
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      Buffer.alloc(22),
      Buffer.from([1, 0, 0, 0]),
      Buffer.from('a'),
    ]);
    const central = Buffer.concat([
      Buffer.from('PK\x01\x02', 'latin1'),
      Buffer.alloc(24),
      Buffer.from([1, 0]),
      Buffer.alloc(16),
      Buffer.from('a'),
    ]);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(local.length, 16);
    expect(namesInZip(Buffer.concat([local, central, end]))).toEqual(['a']);
    expect(() => namesInZip(Buffer.from('no'))).toThrow('not a zip');
  });
});
