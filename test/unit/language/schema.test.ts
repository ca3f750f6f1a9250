/** Job: hold the JSON Schema that editors use to the zod schema: `inSchema` says truly who tells a problem. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseTask, taskJsonSchema } from '../../../src/run/task.ts';
import { taskWith, type TaskEdits } from './taskText.ts';

const model = taskWith()['model'] as TaskEdits;

const wrong: readonly (readonly [string, TaskEdits])[] = [
  ['an unknown key', taskWith({ nmae: 1 })],
  ['an empty name', taskWith({ name: '' })],
  ['a missing part', (({ model: _, ...rest }) => rest)(taskWith())],
  ['an empty command', taskWith({ candidate: { language: 'x', run: [] } })],
  ['another provider', taskWith({ model: { ...model, provider: 'x' } })],
  ['an address of another protocol', taskWith({ model: { ...model, baseUrl: 'ftp://x/v1' } })],
  ['a limit of zero', taskWith({ budget: { steps: { hard: 0 } } })],
  ['a fraction of steps', taskWith({ gates: { everySteps: 1.5 } })],
  ['a share of one', taskWith({ suites: { split: { file: 'x', heldOutShare: 1 } } })],
  ['no hard limit', taskWith({ budget: { steps: { soft: 1 } } })],
  ['soft over hard', taskWith({ budget: { steps: { soft: 2, hard: 1 } } })],
  ['no suite', taskWith({ suites: {} })],
  ['a split and a held-out file', taskWith({ suites: { split: { file: 'x' }, heldOut: 'y' } })],
];

describe('the contributed JSON Schema', () => {
  const contributed = z.fromJSONSchema(taskJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  it('accepts a whole task', () => {
    expect(contributed.safeParse(taskWith()).success).toBe(true);
    expect(parseTask(taskWith()).ok).toBe(true);
  });

  it.each(wrong)('tells %s, or the language server does', (_what, task) => {
    const result = parseTask(task);
    const problems = result.ok ? [] : result.problems;
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.some(({ inSchema }) => inSchema)).toBe(!contributed.safeParse(task).success);
  });

  it('describes every key, for hover and completion', () => {
    const bare: string[] = [];
    const visit = (at: string, schema: { description?: string; properties?: Record<string, object> }): void => {
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        if (!('description' in property) && key !== '$schema') bare.push(`${at}${key}`);
        visit(`${at}${key}.`, property);
      }
    };
    visit('', taskJsonSchema());
    expect(bare).toEqual([]);
  });
});
