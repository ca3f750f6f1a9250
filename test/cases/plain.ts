/** Job: cases of files, folders and links that no repository and no rule has to do with. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, linkSync, lstatSync, utimesSync } from 'node:fs';
import { theRun, type Story } from './case.ts';
import type { Scene } from './scene.ts';

const text = 'one\ntwo\nthree\n';

const changes: readonly Story[] = [
  {
    name: 'an untracked file is changed',
    does: 'Its bytes come back',
    quick: true,
    before: (s) => s.write('notes.md', text),
    acts: [theRun((s) => s.write('notes.md', 'other'))],
  },
  {
    name: 'an untracked file is deleted',
    does: 'It comes back, with its folder',
    quick: true,
    before: (s) => s.write('doc/notes.md', text, 0o640),
    acts: [theRun((s) => s.delete('doc'))],
  },
  {
    name: 'files are made in new folders',
    does: 'They go, and the folders with them',
    before: (s) => s.write('x', text),
    acts: [theRun((s) => s.write('a/b/c.txt', text)), theRun((s) => s.write('a/d', text))],
  },
  {
    name: 'a change that keeps size and time',
    does: 'It is seen: what is younger than the walk before is read again',
    quick: true,
    before: (s) => s.write('x', 'one'),
    acts: [
      theRun((s) => {
        const { atime, mtime } = lstatSync(s.path('x'));
        s.write('x', 'two');
        utimesSync(s.path('x'), atime, mtime);
      }),
    ],
  },
  {
    name: 'a file becomes empty, an empty one full',
    does: 'Both come back',
    before: (s) => {
      s.write('full', text);
      s.write('empty', '');
    },
    acts: [
      theRun((s) => {
        s.write('full', '');
        s.write('empty', text);
      }),
    ],
  },
  {
    name: 'a binary file is changed',
    does: 'Byte for byte',
    before: (s) => s.write('logo.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 255])),
    acts: [theRun((s) => s.write('logo.png', Buffer.from([0x89, 0x50, 0, 254, 10])))],
  },
  {
    name: 'a file is renamed',
    does: 'The old name is back, the new one gone',
    quick: true,
    before: (s) => s.write('old.c', text),
    acts: [theRun((s) => s.rename('old.c', 'new.c'))],
  },
  {
    name: 'a file is renamed and edited',
    does: 'The old name is back with the old bytes',
    before: (s) => s.write('old.c', text, 0o755),
    acts: [
      theRun((s) => {
        s.rename('old.c', 'src/new.c');
        s.append('src/new.c', 'four\n');
      }),
    ],
  },
  {
    name: 'a folder is renamed',
    does: 'All of it is back under its old name',
    before: (s) => {
      s.write('src/a', text);
      s.write('src/deep/b', text, 0o600);
      s.folder('src/empty', 0o750);
    },
    acts: [theRun((s) => s.rename('src', 'lib'))],
  },
  {
    name: 'a name changes in case only',
    does: 'The old name is back',
    before: (s) => s.write('readme', text),
    acts: [theRun((s) => s.rename('readme', 'README'))],
  },
  {
    name: 'two files change places',
    does: 'Each has its own bytes again',
    before: (s) => {
      s.write('a', 'of a', 0o755);
      s.write('b', 'of b', 0o600);
    },
    acts: [
      theRun((s) => {
        s.rename('a', 'c');
        s.rename('b', 'a');
        s.rename('c', 'b');
      }),
    ],
  },
];

const kinds: readonly Story[] = [
  {
    name: 'a file becomes a folder',
    does: 'The folder goes with what the run put into it, the file is back',
    quick: true,
    before: (s) => s.write('p', text, 0o600),
    acts: [
      theRun((s) => {
        s.delete('p');
        s.write('p/q/x', text);
        s.folder('p/empty');
      }),
    ],
  },
  {
    name: 'a folder becomes a file',
    does: 'The file goes, the folder is back with its modes',
    before: (s) => {
      s.write('p/q/x', text, 0o600);
      s.folder('p/q', 0o700);
    },
    acts: [
      theRun((s) => {
        s.delete('p');
        s.write('p', text);
      }),
    ],
  },
  {
    name: 'a file becomes a symlink',
    does: 'The link goes and is not followed; the file is back',
    quick: true,
    before: (s) => s.write('p', text, 0o600),
    acts: [
      theRun((s) => {
        s.delete('p');
        s.link('/etc/passwd', 'p');
      }),
    ],
  },
  {
    name: 'a symlink becomes a file',
    does: 'The link is back with its target',
    before: (s) => s.link('../user', 'p'),
    acts: [
      theRun((s) => {
        s.delete('p');
        s.write('p', text);
      }),
    ],
  },
  {
    name: 'a folder becomes a symlink to a folder outside',
    does: 'Nothing outside is touched; the folder is back',
    before: (s) => {
      s.write('../outside/x', 'precious');
      s.write('p/x', text);
    },
    acts: [
      theRun((s) => {
        s.delete('p');
        s.link('../outside', 'p');
      }),
    ],
    also: (s) => {
      if (!existsSync(s.path('../outside/x'))) throw new Error('what is outside was touched');
    },
  },
  {
    name: 'a dangling symlink gets another target',
    does: 'Links are kept as text: where they lead plays no part',
    before: (s) => s.link('nowhere', 'p'),
    acts: [
      theRun((s) => {
        s.delete('p');
        s.link('nowhere/else', 'p');
      }),
    ],
  },
  {
    name: 'looping symlinks',
    does: 'The same: they are never followed',
    before: (s) => {
      s.link('b', 'a');
      s.link('a', 'b');
      s.folder('d');
      s.link('.', 'd/self');
    },
    acts: [
      theRun((s) => {
        s.delete('a');
        s.link('c', 'c');
        s.delete('d');
      }),
    ],
  },
  {
    name: 'the executable bit',
    does: 'Modes are kept with the bytes',
    before: (s) => {
      s.write('run.sh', '#!/bin/sh\n', 0o755);
      s.write('data', text, 0o644);
    },
    acts: [
      theRun((s) => {
        s.chmod('run.sh', 0o644);
        s.chmod('data', 0o755);
      }),
    ],
  },
  {
    name: 'mode 0600',
    does: 'All twelve bits are kept, which git does not',
    quick: true,
    before: (s) => {
      s.write('key.pem', text, 0o600);
      s.write('other', text, 0o640);
    },
    acts: [
      theRun((s) => {
        s.write('key.pem', 'leaked', 0o644);
        s.chmod('other', 0o666);
      }),
    ],
  },
  {
    name: 'a read-only file is changed',
    does: 'It is replaced by a rename and is read-only again',
    before: (s) => s.write('vendor.lock', text, 0o444),
    acts: [theRun((s) => s.replace('vendor.lock', 'changed'))],
  },
  {
    name: 'a read-only folder',
    does: 'It is opened for the rollback and closed again',
    before: (s) => {
      s.write('frozen/x', text, 0o444);
      s.folder('frozen/deep', 0o555);
      s.chmod('frozen', 0o555);
    },
    acts: [
      theRun((s) => {
        s.chmod('frozen', 0o755);
        s.replace('frozen/x', 'changed');
        s.delete('frozen/deep');
        s.write('frozen/new', text);
        s.chmod('frozen', 0o555);
      }),
    ],
  },
  {
    name: 'setgid and sticky bits',
    does: 'They come back',
    before: (s) => {
      s.write('tool', text, 0o2755);
      s.folder('drop', 0o1777);
    },
    acts: [
      theRun((s) => {
        s.write('tool', 'changed', 0o755);
        s.chmod('drop', 0o755);
      }),
    ],
  },
  {
    name: 'empty folders',
    does: 'They are kept, with their modes, which git does not',
    quick: true,
    before: (s) => {
      s.folder('cache/deep/er', 0o700);
      s.folder('out');
    },
    acts: [
      theRun((s) => {
        s.delete('cache');
        s.folder('made/by/run');
        s.chmod('out', 0o700);
      }),
    ],
  },
  {
    name: 'a named pipe of the run',
    does: 'It has no content: listed as not covered, it stays, and its folder with it',
    acts: [
      theRun((s) => {
        s.write('ipc/log', text);
        execFileSync('mkfifo', [s.path('ipc/pipe')]);
      }),
    ],
    stays: ['ipc', 'ipc/pipe'],
  },
  {
    name: 'a socket of the run',
    does: 'Listed as not covered, it stays',
    before: (s) => s.write('x', text),
    acts: [
      theRun(async (s) => {
        s.write('x', 'changed');
        await listen(s, 'server.sock');
      }),
    ],
    stays: ['server.sock'],
  },
  {
    name: 'hard links',
    does: 'Each name has its bytes again; a rollback never writes through a link to what lies elsewhere',
    before: (s) => {
      s.write('../outside', 'precious');
      s.write('a', text);
      linkSync(s.path('a'), s.path('b'));
      s.write('c', text);
    },
    acts: [
      theRun((s) => {
        s.write('a', 'changed'); // and b with it
        s.delete('c');
        linkSync(s.path('../outside'), s.path('c'));
      }),
    ],
    also: (s) => {
      if (lstatSync(s.path('../outside')).size !== 'precious'.length) throw new Error('written through a hard link');
    },
  },
];

/** Another process makes the socket and goes: the socket stays. */
async function listen(scene: Scene, path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', script], { cwd: scene.workspace, stdio: 'ignore' });
  await new Promise((resolve) => child.on('close', resolve));
}

export const plainCases: readonly Story[] = [...changes, ...kinds];
