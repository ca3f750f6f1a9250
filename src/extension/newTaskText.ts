/** Job: what "New Task…" writes: every part that a task needs, with values to replace. */

export function newTaskText(folder: string): string {
  const task = {
    name: `${folder} → your language`,
    candidate: { language: 'perl', run: ['perl', 'main.pl'] },
    reference: { command: [folder] },
    docs: [],
    suites: { visible: 'cases/visible.jsonl', heldOut: `../${folder}-heldOut.jsonl` },
    model: {
      provider: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:11434/v1',
      // No price: a zero that nobody looked at would make the limit in dollars worth nothing; it is asked for.
      name: 'the name of the model there',
    },
    budget: { costUsd: { soft: 5, hard: 10 }, wallHours: { hard: 24 }, steps: { hard: 200 } },
    gates: { everySteps: 10, visibleRegression: 5 },
  };
  return `${JSON.stringify(task, null, 2)}\n`;
}
