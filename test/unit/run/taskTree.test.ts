/** A `belay.json` of a hostile author, read by all three who read one: the engine, the window and the language server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTask } from '../../../src/engine/workspace/taskFile.ts';
import { inspectTask } from '../../../src/extension/inspectTask.ts';
import { diagnose } from '../../../src/language/diagnose.ts';
import { makeFolder } from '../workspace/folder.ts';

/** What each says of it. */
async function told(text: string): Promise<readonly (readonly string[])[]> {
  const folder = makeFolder({});
  const taskFile = join(folder, 'belay.json');
  writeFileSync(taskFile, text);
  const loaded = await loadTask({ taskFile, workspace: folder, env: {} });
  const inspected = await inspectTask(taskFile);
  const { findings } = await diagnose(text, { machine: null, jsonFeatures: false });
  return [
    loaded.ok ? [] : loaded.problems.map((problem) => problem.text),
    inspected.ok ? [] : inspected.problems,
    findings.map(({ message }) => message),
  ];
}

describe('a task file that nobody wrote by hand', () => {
  it('that is nested without an end is told to be none', async () => {
    const deep = 'not a task: it is nested too deeply';
    const text = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(await told(text)).toEqual([[`belay.json:1:1 ${deep}`], [`belay.json:1:1 ${deep}`], [deep]]);
  });

  it('B3: with thousands of problems tells the first hundred and how many there are, and does not place them all', async () => {
    const text = `{"docs": [${Array.from({ length: 20_000 }, () => '1').join(',\n')}]}`;
    for (const problems of await told(text)) {
      expect(problems).toHaveLength(101);
      expect(problems.at(-1)).toMatch(/\d{5} more problems$/);
    }
  });

  it('B3: that is thousands of syntax errors tells the first hundred', async () => {
    for (const problems of await told(`[${'1 '.repeat(50_000)}]`)) expect(problems).toHaveLength(100);
  });
});
