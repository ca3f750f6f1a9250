import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patternFile } from '../../../src/engine/checkpoint/ignorePattern.ts';
import { IgnoreRules, ignoreMatcher } from '../../../src/engine/checkpoint/ignoreRules.ts';
import { pathBytes, pathText } from '../../../src/engine/checkpoint/paths.ts';
import { git, temporaryFolder } from './fixture.ts';

describe('names as text', () => {
  const roundTrip = (text: (bytes: Buffer) => string) =>
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) =>
      pathBytes(text(Buffer.from(bytes))).equals(Buffer.from(bytes)),
    );

  it('C2: any bytes come back exactly, also through JSON', () => {
    expect(() => {
      fc.assert(roundTrip((bytes) => JSON.parse(JSON.stringify(pathText(bytes))) as string));
    }).not.toThrow();
  });

  it('C2, sabotaged: the same check fails for a plain decoding', () => {
    expect(() => {
      fc.assert(roundTrip((bytes) => bytes.toString('utf8')));
    }).toThrow();
  });

  it('C2: what is valid UTF-8 stands as it is', () => {
    expect(pathText(Buffer.from('grün/文\uFFFD😀'))).toBe('grün/文\uFFFD😀');
    expect(pathText(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\udcffb');
  });
});

describe('ignore rules', () => {
  const patterns = [
    '*.o',
    '!keep.o',
    'build',
    '/top',
    'out/',
    'a/*.c',
    '**/deep',
    'a/**/z',
    '!build',
    'x?',
    '[ab].t',
    '\\#h',
    '# no',
    '',
    'A.T',
    '/a/*',
    '!/a/b',
    'a/**',
    '/**',
    '**',
    '***',
    'x\\?',
    'gr?n',
    'gr??n',
    '[!a].t',
    '[]a-]?',
    '[a',
    'b\\',
    'sp ',
    'sp\\ ',
    'sp  x',
    '[[:digit:]]',
    'f.[b-d]',
    'b/',
    '!b/',
    'a**z',
    '*a*z',
    '**/a/**/z',
    'a*/*b*z',
    '**/b*/**/x*',
    '\\!bang',
    'crlf\r',
  ];
  const names = [
    'a',
    'b',
    'build',
    'out',
    'keep.o',
    'x.o',
    'top',
    'deep',
    'z',
    'x1',
    'a.t',
    '#h',
    'f.c',
    'grün',
    'x?',
    'sp',
    'sp ',
    'sp  x',
    ']x',
    '7',
    '!bang',
    'crlf',
    'b\\',
    '[a',
    'abz',
  ];
  const ruleFile = fc.array(fc.constantFrom(...patterns), { maxLength: 4 }).map((lines) => lines.join('\n'));
  const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

  it('C5: agree with git for rule files on three levels', () => {
    const folder = temporaryFolder();
    git(folder, 'init', '-q');
    mkdirSync(join(folder, 'a'));
    let ignored = 0;
    const ask = (paths: readonly string[]) => {
      const input = paths.join('\0');
      try {
        const args = ['check-ignore', '--no-index', '-z', '--stdin'];
        return execFileSync('git', args, { cwd: folder, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
          .split('\0')
          .filter(Boolean);
      } catch {
        return []; // exit 1: none is ignored
      }
    };
    const check = fc.property(
      ruleFile,
      ruleFile,
      ruleFile,
      fc.uniqueArray(path, { minLength: 8, maxLength: 16 }),
      (exclude, root, inner, paths) => {
        writeFileSync(join(folder, '.git/info/exclude'), exclude);
        writeFileSync(join(folder, '.gitignore'), root);
        writeFileSync(join(folder, 'a/.gitignore'), inner);
        const matches = ignoreMatcher(
          new IgnoreRules(),
          new Map([
            ['', [exclude, root]],
            ['a', [inner]],
          ]),
        );
        const ours = paths.filter((item) => matches(item, false));
        ignored += ours.length;
        expect(ours).toEqual(ask(paths));
      },
    );
    fc.assert(check, { numRuns: 40 });
    expect(ignored).toBeGreaterThan(50);
  }, 60_000);

  it('C5: a hostile pattern does not hold the walk up', () => {
    const name = 'a'.repeat(250);
    const deep = Array.from({ length: 1000 }, () => 'a').join('/');
    const stars = patternFile(`${'*a'.repeat(40)}*b`);
    const folders = patternFile(`${'**/a/'.repeat(20)}b`);
    const started = process.cpuUsage();
    expect([stars(name, false), stars(`${name}b`, false), folders(deep, false), folders(`${deep}/b`, false)]).toEqual([
      null,
      'ignored',
      null,
      'ignored',
    ]);
    expect(process.cpuUsage(started).user).toBeLessThan(500_000);
  });
});
