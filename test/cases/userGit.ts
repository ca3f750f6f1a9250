/** Job: cases of a supervisor who works in the same repository with git while the run goes on. */
import { theRun, you, type Act, type Story } from './case.ts';
import type { CaseEngine } from './engine.ts';
import type { Scene } from './scene.ts';

const firstStep = theRun((s) => {
  s.write('a', 'one by the run\n');
  s.write('made', 'by the run');
});

const secondStep = theRun((s) => {
  s.write('a', 'two by the run\n');
  s.write('more', 'by the run');
});

/** Two lines that can be edited, far apart. */
function lines(first: string, last: string): string {
  return `${first}\n${'between\n'.repeat(9)}${last}\n`;
}

function history(scene: Scene): void {
  for (const content of ['1', '2', '3']) {
    scene.write('a', `${content}\n`);
    scene.write('b', `${content}\n`);
    scene.repository();
  }
  scene.git('branch', 'side', 'HEAD~1');
}

/** A step, something of yours, another step; rolled back to right after what you did: every byte of then. */
function during(name: string, does: string, act: Act, more: Partial<Story> = {}): Story {
  return { name, does, before: history, acts: [firstStep, act, secondStep], to: 2, also: firstIsThere, ...more };
}

/** C7: also what lies before what the supervisor did can be read. */
async function firstIsThere(_scene: Scene, engine: CaseEngine): Promise<void> {
  const { contentBase64 } = await engine.checkpoints.readFileAt(1, 'made');
  if (contentBase64 !== Buffer.from('by the run').toString('base64')) throw new Error('checkpoint 1 is damaged');
}

export const userGitCases: readonly Story[] = [
  during(
    'you commit during the run',
    'A rollback changes files, never your branch: the commit stays',
    you((s) => s.commit('yours')),
    { quick: true },
  ),
  during(
    'you switch the branch during the run',
    'The switch is a checkpoint of yours; a rollback to it gives its files, and does not switch',
    you((s) => s.git('switch', '-q', '--discard-changes', 'side')),
  ),
  during(
    'you stash during the run',
    'The same; the stash stays where it is',
    you((s) => s.git('stash', '-q', '-u')),
  ),
  during(
    'you rebase during the run',
    'The same',
    you((s) => {
      s.commit('yours');
      s.git('rebase', '-q', '-X', 'theirs', '--onto', 'HEAD~3', 'HEAD~1');
    }),
  ),
  during(
    'you run reset --hard during the run',
    'What the reset threw away is in the checkpoint before it',
    you((s) => s.git('reset', '-q', '--hard', 'HEAD~2')),
  ),
  during(
    'you run gc --prune=now during the run',
    'The store borrows nothing from your repository: every checkpoint stays whole',
    you((s) => {
      s.git('reset', '-q', '--hard', 'HEAD~2');
      s.git('branch', '-q', '-D', 'side');
      s.git('reflog', 'expire', '--expire=now', '--all');
      s.git('gc', '-q', '--prune=now');
    }),
  ),
  {
    name: 'a rollback across your commit',
    does: 'What only the run changed goes back; what you committed of it stays in your branch',
    before: history,
    acts: [firstStep, you((s) => s.commit('yours')), secondStep],
  },
  {
    name: 'a rollback across your reset --hard',
    does: 'Where you and the run changed the same file it is a conflict: the present version stays',
    before: history,
    acts: [firstStep, you((s) => s.git('reset', '-q', '--hard', 'HEAD~1')), secondStep],
    stays: ['a', 'b'],
  },
  {
    name: 'you edit, make and delete files between steps',
    does: 'A checkpoint of your own; a rollback keeps all of it',
    quick: true,
    before: history,
    acts: [
      firstStep,
      you((s) => {
        s.write('b', 'by you');
        s.write('notes/yours', 'by you', 0o600);
      }),
      secondStep,
      you((s) => s.write('todo', 'by you, in no checkpoint yet')),
    ],
    stays: ['b', 'notes/**', 'todo'],
  },
  {
    name: 'you and the run edit different places of one file',
    does: 'What the run changed goes back, what you changed stays: merged as git merges',
    quick: true,
    before: (s) => s.write('list', lines('one', 'two')),
    acts: [
      theRun((s) => s.write('list', lines('by the run', 'two'))),
      you((s) => s.write('list', lines('by the run', 'by you'))),
    ],
    becomes: { list: lines('one', 'by you') },
  },
  {
    name: 'you and the run edit the same place of a file',
    does: 'A conflict: named in the plan, the present version stays',
    quick: true,
    before: history,
    acts: [firstStep, you((s) => s.append('a', 'by you\n'))],
    stays: ['a'],
  },
];
