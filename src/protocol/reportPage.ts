/**
 * Job: the messages between the extension host and the Run Report page: two registries, one for each direction.
 * Boundary: types only. The report is what the engine folded; the page holds no fact of its own.
 * Rules: the page says `ready` first and is then sent one `report`, and a whole new one when something in it has changed. H4 what the
 *   report doesn't hold the page can't show.
 */
import type { RunReport } from '../run/report/report.ts';

/** What the host sends. */
export interface ReportHostMessages {
  /** null: this window shows no run. `now` is the host's clock. */
  report: { readonly report: RunReport | null; readonly now: number };
  /** One sentence for the supervisor. */
  notice: { readonly severity: 'info' | 'error'; readonly text: string };
}

/** What the page asks for. */
export interface ReportIntents {
  ready: Record<never, never>;
  /** One checkpoint against the one before it. */
  openCheckpoint: { readonly checkpoint: number };
  /** The open gate in the Run view, or what a decided one was about as diffs. */
  openGate: { readonly gate: number };
  saveMarkdown: Record<never, never>;
  copyMarkdown: Record<never, never>;
  /** Names the visible cases that do not pass. */
  showFailing: Record<never, never>;
  /** A visible case as a document, as of the checkpoint that its verdict is of. */
  openCase: { readonly id: string; readonly checkpoint: number };
  /** Finds the step that broke a visible case. */
  findBreak: { readonly id: string };
  showRun: Record<never, never>;
}

export type ReportIntentName = keyof ReportIntents;
export type ReportHostMessage = {
  [K in keyof ReportHostMessages]: { readonly type: K } & ReportHostMessages[K];
}[keyof ReportHostMessages];
export type ReportPageMessage<T extends ReportIntentName = ReportIntentName> = {
  [K in T]: { readonly type: K } & ReportIntents[K];
}[T];
