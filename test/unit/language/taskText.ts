/** Job: a whole task in a real folder, and findings drawn under the text as a person sees them in an editor. */
import { diagnose, type DiagnoseOptions, type Finding, type Machine } from '../../../src/language/diagnose.ts';
import { createSuiteReader, diskPort } from '../../../src/language/disk.ts';

export const goodCase = '{"id":"a","expect":{"stdout":"x"}}\n';

export type TaskEdits = Readonly<Record<string, unknown>>;

/** A task without a fault in a folder that has `cases.jsonl`. */
export function taskWith(edits: TaskEdits = {}): TaskEdits {
  return {
    name: 'cat → sh',
    candidate: { language: 'sh', run: ['sh', 'cat.sh'] },
    suites: { visible: 'cases.jsonl' },
    model: {
      provider: 'openai-compatible',
      baseUrl: 'https://models.example/v1',
      name: 'm',
      price: { input: 0, output: 0 },
    },
    budget: { steps: { hard: 5 } },
    ...edits,
  };
}

export function textOf(task: TaskEdits): string {
  return JSON.stringify(task, null, 1);
}

export interface TestMachine extends Machine {
  readonly cutSuites: Set<string>;
  readonly silentEndpoints: Set<string>;
}

export function machineIn(folder: string, extra: Partial<Machine['port']> = {}, suiteBytesMost?: number): TestMachine {
  const cutSuites = new Set<string>();
  const place = { folder, home: `${folder}/home`, searchPath: process.env['PATH'] ?? '' };
  const port = diskPort(place, createSuiteReader(suiteBytesMost), (absolute) => cutSuites.add(absolute));
  return { port: { ...port, ...extra }, cutSuites, silentEndpoints: new Set() };
}

/** Only the lines that have a finding, each with the finding drawn below. */
export async function drawn(text: string, options: DiagnoseOptions): Promise<string> {
  const { findings } = await diagnose(text, options);
  return draw(text, findings);
}

export function draw(text: string, findings: readonly Finding[]): string {
  const drawings = findings.map(({ start, end, severity, message, related }) => {
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    const line = text.slice(lineStart).split('\n', 1)[0] ?? '';
    const mark = `${' '.repeat(start - lineStart)}${'~'.repeat(Math.max(1, end - start))}`;
    const place = related === undefined ? '' : ` → ${related.file.split('/').at(-1) ?? ''}:${related.line}`;
    return [start, `${line}\n${mark} ${severity}: ${message}${place}`] as const;
  });
  return drawings
    .sort(([a], [b]) => a - b)
    .map(([, drawing]) => drawing)
    .join('\n');
}
