/**
 * Job: a case of a suite as a document: all that it names, as it stands in the suite.
 * Boundary: pure text. Keys are drawn as they come: what a later suite says is shown too.
 */

export interface ToldCase {
  readonly id: string;
  /** "fail at checkpoint 9" */
  readonly verdict: string;
  /** What the suite says of it; null: no more than its name, as in a report. */
  readonly value: object | null;
}

/** Ends with a line break. */
export function caseText({ id, verdict, value }: ToldCase): string {
  const head = `Case ${JSON.stringify(id).slice(1, -1)}: ${verdict}`;
  if (value === null) return `${head}\n\nThe suite says no more of it.\n`;
  const parts = Object.entries(value).flatMap(([key, of]) => (key === 'id' ? [] : partsOf(key, of)));
  return `${[head, '', ...parts].join('\n')}\n`;
}

function partsOf(key: string, value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes('\n') ? block(key, value) : [`${key}  ${JSON.stringify(value)}`];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${key}  ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([inner, of]) => partsOf(`${key}.${inner}`, of));
}

/** Line by line, so that what a comparison counts is seen: a line break at the end, or none. */
function block(key: string, text: string): readonly string[] {
  const lines = text.split('\n');
  const ends = lines.at(-1) === '';
  if (ends) lines.pop();
  const end = ends ? [] : ['  (no line break at the end)'];
  return [key, ...lines.map((line) => `  │${line}`), ...end];
}
