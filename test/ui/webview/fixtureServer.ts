// Job: give Chromium the fixture page under the content security policy of a real webview.
// Boundary: answers from memory through Playwright's router; no port is opened and nothing else can be reached.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import type { HostMessage } from '../../../src/protocol/webview.ts';
import type {} from './fixturePage.ts';
import type {} from './reportFixturePage.ts';

const origin = 'http://run.fixture';
const root = join(import.meta.dirname, '..', '..', '..');
const policy = `default-src 'none'; style-src ${origin} 'nonce-n0nce'; script-src 'nonce-n0nce'; font-src ${origin}`;

export const themes = ['dark', 'light', 'highContrast', 'highContrastLight'] as const;
export type Theme = (typeof themes)[number];

/** Bundles once; `open` gives a page with the Run view on it and fails on a script error or a refused style. */
export class FixtureServer {
  readonly problems: string[] = [];
  private readonly files: ReadonlyMap<string, { readonly type: string; readonly body: string }>;

  private constructor(files: FixtureServer['files']) {
    this.files = files;
  }

  /** @param view of Belay's pages the one that is shown */
  static async start(view: 'run' | 'report' = 'run'): Promise<FixtureServer> {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, view === 'run' ? 'fixturePage.ts' : 'reportFixturePage.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      logLevel: 'warning',
    });
    const text = (path: string) => readFile(join(root, path), 'utf8');
    return new FixtureServer(
      new Map([
        ['/run.js', { type: 'text/javascript', body: bundle.outputFiles[0]?.text ?? '' }],
        [
          '/run.css',
          {
            type: 'text/css',
            body: await text(view === 'run' ? 'src/webview/run.css' : 'src/webview/report/report.css'),
          },
        ],
        ['/favicon.ico', { type: 'image/x-icon', body: '' }],
        ['/themes.css', { type: 'text/css', body: await text('test/ui/webview/themes.css') }],
      ]),
    );
  }

  async open(context: BrowserContext, theme: Theme): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => this.problems.push(`script error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.problems.push(`console: ${message.text()}`);
    });
    await page.route('**/*', async (route) => {
      const path = new URL(route.request().url()).pathname;
      const file = path === '/' ? { type: 'text/html', body: html(theme) } : this.files.get(path);
      await (file === undefined ? route.abort() : route.fulfill({ contentType: file.type, body: file.body }));
    });
    await page.goto(`${origin}/`);
    await page.waitForFunction(() => window.fixture.posted.some((m) => m.type === 'ready'));
    return page;
  }
}

function html(theme: Theme): string {
  return `<!DOCTYPE html><html lang="en" data-theme="${theme}"><head><meta charset="utf-8"><title>Run</title>
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="themes.css"><link rel="stylesheet" href="run.css"></head>
<body><script type="module" nonce="n0nce" src="run.js"></script></body></html>`;
}

/** Sends messages as the host does and waits until they are drawn. */
export async function send(page: Page, messages: readonly HostMessage[]): Promise<void> {
  await page.evaluate(async (all: readonly HostMessage[]) => {
    for (const message of all) window.fixture.send(message);
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    await frame();
    await frame();
  }, asPosted(messages));
}

/** What becomes of messages on their way from VS Code's host to a page. */
export function asPosted<T>(messages: T): T {
  return JSON.parse(JSON.stringify(messages)) as T;
}
