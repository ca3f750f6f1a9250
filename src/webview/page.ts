/**
 * Job: what every part of the page is given: the store, the window's small memory, and who asks.
 * Boundary: no DOM.
 */
import type { LogPlace } from './logPlace.ts';
import type { Looks } from './looks.ts';
import type { RunStore } from './store.ts';

export interface Page {
  readonly store: RunStore;
  readonly looks: Looks;
  /** The unsent redirect, kept over a reload of the page. */
  readonly draft: { read(): string; write(text: string): void };
  /** The unsent answer for a model by hand, kept the same way; it belongs to one question. */
  readonly answerDraft: { read(question: string): string; write(question: string, text: string): void };
  /** Where the log stood when the page before this one ended. */
  readonly logPlace: { read(): LogPlace | null; write(place: LogPlace): void };
  /** A time of day as this window's locale writes it. */
  readonly timeOfDay: (at: number) => string;
}
