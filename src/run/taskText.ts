/**
 * Job: a task as the text of a `belay.json` that explains itself: above each key stands what the schema says of it.
 * Boundary: pure; the words are the schema's own, so they never drift from what is checked.
 */
import type { z } from 'zod';
import { taskJsonSchema, type taskSchema } from './task.ts';

/** A task as it is written: what has a default may be left out. */
export type TaskDraft = z.input<typeof taskSchema>;

/** The part of JSON Schema that `taskJsonSchema` uses. */
interface Schema {
  readonly description?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** JSON with comments, two spaces deep, with a line feed at its end. */
export function taskText(task: TaskDraft): string {
  const schema = taskJsonSchema() as Schema;
  return `${comment(schema, '')}${textOf(task, schema, '')}\n`;
}

function textOf(value: unknown, schema: Schema, indent: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const { properties = {} } = alternative(schema, value as Readonly<Record<string, unknown>>);
  const lines = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([key, part]) => {
      const its = properties[key] ?? {};
      return `${comment(its, inner)}${inner}${JSON.stringify(key)}: ${textOf(part, its, inner)}`;
    });
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

/** Of several shapes the one whose fixed values the object has, such as its provider. */
function alternative(schema: Schema, value: Readonly<Record<string, unknown>>): Schema {
  const shapes = schema.anyOf ?? schema.oneOf;
  if (shapes === undefined) return schema;
  const fits = ({ properties = {} }: Schema) =>
    Object.entries(properties).every(([key, its]) => its.const === undefined || its.const === value[key]);
  return shapes.find(fits) ?? schema;
}

function comment({ description }: Schema, indent: string): string {
  return description === undefined ? '' : `${indent}// ${description}\n`;
}
