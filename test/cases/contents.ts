/** Job: cases of content that git would convert, and of content that is large. */
import { closeSync, ftruncateSync, lstatSync, openSync, writeSync } from 'node:fs';
import { theRun, type Story } from './case.ts';
import type { Scene } from './scene.ts';

const crlf = 'a\r\nb\r\nc\n';
const mb = 1024 * 1024;

export const contentCases: readonly Story[] = [
  {
    name: 'CRLF under * text=auto',
    does: 'Bytes are kept raw: no line end is ever converted',
    quick: true,
    before: (s) => {
      s.write('.gitattributes', '* text=auto eol=lf\n');
      s.write('x.txt', crlf);
      s.repository();
    },
    acts: [theRun((s) => s.write('x.txt', crlf.replaceAll('\r', '')))],
  },
  {
    name: 'CRLF with core.autocrlf=true',
    does: 'The same',
    before: (s) => {
      s.git('init', '-q');
      s.git('config', 'core.autocrlf', 'true');
      s.write('x.txt', crlf);
      s.write('y.txt', 'a\nb\n');
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.write('x.txt', 'a\nb\n');
        s.write('y.txt', crlf);
      }),
    ],
  },
  {
    name: 'LFS',
    does: 'The file itself is kept, not its pointer; the filter is never run',
    before: (s) => {
      filter(s, 'lfs');
      s.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
      s.write('model.bin', Buffer.alloc(300_000, 7));
      s.repository();
    },
    acts: [
      theRun((s) => s.write('model.bin', Buffer.alloc(300_000, 8))),
      theRun((s) => s.write('more.bin', Buffer.alloc(9, 8))),
    ],
  },
  {
    name: 'a filter that encrypts',
    does: 'The same: what you see in the folder is what is kept',
    before: (s) => {
      filter(s, 'crypt');
      s.write('.gitattributes', 'secret/** filter=crypt\n');
      s.write('secret/plain', 'clear text\n', 0o600);
      s.repository();
    },
    acts: [theRun((s) => s.write('secret/plain', 'other clear text\n'))],
  },
  {
    name: 'ident and working-tree-encoding',
    does: 'Not applied',
    before: (s) => {
      s.write('.gitattributes', '*.c ident\n*.u16 working-tree-encoding=UTF-16LE eol=crlf\n');
      s.write('x.c', '/* $Id$ */\n');
      s.write('x.u16', Buffer.from('a\r\nb\r\n', 'utf16le'));
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.write('x.c', '/* $Id: 1234 $ */\n');
        s.write('x.u16', Buffer.from('c\r\n', 'utf16le'));
      }),
    ],
  },
  {
    name: 'a file of 200 MB is changed',
    does: 'It is covered like any other and streamed both ways, never held in memory as a whole',
    large: true,
    before: (s) => large(s, 'disk.img', 200, 1),
    acts: [theRun((s) => large(s, 'disk.img', 200, 2))],
  },
  {
    name: 'a sparse file of 256 MB',
    does: 'Its bytes come back, and its holes are holes again',
    large: true,
    before: (s) => sparse(s, 'hole.img', 256, 'begin'),
    acts: [theRun((s) => sparse(s, 'hole.img', 128, 'other'))],
    also: (s) => {
      const { blocks } = lstatSync(s.path('hole.img'));
      if (blocks * 512 > 16 * mb) throw new Error(`the sparse file takes ${Math.round((blocks * 512) / mb)} MB`);
    },
  },
];

/** A filter that changes what it is given, in both directions, and that fails for a file of the product's. */
function filter(scene: Scene, name: string): void {
  scene.git('init', '-q');
  scene.git('config', `filter.${name}.clean`, 'tr a-z b-za');
  scene.git('config', `filter.${name}.smudge`, 'tr b-za a-z');
  scene.git('config', `filter.${name}.required`, 'true');
}

/** Not compressible to nothing, and quickly made. */
function large(scene: Scene, path: string, megabytes: number, seed: number): void {
  const block = Buffer.alloc(mb);
  let word = seed;
  for (let at = 0; at < mb; at += 4) {
    word = (Math.imul(word, 1_103_515_245) + 12_345) >>> 0;
    block.writeUInt32LE(word, at);
  }
  const file = openSync(scene.path(path), 'w');
  for (let at = 0; at < megabytes; at++) {
    block.writeUInt32LE(at);
    writeSync(file, block);
  }
  closeSync(file);
}

function sparse(scene: Scene, path: string, megabytes: number, words: string): void {
  const file = openSync(scene.path(path), 'w');
  ftruncateSync(file, megabytes * mb);
  writeSync(file, words, 10 * mb);
  writeSync(file, words, (megabytes - 1) * mb);
  closeSync(file);
}
