/** Job: hold the language server's view of the disk to the engine's: what the editor underlines is what a start refuses. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { taskPort } from '../../../src/engine/workspace/taskFile.ts';
import { createSuiteReader, diskPort } from '../../../src/language/disk.ts';
import { taskSchema } from '../../../src/run/task.ts';
import { checkTask, type TaskPort } from '../../../src/run/taskCheck.ts';
import { makeFolder } from '../workspace/folder.ts';
import { goodCase, taskWith } from './taskText.ts';

const tasks = [
  taskWith(),
  taskWith({ suites: { visible: 'bad.jsonl', heldOut: '../held.jsonl' } }),
  taskWith({ suites: { split: { file: 'link/held.jsonl' } } }),
  taskWith({ suites: { visible: 'folder', heldOut: 'not/there.jsonl' }, docs: ['~', '~/notes', 'folder', '/'] }),
  taskWith({ candidate: { language: 'sh', run: ['./to/be/built'] }, reference: { command: ['bin/reference'] } }),
  taskWith({
    candidate: { language: 'sh', run: ['~/tool'] },
    reference: { command: ['plain.txt'] },
    sandbox: { toolchains: ['~', 'cases.jsonl'] },
  }),
];

function ports(): { engine: TaskPort; language: TaskPort } {
  const root = makeFolder({
    'held.jsonl': 'x\n',
    'work/cases.jsonl': goodCase,
    'work/bad.jsonl': '{}\n{',
    'work/plain.txt': '',
    'home/notes': '',
  });
  const folder = join(root, 'work');
  mkdirSync(join(folder, 'folder'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/reference'), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync(root, join(folder, 'link'));
  const env = { HOME: join(root, 'home'), PATH: process.env['PATH'] };
  return {
    engine: taskPort({ taskFile: join(folder, 'belay.json'), workspace: folder, env }),
    language: diskPort({ folder, home: env.HOME, searchPath: env.PATH ?? '' }, createSuiteReader(), () => {
      throw new Error('no suite here is large');
    }),
  };
}

describe('the two views of the disk', () => {
  it.each(tasks)('agree (%#)', async (task) => {
    const { engine, language } = ports();
    const parsed = taskSchema.parse(task);
    expect(await checkTask(parsed, language)).toEqual(await checkTask(parsed, engine));
  });

  it('would differ if one of them were blind', async () => {
    const { engine, language } = ports();
    const blind: TaskPort = {
      ...language,
      inWorkspace: () => Promise.resolve(false),
      kind: () => Promise.resolve(null),
    };
    const parsed = taskSchema.parse(tasks[1]);
    expect(await checkTask(parsed, blind)).not.toEqual(await checkTask(parsed, engine));
  });
});
