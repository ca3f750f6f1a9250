/**
 * Job: what of a step and of a verification is remembered to tell a stall: fingerprints, never contents.
 * Boundary: pure; `reduceStall.ts` folds it.
 * Rules: H3 verifications of the visible suite alone. B3 every list and text has a limit.
 */
import { limits } from './limits.ts';
import { pathInWords } from './pathWords.ts';
import type { CallTrace, ScoreTrace, StepTrace } from './stallFacts.ts';
import type { CallState, StepInProgress } from './state.ts';

export const noScore: ScoreTrace = {
  best: null,
  gains: [],
  flat: 0,
  waited: 0,
  gainAtUsd: 0,
  waitedFromUsd: 0,
  tree: null,
};

/** @param before the tree that it began with */
export function traceOf(step: StepInProgress, tree: string, before: string | null): StepTrace {
  return {
    step: step.step,
    tree,
    changed: tree !== before,
    calls: (step.calls ?? []).map(callTrace),
    repeats: repeatedText(step.text),
  };
}

const selfTold: ReadonlySet<string> = new Set(['note', 'plan', 'ask', 'finish']);

function callTrace({ name, argumentsJson, title, result }: CallState): CallTrace {
  const { status = 'interrupted', output = '', exitCode } = result ?? {};
  const failed = status === 'error' || (exitCode ?? 0) !== 0;
  return {
    call: fingerprint(`${name} ${argumentsJson}`),
    result: fingerprint(`${status} ${String(exitCode)} ${output.replace(durations, '#')}`),
    title: quoted(title),
    error: failed ? errorOf(`${name} ${exitCode === undefined ? '' : argumentsJson}`, output, title) : null,
    tells: !selfTold.has(name),
  };
}

/** How long something took differs each time. */
const durations = /\d+(\.\d+)?\s*(ms|s|sec|secs|seconds?|usr|sys|cusr|csys|CPU|wallclock)\b/g;

/** The same error is the same words; numbers in it, such as of lines, may differ. */
function errorOf(of: string, output: string, title: string): CallTrace['error'] {
  const words = output.slice(0, limits.stallErrorChars).replace(/\d+/g, '#');
  const head = output.split('\n').find((line) => line.trim() !== '') ?? title;
  return { key: fingerprint(`${of}\n${words}`), head: quoted(head) };
}

/** Other people's words within a sentence of Belay's. */
function quoted(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  const cut = Array.from(line).slice(0, limits.stallQuoteChars).join('');
  return pathInWords(cut === line ? line : `${cut}…`);
}

const gram = 20;

/**
 * Whether the end of a text repeats itself: of its runs of 20 characters less than a fifth differ from all others, where
 * prose and code have over nine in ten.
 * @returns how that end begins; null: it does not.
 */
export function repeatedText(text: string): string | null {
  const end = text.slice(-limits.stallTextChars);
  if (end.length < limits.stallTextChars / 2) return null;
  const grams = new Set<string>();
  for (let at = 0; at + gram <= end.length; at++) grams.add(end.slice(at, at + gram));
  return grams.size < (end.length - gram) * limits.stallTextShare ? quoted(end) : null;
}

/** 53 bits of cyrb53 (public domain, bryc): enough to tell some dozen texts of one run apart; not against an adversary. */
function fingerprint(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
