/** Job: what is generated from the sources is what is committed, and what it shows as an example works. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { documents } from '../../../src/build/docs.ts';
import { commandsTable, type Manifest } from '../../../src/build/manifestReference.ts';
import { exampleCase, exampleSuite, exampleTask, taskReference } from '../../../src/build/taskReference.ts';
import { parseSuite } from '../../../src/run/suite.ts';
import { parseTask, taskSchema } from '../../../src/run/task.ts';

const root = join(import.meta.dirname, '..', '..', '..');

describe('generated documents', () => {
  it.each([...documents(root)])('%s is as `npm run docs` writes it', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  it('show a task, a case and a suite that are valid', () => {
    expect(parseTask(parse(exampleTask))).toMatchObject({ ok: true });
    expect(parseSuite(exampleCase).problems).toEqual([]);
    expect(parseSuite(exampleSuite)).toMatchObject({ problems: [], files: ['tests'], cases: [{ id: 'weeks' }] });
  });

  it('name every key of the task file', () => {
    const text = taskReference();
    for (const key of Object.keys(taskSchema.shape).filter((each) => each !== '$schema'))
      expect(text).toContain(`## \`${key}\``);
  });

  it('are refused where a command depends on what has no words', () => {
    const command = { command: 'belay.x', title: 'X', enablement: 'belay.unheardOf' };
    const manifest: Manifest = {
      contributes: { commands: [command], menus: {}, keybindings: [], configuration: { properties: {} } },
    };
    expect(() => commandsTable(manifest)).toThrow('"belay.unheardOf" has no words');
  });
});
