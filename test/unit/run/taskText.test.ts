/** Job: a new belay.json explains itself: each key under the schema's words for it, and what is read back is what was asked. */
import { getNodeValue, parseTree, type ParseError } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { parseTask, taskJsonSchema } from '../../../src/run/task.ts';
import { taskText, type TaskDraft } from '../../../src/run/taskText.ts';

const whole: TaskDraft = {
  name: 'cal → Go "quoted"',
  candidate: { language: 'go', build: 'go build -o main .', run: ['./main', '-x y'] },
  reference: { command: ['cal'] },
  docs: ['README.md', 'docs/'],
  suites: { visible: 'tests/visible.jsonl', heldOut: '../held.jsonl' },
  model: {
    provider: 'openai-compatible',
    baseUrl: 'http://127.0.0.1:11434/v1',
    name: 'm',
    price: { input: 0, output: 0 },
  },
  budget: { costUsd: { soft: 5, hard: 10 }, steps: { hard: 200 } },
  gates: { everySteps: 10 },
  sandbox: { toolchains: ['~/sdk/go'] },
};

const drafts: readonly (readonly [string, TaskDraft])[] = [
  ['every part', whole],
  ['a split', { ...whole, suites: { split: { file: '../all.jsonl', heldOutShare: 0.5 } } }],
  ['a provider of its own', { ...whole, model: { provider: 'anthropic', name: 'claude-sonnet-4-5' } }],
  ['a model by hand', { ...whole, model: { provider: 'manual' } }],
  ['a recording', { ...whole, model: { provider: 'recorded', file: 'r.jsonl' } }],
  [
    'few parts',
    { name: 'x', candidate: whole.candidate, suites: { visible: 'v' }, model: whole.model, budget: whole.budget },
  ],
];

function read(text: string): unknown {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors);
  expect(errors).toEqual([]);
  return root && getNodeValue(root);
}

/** The comment above each key, by the key's indent and name. */
function comments(text: string): readonly (readonly [string, string])[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const key = /^(\s*"[^"]+"):/.exec(line)?.[1];
    return key === undefined ? [] : [[key, lines[index - 1]?.trim() ?? ''] as const];
  });
}

describe('the text of a new task', () => {
  it.each(drafts)('with %s is valid, and reads back as it was meant', (_, draft) => {
    const value = read(taskText(draft));
    expect(value).toEqual(draft);
    expect(parseTask(value).ok).toBe(true);
  });

  const checkComments = (textOf: typeof taskText) => {
    for (const [, draft] of drafts) {
      const found = comments(textOf(draft));
      expect(found.length).toBeGreaterThan(8);
      expect(found.filter(([, comment]) => !comment.startsWith('// '))).toEqual([]);
    }
  };
  it('has a comment above every key', () => {
    checkComments(taskText);
  });

  it('the check finds a key without one', () => {
    expect(() => {
      checkComments((draft) => taskText(draft).replace(/^ *\/\/ .*\n(?= *"run")/m, ''));
    }).toThrow();
  });

  it('says of each key what the schema says', () => {
    const said = JSON.stringify(taskJsonSchema());
    for (const [, comment] of comments(taskText(whole)))
      expect(said).toContain(JSON.stringify(comment.slice(3)).slice(1, -1));
    expect(taskText({ ...whole, model: { provider: 'manual' } })).toContain('// You are the model’s wire');
  });

  it('looks like this', async () => {
    await expect(taskText(whole)).toMatchFileSnapshot('taskText.golden.txt');
  });
});
