// Job: the Run view on a page of its own, with a transport that a test holds in its hands.
// Boundary: bundled by fixtureServer.ts and run in Chromium; the transport's seam is the only thing that is not real.

import type { HostMessage, WebviewMessage } from '../../../src/protocol/webview.ts';
import { mount } from '../../../src/webview/mount.ts';
import { keptOf, type Transport } from '../../../src/webview/transport.ts';

/** What a test does with the page, as `window.fixture`. */
export interface FixtureHandle {
  readonly posted: WebviewMessage[];
  send(message: HostMessage): void;
  /** The last entry that the page has folded. */
  seq(): number;
}

declare global {
  interface Window {
    fixture: FixtureHandle;
  }
}

let listener: (message: HostMessage) => void = () => undefined;
const posted: WebviewMessage[] = [];

const transport: Transport = {
  post: (message) => {
    posted.push(message);
  },
  onMessage: (listen) => {
    listener = listen;
  },
  // Survives a reload of the page, as VS Code's state does.
  getState: () => keptOf(JSON.parse(sessionStorage.getItem('kept') ?? 'null')),
  setState: (kept) => {
    sessionStorage.setItem('kept', JSON.stringify(kept));
  },
};

window.fixture = {
  posted,
  send: (message) => {
    listener(message);
  },
  seq: () => view.page?.store.state.seq ?? 0,
};
const view = mount(document.body, transport);
