/**
 * Job: what a model is told: the messages of a conversation and the tools it may call.
 * Boundary: data only; the engine composes it, a provider's SDK or a window carries it to the model.
 */
import type { ToolCall } from './entry.ts';

export interface ToolResult {
  readonly callId: string;
  readonly name: string;
  readonly output: string;
}

export type ModelMessage =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly results: readonly ToolResult[] };

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object schema. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/**
 * The arguments of a call as an object, as every provider wants them back: what is none is wrapped into one. The tool's own
 * outcome has told the model what was wrong. `asWritten`: the text already is that object.
 */
export function argumentsObject(argumentsJson: string): { readonly value: object; readonly asWritten: boolean } {
  try {
    const value: unknown = JSON.parse(argumentsJson);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value, asWritten: true };
  } catch {
    // not JSON: wrapped below
  }
  const value = argumentsJson.trim() === '' ? {} : { malformed_arguments: argumentsJson };
  return { value, asWritten: false };
}

/** A call's id as every provider takes it: Anthropic refuses all but letters, digits, "_" and "-". Stays unique in a conversation. */
export function wireId(callId: string): string {
  return callId.replace(/[^a-zA-Z0-9_-]/g, '_');
}
