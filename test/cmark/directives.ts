/**
 * Job: what a directive in plain words asks of the order: which increments it names, which it puts off, whether it wants
 * to be asked first.
 * Boundary: pure; a handful of English patterns, as a model would understand many more.
 */
import type { Directive } from './conversation.ts';
import { increments, type Increment } from './increments.ts';

export interface Wish {
  readonly directive: Directive;
  /** Increments to bring next, in this order. */
  readonly first: readonly Increment[];
  /** Those of them that are the matter itself, not the other end of "before" or "after". */
  readonly about: readonly Increment[];
  readonly skip: readonly Increment[];
  readonly asksFirst: boolean;
}

export function readWish(directive: Directive): Wish {
  const text = directive.text.toLowerCase();
  const asksFirst = /\bask (me|first|before|us)\b/.test(text);
  if (/\b(skip|leave out|leave away|without|don't write|do not write)\b/.test(text)) {
    return { directive, first: [], about: [], skip: namedIn(text), asksFirst };
  }
  const [head = '', tail = ''] = text.split(/\b(?:before|after)\b/, 2);
  const [near, far] = [namedIn(head), namedIn(tail)];
  const first = /\bafter\b/.test(text) ? [...far, ...near] : [...near, ...far];
  return { directive, first, about: near.length > 0 ? near : far, skip: [], asksFirst };
}

/** The increments that a text names, in the order of mention; the longest name at a place wins. */
export function namedIn(text: string): Increment[] {
  const found: { at: number; end: number; increment: Increment }[] = [];
  for (const increment of increments) {
    const names = [
      increment.title.toLowerCase(),
      increment.name.replaceAll('-', ' '),
      increment.name,
      ...increment.words,
    ];
    for (const name of names) {
      const match = new RegExp(`\\b${name.replace(/s$/, '')}(?:e?s)?\\b`).exec(text);
      if (match !== null) found.push({ at: match.index, end: match.index + match[0].length, increment });
    }
  }
  found.sort((a, b) => a.at - b.at || b.end - a.end);
  const result: Increment[] = [];
  let end = 0;
  for (const { at, end: to, increment } of found) {
    const taken = at < end;
    if (taken || result.includes(increment)) continue;
    result.push(increment);
    end = to;
  }
  return result;
}
