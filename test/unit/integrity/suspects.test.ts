import { describe, expect, it } from 'vitest';
import {
  forbiddenIn,
  hiddenCodeAt,
  isMachineCode,
  referenceCallsIn,
  referenceName,
} from '../../../src/engine/integrity/suspects.ts';
import { compareSuites } from '../../../src/engine/integrity/suiteFile.ts';

describe('forbidden libraries', () => {
  it.each([
    ['a.js', "const m = require('markdown');"],
    ['a.ts', "import { render } from 'markdown/lib/html';"],
    ['a.mjs', "import 'markdown';"],
    ['a.ts', "const m = await import('markdown');"],
    ['a.py', 'import os, markdown'],
    ['a.py', 'from markdown.extensions import tables'],
    ['a.pl', 'use Markdown::Tiny;'],
    ['a.rb', "require 'markdown'"],
    ['a.rs', 'use markdown::to_html;'],
    ['a.go', 'import (\n\t"fmt"\n\tmd "github.com/gomarkdown/markdown"\n)'],
    ['a.c', '#include <markdown.h>'],
    ['a.java', 'import markdown.Parser;'],
    ['package.json', '{ "dependencies": { "markdown": "^1.0.0" } }'],
    ['requirements.txt', 'six\nmarkdown==3.4\n'],
    ['Cargo.toml', '[dependencies]\nmarkdown = "1"\n'],
  ])('are found in %s: %s', (path, source) => {
    expect(forbiddenIn(path, source, ['pandoc', 'markdown']).map(({ name }) => name)).toContain('markdown');
  });

  it('are not found in words, in names that only begin alike, or where nothing is forbidden', () => {
    for (const source of [
      '// as markdown does',
      "require('./markdownish')",
      'import markdownlike',
      "print('import markdown')",
    ])
      expect(forbiddenIn('a.js', source, ['markdown']), source).toEqual([]);
    expect(forbiddenIn('a.js', "require('markdown')", [])).toEqual([]);
  });

  it('are told with their line', () => {
    expect(forbiddenIn('a.py', '# one\n\nimport markdown\n', ['markdown'])).toEqual([{ name: 'markdown', line: 3 }]);
  });
});

describe('the reference', () => {
  it('has a name to look for, unless that is everywhere', () => {
    expect(referenceName(['cmark', '--unsafe'], ['perl', 'cmark.pl'])).toBe('cmark');
    expect(referenceName(['/opt/x/cmark'], [])).toBe('cmark');
    expect(referenceName(['python3', 'ref.py'], [])).toBeNull();
    expect(referenceName(['cal'], ['sh', 'cal'])).toBeNull();
    expect(referenceName([], [])).toBeNull();
  });

  it.each([
    ['a.pl', 'my $html = `cmark --unsafe $file`;'],
    ['a.pl', 'open(my $out, "-|", "cmark", "--unsafe");'],
    ['a.py', 'subprocess.run(["cmark", "--unsafe"], input=text)'],
    ['a.py', "ctypes.CDLL('libcmark.so.0.30')"],
    ['a.js', "execFileSync('/usr/bin/cmark', ['--unsafe'])"],
    ['a.go', 'exec.Command("cmark", "--unsafe")'],
    ['a.rs', 'Command::new("cmark")'],
    ['a.c', 'execlp("cmark", "cmark", NULL);'],
    ['Makefile', 'main: main.c\n\tcc main.c -lcmark\n'],
    ['run.sh', 'cat "$1" | cmark --unsafe\n'],
    ['run', '#!/bin/sh\nexec cmark --unsafe\n'],
  ])('is found where it is called, in %s: %s', (path, source) => {
    expect(referenceCallsIn(path, source, 'cmark')).toHaveLength(1);
  });

  it.each([
    ['a.pl', '# works as cmark does'],
    ['a.pl', 'system("perl", "cmark.pl");'.replace('cmark.pl', 'cmarkish.pl')],
    ['README.md', 'This rebuilds cmark in Perl. Run it as `perl main.pl`.'],
    ['a.c', 'static int cmark_parse(void) { return open_block(); }'],
  ])('is not found where it is only named, in %s: %s', (path, source) => {
    expect(referenceCallsIn(path, source, 'cmark')).toEqual([]);
  });
});

describe('machine code', () => {
  it('is told by how it begins, also where it is written as text', () => {
    expect(isMachineCode(Buffer.from('\x7fELF\x02\x01\x01', 'latin1'))).toBe(true);
    expect(isMachineCode(Buffer.from('#!/bin/sh\n'))).toBe(false);
    const elf = Buffer.concat([Buffer.from('7f454c4602010100', 'hex'), Buffer.alloc(64)]);
    expect(hiddenCodeAt(`a = 1\nb = "${elf.toString('base64')}"`)).toBe(2);
    expect(hiddenCodeAt(`b = "${elf.toString('hex')}"`)).toBe(1);
    expect(hiddenCodeAt('the magic of ELF is f0VMRg')).toBeNull();
  });
});

describe('the suite in the workspace', () => {
  const line = (id: string, stdout: string, more = '') => `{"id": "${id}", "expect": {"stdout": "${stdout}"${more}}}`;
  const sealed = `${['a', 'b', 'c'].map((id) => line(id, id)).join('\n')}\n`;
  const changesOf = (now: string | null) => compareSuites('v.jsonl', sealed, now).changes;

  it('is the same whatever its order and spaces', () => {
    expect(changesOf(['c', 'a', 'b'].map((id) => line(id, id)).join('\n\n'))).toEqual({
      deleted: [],
      changed: [],
      added: [],
      broken: false,
    });
  });

  it('tells what was deleted, loosened and added, with lines', () => {
    const now = [line('a', 'a'), '{"id": "b", "expect": {"exit": 0}}', line('d', 'd')].join('\n');
    expect(compareSuites('v.jsonl', sealed, now)).toEqual({
      changes: { deleted: ['c'], changed: ['b'], added: ['d'], broken: false },
      places: [
        { path: 'v.jsonl', first: 2, last: 2 },
        { path: 'v.jsonl', first: 3, last: 3 },
      ],
    });
  });

  it('is broken where it is gone or no suite any more', () => {
    expect(changesOf(null)).toMatchObject({ broken: true });
    expect(changesOf('nothing')).toMatchObject({ broken: true });
  });
});
