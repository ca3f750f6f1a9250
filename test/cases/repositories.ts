/** Job: cases of where the workspace lies with respect to the user's repository, and of repositories inside it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { theRun, type Story } from './case.ts';
import { gitAt, type Scene } from './scene.ts';

const changed = theRun((s) => {
  s.write('src/a.c', 'changed');
  s.write('src/new.c', 'new');
  s.delete('src/b.c');
});

function sources(scene: Scene): void {
  scene.write('src/a.c', 'a');
  scene.write('src/b.c', 'b', 0o600);
}

/** A repository beside the workspace, with one commit. */
function elsewhere(scene: Scene): string {
  const folder = join(scene.user, 'library');
  mkdirSync(folder, { recursive: true });
  gitAt(folder, 'init', '-q');
  writeFileSync(join(folder, 'code.c'), 'int x;');
  gitAt(folder, 'add', '-A');
  gitAt(folder, 'commit', '-q', '-m', 'first');
  return folder;
}

export const repositoryCases: readonly Story[] = [
  {
    name: 'the workspace is no repository',
    does: 'None is needed, none is made',
    quick: true,
    before: sources,
    acts: [changed],
    also: (s) => {
      if (existsSync(s.path('.git'))) throw new Error('a repository was made');
    },
  },
  {
    name: 'tracked files are changed, made and deleted',
    does: 'They come back; your index and branch stay as they are',
    quick: true,
    before: (s) => {
      sources(s);
      s.repository();
    },
    acts: [changed],
  },
  {
    name: 'a repository without a commit',
    does: 'As any other',
    before: (s) => {
      sources(s);
      s.git('init', '-q');
    },
    acts: [changed],
  },
  {
    name: 'staged, stashed and half-committed work of yours',
    does: 'Index, stash, hooks, config and reflog are not touched, byte for byte',
    quick: true,
    before: (s) => {
      sources(s);
      s.repository();
      s.write('src/a.c', 'stashed');
      s.git('stash', '-q');
      s.write('staged', 'in the index');
      s.git('add', 'staged');
      s.write('staged', 'and changed again');
      s.write('.git/hooks/post-checkout', '#!/bin/sh\nexit 1\n', 0o755);
    },
    acts: [changed, theRun((s) => s.delete('staged'))],
  },
  {
    name: 'the workspace is a worktree',
    does: 'Its own index is read; neither its `.git` file nor the main repository is touched',
    quick: true,
    workspace: 'main/tree',
    before: (s) => {
      const main = join(s.user, 'main');
      writeFileSync(join(main, '.gitignore'), '*.log\n');
      writeFileSync(join(main, 'kept.log'), 'tracked although ignored');
      gitAt(main, 'init', '-q');
      gitAt(main, 'add', '-f', '.gitignore', 'kept.log');
      gitAt(main, 'commit', '-q', '-m', 'first');
      gitAt(main, 'worktree', 'add', '-q', '-f', 'tree', '-b', 'side');
      sources(s);
    },
    acts: [
      changed,
      theRun((s) => {
        s.delete('kept.log');
        s.write('made.log', 'by the run');
      }),
    ],
    stays: ['made.log'],
  },
  {
    name: 'the workspace is a sub-folder of a repository',
    does: 'Rules and index of the repository above count: what they ignore is not walked and not deleted, what they track is covered',
    quick: true,
    workspace: 'repo/packages/app',
    before: (s) => {
      const top = join(s.user, 'repo');
      writeFileSync(join(top, '.gitignore'), 'node_modules/\n/packages/app/build/\n*.log\n');
      writeFileSync(join(top, 'packages/.gitignore'), '*.tmp\n');
      s.write('build/kept.js', 'tracked although ignored');
      sources(s);
      gitAt(top, 'init', '-q');
      gitAt(top, 'add', '-f', 'packages/app/build/kept.js');
      gitAt(top, 'add', '-A');
      gitAt(top, 'commit', '-q', '-m', 'first');
    },
    acts: [
      changed,
      theRun((s) => {
        for (const path of ['node_modules/p/index.js', 'build/made.js', 'debug.log', 'x.tmp']) s.write(path, 'ignored');
        s.delete('build/kept.js');
      }),
    ],
    stays: ['node_modules/**', 'build/made.js', 'debug.log', 'x.tmp'],
  },
  {
    name: 'a nested repository that was there',
    does: 'Its files are covered; its `.git` is listed as not covered, and never touched',
    quick: true,
    before: (s) => {
      s.repository();
      s.write('lib/code.c', 'int x;');
      s.repository('lib');
    },
    acts: [
      theRun((s) => {
        s.write('lib/code.c', 'int y;');
        s.write('lib/new.c', 'int z;');
      }),
    ],
    also: async (_, engine) => {
      const listed = (await engine.checkpoints.notCovered(1)).map(({ path }) => path);
      if (listed.join() !== 'lib/.git/') throw new Error(`listed as not covered: ${listed.join()}`);
    },
  },
  {
    name: 'a nested repository that the run made',
    does: 'Its files go and come back; its `.git`, and so its folder, stays',
    before: (s) => s.repository(),
    acts: [
      theRun((s) => {
        s.write('lib/code.c', 'int x;');
        s.repository('lib');
      }),
    ],
    stays: ['lib'],
  },
  {
    name: 'a nested repository with commits that are nowhere else',
    does: 'The commits stay, whatever is rolled back',
    before: (s) => {
      s.write('lib/code.c', 'int x;');
      s.repository('lib');
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.write('lib/code.c', 'int y;');
        s.commit('by the run', 'lib');
        s.write('lib/code.c', 'int z;');
      }),
    ],
    also: (s) => {
      if (!s.gitIn('lib', 'log', '--format=%s').includes('by the run')) throw new Error('a commit is gone');
    },
  },
  {
    name: 'a clone that the run made is deleted by the run',
    does: 'The files come back in a rollback to where it was; its `.git` is not covered',
    before: (s) => {
      elsewhere(s);
      s.repository();
    },
    acts: [theRun((s) => s.git('clone', '-q', '../library', 'vendor')), theRun((s) => s.delete('vendor'))],
    to: 1,
  },
  {
    name: 'a submodule',
    does: 'Its files are covered; its `.git` file and the modules of your repository are never touched',
    before: (s) => {
      elsewhere(s);
      s.git('init', '-q');
      s.git('submodule', '--quiet', 'add', '../library', 'sub');
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.write('sub/code.c', 'int y;');
        s.write('sub/new.c', 'int z;');
        s.write('.gitmodules', '');
      }),
    ],
  },
  {
    name: 'an index.lock that a killed git left',
    does: 'Plays no part: no lock is taken, none is waited for, none removed',
    quick: true,
    before: (s) => {
      sources(s);
      s.repository();
      s.write('.git/index.lock', '');
      s.write('.git/HEAD.lock', '');
    },
    acts: [changed],
    also: (s) => {
      if (!existsSync(s.path('.git/index.lock'))) throw new Error('the lock was removed');
    },
  },
  {
    name: 'the run deletes .git',
    does: 'A checkpoint holds no `.git`: files come back, a repository does not; the sandbox is what keeps it',
    before: (s) => {
      sources(s);
      s.repository();
    },
    acts: [
      theRun((s) => {
        s.delete('.git');
        s.write('src/a.c', 'changed');
      }),
    ],
  },
];
