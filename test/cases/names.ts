/** Job: cases of names that are hard on quoting, on encodings and on limits. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { theRun, type Story } from './case.ts';

const one = 'one\n';

/** A file, a folder with a file, both changed; another one made beside them, a third one gone. */
function named(what: string, name: string, does: string, quick = false): Story {
  return {
    name: `a name with ${what}`,
    does,
    quick,
    before: (s) => {
      s.write(name, one);
      s.write(`in/${name}/x`, one);
      s.write(`gone${name}`, one);
    },
    acts: [
      theRun((s) => {
        s.write(name, 'two\n', 0o600);
        s.write(`in/${name}/x`, 'two\n');
        s.rename(`gone${name}`, `made${name}`);
      }),
    ],
  };
}

const same = 'As any other: no name is ever put on a command line or into a list with separators';

export const nameCases: readonly Story[] = [
  named('a newline', 'a\nb', same, true),
  named('quotes', `it's "a"`, same),
  named('a leading dash', '-rf', same, true),
  named('a leading colon', ':x', 'As any other: nothing is taken for a pattern of git', true),
  named('spaces', ' a  b ', same),
  named('emoji', '🧗 é', 'As any other: bytes are kept as they are, no form of Unicode is chosen for you'),
  named('pattern characters', '[*]?\\', 'As any other'),
  named('a word of JavaScript', '__proto__', 'As any other'),
  {
    name: 'a name of 255 bytes',
    does: 'As any other: the temporary file beside it has a short name of its own',
    before: (s) => {
      s.write('n'.repeat(255), one);
      s.write(`${'ü'.repeat(127)}/x`, one);
    },
    acts: [
      theRun((s) => {
        s.write('n'.repeat(255), 'two\n');
        s.delete('ü'.repeat(127));
        s.write('m'.repeat(255), 'two\n');
      }),
    ],
  },
  {
    name: 'names that are not UTF-8',
    does: 'Kept as bytes; the screen shows � for what is no character',
    quick: true,
    before: (s) => {
      writeFileSync(s.bytesPath(0x61, 0xff, 0xfe), one);
      mkdirSync(s.bytesPath(0xc3));
      writeFileSync(s.bytesPath(0xc3, 0x2f, 0x78), one);
      s.write('\uFFFD', 'a real replacement character');
    },
    acts: [
      theRun((s) => {
        writeFileSync(s.bytesPath(0x61, 0xff, 0xfe), 'two\n');
        renameSync(s.bytesPath(0xc3), s.bytesPath(0xc4));
        writeFileSync(s.bytesPath(0xfd), 'new');
        rmSync(s.path('\uFFFD'));
      }),
    ],
  },
  {
    name: 'a path of 3,900 bytes',
    does: 'As any other',
    before: (s) => s.write(`${deep}x`, one),
    acts: [
      theRun((s) => {
        s.write(`${deep}x`, 'two\n');
        s.write(`${deep}made`, one);
      }),
    ],
  },
];

/** With the folder of the case below what a path may have. */
const deep = `${'d'.repeat(200)}/`.repeat(19);
