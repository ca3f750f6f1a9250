// Job: a picture of each state of the Run view in four themes and three widths, each checked by axe; exits 1 on a violation,
//   a script error, anything that the content security policy refuses, or a page that is wider than its view.
// Use: node test/ui/webview/render.ts [part of a fixture's name]. Pictures land in out/screenshots/webview/.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../host/browser.ts';
import { axeViolations } from './axe.ts';
import { FixtureServer, send, themes, type Theme } from './fixtureServer.ts';
import { fixtures, type Fixture } from './states.ts';

const pictures = join(import.meta.dirname, '..', '..', '..', 'out', 'screenshots', 'webview');

interface View {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

const sideBar: View = { name: '280', width: 280, height: 720 };
/** In the dark theme only: structure does not depend on colours. */
const wider: readonly View[] = [
  { name: '420', width: 420, height: 720 },
  { name: '1000', width: 1000, height: 620 },
];
/** A narrow side bar, a low one, and 200 % zoom, which halves the CSS pixels of 280 × 720: for the fullest states. */
const edges: readonly View[] = [
  { name: '200', width: 200, height: 720 },
  { name: 'low', width: 280, height: 340 },
  { name: 'zoom200', width: 140, height: 360 },
];
const fullest = [
  'running-tool',
  'paused-budget',
  'gate',
  'gate-rollback-plan',
  'stalled',
  'scrolled-up',
  'no-run',
  'happenings',
];

function viewsOf(theme: Theme, fixture: Fixture): readonly View[] {
  if (theme !== 'dark') return [sideBar];
  return [sideBar, ...wider, ...(fullest.includes(fixture.name) ? edges : [])];
}

const failures: string[] = [];

async function perform(page: Page, gesture: Fixture['gesture']): Promise<void> {
  if (gesture === 'expandLast') await page.locator('belay-step .step-head').last().click();
  if (gesture === 'typeRedirect')
    await page.getByRole('textbox', { name: 'Redirect' }).fill('And write no comments\nabout what is obvious.');
  if (gesture === 'scrollUp') {
    await page.locator('.log').hover();
    await page.mouse.wheel(0, -900);
    await page.locator('.follow').waitFor();
  }
}

async function picture(
  context: BrowserContext,
  server: FixtureServer,
  theme: Theme,
  fixture: Fixture,
  view: View,
): Promise<void> {
  const name = `${fixture.name}-${theme}-${view.name}`;
  const page = await server.open(context, theme);
  await page.setViewportSize({ width: view.width, height: view.height });
  await send(page, fixture.messages);
  await perform(page, fixture.gesture);
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
  for (const violation of await axeViolations(page)) failures.push(`${name}: ${violation}`);
  const overflow = await page.evaluate(() => {
    const parts = document.querySelector('belay-run')?.shadowRoot?.querySelectorAll('main, .body, .top, .log') ?? [];
    return Math.max(...[document.documentElement, ...parts].map((part) => part.scrollWidth - part.clientWidth));
  });
  if (overflow > 0) failures.push(`${name}: ${String(overflow)} px wider than the view`);
  for (const problem of server.problems.splice(0)) failures.push(`${name}: ${problem}`);
  await page.close();
}

async function renderAll(browser: Browser, only: string): Promise<number> {
  const server = await FixtureServer.start();
  let count = 0;
  for (const theme of themes) {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    for (const fixture of fixtures(Date.now()).filter((f) => f.name.includes(only))) {
      for (const view of viewsOf(theme, fixture)) {
        await picture(context, server, theme, fixture, view);
        count++;
      }
    }
    await context.close();
  }
  return count;
}

mkdirSync(pictures, { recursive: true });
const browser = await launchBrowser();
try {
  const count = await renderAll(browser, process.argv[2] ?? '');
  for (const failure of failures) console.error(failure);
  console.log(`${String(count)} pictures in out/screenshots/webview, ${String(failures.length)} failures`);
  if (failures.length > 0 || count === 0) process.exitCode = 1;
} finally {
  await browser.close();
}
