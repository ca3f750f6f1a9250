// Job: the Run Report on a page of its own, with a transport that a test holds in its hands.
// Boundary: bundled by fixtureServer.ts and run in Chromium; the transport's seam is the only thing that is not real.

import type { ReportHostMessage, ReportPageMessage } from '../../../src/protocol/reportPage.ts';
import { mountReport, reportMemory, type ReportTransport } from '../../../src/webview/report/mount.ts';

declare global {
  interface Window {
    reportFixture: {
      readonly posted: ReportPageMessage[];
      send(message: ReportHostMessage): void;
    };
  }
}

let listener: (message: ReportHostMessage) => void = () => undefined;
const posted: ReportPageMessage[] = [];

const transport: ReportTransport = {
  post: (message) => {
    posted.push(message);
  },
  onMessage: (listen) => {
    listener = listen;
  },
  // Survives a reload of the page, as VS Code's state does.
  getState: () => reportMemory(JSON.parse(sessionStorage.getItem('kept') ?? 'null')),
  setState: (kept) => {
    sessionStorage.setItem('kept', JSON.stringify(kept));
  },
};

window.reportFixture = {
  posted,
  send: (message) => {
    listener(message);
  },
};
// What the server waits for on each of its pages.
window.fixture = { posted: [{ type: 'ready' }], send: () => undefined, seq: () => 0 };
mountReport(document.body, transport);
