/** Job: cases of what ignore rules match, and of what git tracks all the same. */
import { limits } from '../../src/run/limits.ts';
import { theRun, you, type Story } from './case.ts';

const rows = 'a,b\n1,2\n';

export const ignoredCases: readonly Story[] = [
  {
    name: 'the run edits .gitignore, without a commit, so that it ignores data',
    does: 'What was covered stays covered: it comes back, and nothing newly ignored is deleted',
    quick: true,
    before: (s) => {
      s.write('.gitignore', '*.log\n');
      s.write('data/old.csv', rows);
      s.write('data/kept.csv', rows);
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.write('.gitignore', '*.log\ndata/\n*.out\n');
        s.write('data/old.csv', 'overwritten');
        s.write('result.out', 'made by the run');
      }),
      theRun((s) => s.delete('data/kept.csv')),
    ],
    stays: ['result.out'],
  },
  {
    name: 'the run makes an ignored folder of 5,000 files',
    does: 'Listed as not covered, never walked, never deleted',
    before: (s) => {
      s.write('.gitignore', 'node_modules/\n');
      s.write('index.js', '1');
      s.repository();
    },
    acts: [
      theRun((s) => {
        for (let at = 0; at < 5_000; at++) s.write(`node_modules/p${at % 100}/f${at}.js`, `${at}`);
        s.write('index.js', '2');
      }),
    ],
    stays: ['node_modules/**'],
  },
  {
    name: 'an ignored .env is deleted, an ignored local.db changed',
    does: 'Ignored files outside ignored folders are covered up to 10 MB each: both come back',
    quick: true,
    before: (s) => {
      s.write('.gitignore', '.env\n*.db\n');
      s.repository();
      s.write('.env', 'KEY=secret\n', 0o600);
      s.write('local.db', Buffer.from([0, 1, 2, 3]));
    },
    acts: [
      theRun((s) => {
        s.delete('.env');
        s.write('local.db', Buffer.from([9, 9]));
      }),
    ],
  },
  {
    name: 'an ignored file over the limit is changed',
    does: 'Listed as not covered with its size; it stays as it is',
    before: (s) => {
      s.write('.gitignore', '*.dump\n');
      s.write('db.dump', Buffer.alloc(limits.coveredIgnoredFileBytes + 1));
      s.write('x', '1');
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.write('db.dump', Buffer.alloc(limits.coveredIgnoredFileBytes + 2, 1));
        s.write('x', '2');
      }),
    ],
    stays: ['db.dump'],
  },
  {
    name: 'the run makes an ignored file',
    does: 'It stays: no rollback deletes what is ignored then or now',
    before: (s) => {
      s.write('.gitignore', '*.log\n');
      s.repository();
    },
    acts: [theRun((s) => s.write('debug.log', 'line\n'))],
    stays: ['debug.log'],
  },
  {
    name: 'the run un-ignores what was there',
    does: 'What comes into sight by an edited rule was not made by the run: it stays',
    before: (s) => {
      s.write('.gitignore', 'secret/\n');
      s.repository();
      s.write('secret/key', 'k', 0o600);
    },
    acts: [theRun((s) => s.write('.gitignore', ''))],
    stays: ['secret/**'],
  },
  {
    name: 'tracked files in an ignored bin/',
    does: 'What git tracks is covered although it is ignored',
    quick: true,
    before: (s) => {
      s.write('.gitignore', 'bin/\n');
      s.write('bin/tool', '#!/bin/sh\n', 0o755);
      s.write('bin/gone', '1');
      s.git('init', '-q');
      s.git('add', '-f', 'bin');
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.write('bin/tool', 'changed', 0o644);
        s.delete('bin/gone');
        s.write('bin/other', 'new, ignored');
      }),
    ],
    stays: ['bin/other'],
  },
  {
    name: 'tracked *.csv and *.png that rules ignore',
    does: 'The same, at any size',
    before: (s) => {
      s.write('.gitignore', '*.csv\n*.png\n');
      s.write('table.csv', rows.repeat(200_000));
      s.write('doc/logo.png', Buffer.from([0x89, 0x50, 0]));
      s.git('init', '-q');
      s.git('add', '-f', 'table.csv', 'doc/logo.png');
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.write('table.csv', rows);
        s.delete('doc');
      }),
    ],
  },
  {
    name: 'rules in .git/info/exclude',
    does: 'They count as those of .gitignore do',
    before: (s) => {
      s.repository();
      s.write('.git/info/exclude', 'scratch/\n');
    },
    acts: [
      theRun((s) => {
        s.write('scratch/x', '1');
        s.write('made', '1');
      }),
    ],
    stays: ['scratch/**'],
  },
  {
    name: 'you write a rule that ignores what the run made',
    does: 'The rule protects it from then on: it stays',
    before: (s) => {
      s.write('x', '1');
      s.repository();
    },
    acts: [
      theRun((s) => s.write('made/by-run', '1')),
      you((s) => s.write('.gitignore', 'made/\n')),
      theRun((s) => s.write('x', '2')),
    ],
    stays: ['.gitignore', 'made/**'],
  },
];
