// Job: a picture of each state of the Run Report in four themes and four widths, each checked by axe; exits 1 on a violation, a
//   script error, anything that the content security policy refuses, or a page that is wider than its editor.
// Use: node test/ui/webview/renderReport.ts [part of a fixture's name]. Pictures land in out/screenshots/report/.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../host/browser.ts';
import { axeViolations } from './axe.ts';
import { FixtureServer, themes, type Theme } from './fixtureServer.ts';
import { reportFixtures, sendReport, type ReportFixture } from './reportFixtures.ts';

const pictures = join(import.meta.dirname, '..', '..', '..', 'out', 'screenshots', 'report');
/** 200 % zoom of 560 px halves the CSS pixels to the narrowest. In other themes than the dark one only the colours differ. */
const widths: Readonly<Record<Theme, readonly number[]>> = {
  dark: [280, 480, 800, 1_200],
  light: [800],
  highContrast: [800],
  highContrastLight: [800],
};

const failures: string[] = [];

async function perform(page: Page, gesture: ReportFixture['gesture']): Promise<void> {
  if (gesture === 'steps') await page.getByRole('button', { name: 'Steps' }).click();
  if (gesture === 'table') await page.getByText('As a table').click();
  if (gesture === 'focusGate') {
    await page.getByRole('slider', { name: 'Gates' }).focus();
    await page.keyboard.press('ArrowLeft');
  }
}

async function picture(
  context: BrowserContext,
  server: FixtureServer,
  name: string,
  fixture: ReportFixture,
  width: number,
  theme: Theme,
) {
  const page = await server.open(context, theme);
  await page.setViewportSize({ width, height: 900 });
  await sendReport(page, fixture.messages);
  await perform(page, fixture.gesture);
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled', fullPage: true });
  for (const violation of await axeViolations(page)) failures.push(`${name}: ${violation}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) failures.push(`${name}: ${String(over)} px wider than the editor`);
  for (const problem of server.problems.splice(0)) failures.push(`${name}: ${problem}`);
  await page.close();
}

mkdirSync(pictures, { recursive: true });
const only = process.argv[2] ?? '';
const browser = await launchBrowser();
try {
  const server = await FixtureServer.start('report');
  let count = 0;
  for (const theme of themes) {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    for (const fixture of reportFixtures(Date.now()).filter(({ name }) => name.includes(only))) {
      for (const width of widths[theme]) {
        await picture(context, server, `${fixture.name}-${theme}-${String(width)}`, fixture, width, theme);
        count++;
      }
    }
    await context.close();
  }
  for (const failure of failures) console.error(failure);
  console.log(`${String(count)} pictures in out/screenshots/report, ${String(failures.length)} failures`);
  if (failures.length > 0 || count === 0) process.exitCode = 1;
} finally {
  await browser.close();
}
