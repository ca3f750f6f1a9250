/**
 * Job: where a text occurs in a step: in its title, in what the model said, in a call or in its output as the agent saw it.
 * Boundary: pure. Which steps are looked at, and how their entries are read, is the journal's reader's.
 * Rules: letters match in either case. What is in a blob only (the rest of a long output) is not looked through.
 */
import type { Entry, ToolCall } from './entry.ts';

export interface FoundInStep {
  readonly step: number;
  /** The step's title; '' while it is in progress. */
  readonly title: string;
  /** Where the text occurs first, in this order. */
  readonly where: 'title' | 'answer' | 'call' | 'output';
  /** The title of the call that holds it. */
  readonly call?: string;
  /** The text with what stands around it, in one line. */
  readonly excerpt: string;
  /** How many of title, answer, calls and outputs hold it. */
  readonly places: number;
}

/** One move of a search, newest step first. */
export interface FoundSteps {
  readonly found: readonly FoundInStep[];
  /** Where the next move begins: steps before this one are still to be looked at; null: all were. */
  readonly before: number | null;
}

const excerptBefore = 40;
const excerptAfter = 160;

/**
 * Whether a step can hold the text, told from its journal lines as they stand: JSON escapes quotes, backslashes and control
 * characters, so what is looked for is the longest piece of the text without any.
 */
export function mayHold(text: string): (lines: string) => boolean {
  const plain = text.toLowerCase().split(/["\\\p{Cc}]/u);
  const piece = plain.reduce((longest, one) => (one.length > longest.length ? one : longest), '');
  return (lines) => lines.toLowerCase().includes(piece);
}

/**
 * @param entries of the journal; those of other steps are left out
 * @returns null: the step does not hold it
 */
export function foundInStep(entries: readonly Entry[], step: number, text: string): FoundInStep | null {
  const wanted = text.toLowerCase();
  const { title, places } = placesOf(entries, step);
  const holding = places.filter((place) => place.text.toLowerCase().includes(wanted));
  const [first] = holding;
  if (first === undefined) return null;
  const { where, call } = first;
  const excerpt = excerptOf(first.text, wanted);
  return { step, title, where, ...(call !== undefined && { call }), excerpt, places: holding.length };
}

interface SearchedText {
  readonly where: FoundInStep['where'];
  readonly call?: string;
  readonly text: string;
}

function placesOf(entries: readonly Entry[], step: number): { title: string; places: readonly SearchedText[] } {
  let title = '';
  const answers: SearchedText[] = [];
  const calls = new Map<string, { readonly call: string; readonly text: string }>();
  const outputs: SearchedText[] = [];
  for (const entry of entries) {
    if (!('step' in entry) || entry.step !== step) continue;
    if (entry.type === 'step.finished') title = entry.title;
    if (entry.type === 'model.answered') {
      answers.push({ where: 'answer', text: entry.text });
      for (const call of entry.calls) calls.set(call.callId, { call: call.name, text: argumentsOf(call) });
    }
    const { call, text } = 'callId' in entry ? (calls.get(entry.callId) ?? { call: '', text: '' }) : {};
    if (entry.type === 'tool.started')
      calls.set(entry.callId, { call: entry.title, text: `${entry.title}\n${text ?? ''}` });
    if (entry.type === 'tool.finished') outputs.push({ where: 'output', call: call ?? '', text: entry.output });
  }
  const asked = [...calls.values()].map((one): SearchedText => ({ where: 'call', ...one }));
  return { title, places: [{ where: 'title', text: title }, ...answers, ...asked, ...outputs] };
}

/** The values alone, as the agent wrote them; what is no JSON as it stands. */
function argumentsOf({ argumentsJson }: ToolCall): string {
  try {
    const values: unknown = JSON.parse(argumentsJson);
    if (typeof values !== 'object' || values === null) return argumentsJson;
    return Object.values(values)
      .map((value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)))
      .join('\n');
  } catch {
    return argumentsJson; // a model may have been cut, or has written nonsense
  }
}

function excerptOf(text: string, wanted: string): string {
  // Lower case may be longer than the text (İ): then the place is near, not exact.
  const at = Math.min(text.toLowerCase().indexOf(wanted), text.length);
  const from = Math.max(0, at - excerptBefore);
  const to = Math.min(text.length, at + wanted.length + excerptAfter);
  const part = text.slice(from, to).trim().replace(/\s+/g, ' ');
  return `${from > 0 ? '…' : ''}${part}${to < text.length ? '…' : ''}`;
}
