/**
 * Job: the one seam between the webview and who hosts it, so that a test page can stand where VS Code does.
 * Boundary: passes messages and the little that survives a reload; knows nothing of a run.
 */
import type { HostMessage, WebviewMessage } from '../protocol/webview.ts';
import { logPlaceOf, type LogPlace } from './logPlace.ts';

/** What outlives a reload of the webview: the unsent texts, the figures that were last seen, and where the log stood. */
export interface Kept {
  readonly draft?: string;
  readonly answer?: { readonly question: string; readonly text: string };
  readonly seen?: unknown;
  readonly log?: LogPlace;
}

/** Of the Run view, or of another page with its own messages and its own memory. */
export interface Transport<Out = WebviewMessage, In = HostMessage, Memory = Kept> {
  post(message: Out): void;
  /** Messages in the order in which the host sent them. One listener, for the life of the page. */
  onMessage(listener: (message: In) => void): void;
  getState(): Memory;
  setState(kept: Memory): void;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/**
 * The transport of a real VS Code webview. VS Code allows this once a page.
 * @param read what an earlier page kept, of which nothing can be taken for granted
 */
export function vscodeTransport<Out = WebviewMessage, In = HostMessage, Memory = Kept>(
  read: (kept: unknown) => Memory,
): Transport<Out, In, Memory> {
  const { acquireVsCodeApi } = globalThis as unknown as { acquireVsCodeApi: () => VsCodeApi };
  const api = acquireVsCodeApi();
  return {
    post: (message) => {
      api.postMessage(message);
    },
    onMessage: (listener) => {
      // Only the extension's host can post to this page: its frame has an origin of its own and no other opener.
      window.addEventListener('message', (event: MessageEvent<In>) => {
        listener(event.data);
      });
    },
    getState: () => read(api.getState()),
    setState: (kept) => {
      api.setState(kept);
    },
  };
}

/** Reads what an earlier version may have written; what does not fit is as if it were not there. */
export function keptOf(value: unknown): Kept {
  if (typeof value !== 'object' || value === null) return {};
  const { draft, answer, seen, log } = value as Record<keyof Kept, unknown>;
  const place = logPlaceOf(log);
  return {
    ...(typeof draft === 'string' && { draft }),
    ...(isAnswer(answer) && { answer }),
    ...(seen !== undefined && { seen }),
    ...(place && { log: place }),
  };
}

function isAnswer(value: unknown): value is { question: string; text: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { question, text } = value as { question?: unknown; text?: unknown };
  return typeof question === 'string' && typeof text === 'string';
}
