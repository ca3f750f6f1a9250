// What a person does on the Run Report page with the cases that changed, and with the places that name a step.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import type { ReportPageMessage } from '../../../src/protocol/reportPage.ts';
import { launchBrowser } from '../../host/browser.ts';
import { FixtureServer } from './fixtureServer.ts';
import { reportFixtures, sendReport } from './reportFixtures.ts';
import type {} from './reportFixturePage.ts';

let browser: Browser;
let server: FixtureServer;
let page: Page;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), FixtureServer.start('report')]);
  page = await server.open(await browser.newContext({ reducedMotion: 'reduce' }), 'dark');
  const fixture = reportFixtures(Date.now()).find(({ name }) => name === 'cases') ?? expect.fail();
  await sendReport(page, fixture.messages);
}, 60_000);

afterAll(async () => {
  await browser.close();
  expect(server.problems).toEqual([]);
});

const newest = async (): Promise<ReportPageMessage | undefined> =>
  (await page.evaluate(() => window.reportFixture.posted)).at(-1);
const rows = () => page.locator('.cases tbody tr');

it('shows a page of cases, and more when asked', async () => {
  await page.getByRole('heading', { name: /^Cases that changed/ }).waitFor();
  expect(await rows().count()).toBe(20);
  await page.getByRole('button', { name: 'Show 20 more' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => rows().count()).toBe(40);
});

it('leads from a case to its document, to the step that broke it, and from a checkpoint to its diff', async () => {
  const first = rows().first();
  const id = (await first.getByRole('button').first().innerText()).trim();
  await first.getByRole('button', { name: id, exact: true }).click();
  expect(await newest()).toEqual({ type: 'openCase', id, checkpoint: 90 });
  await first.getByRole('button', { name: `Find Step that broke ${id}` }).click();
  expect(await newest()).toEqual({ type: 'findBreak', id });
  await page.getByRole('columnheader', { name: '90' }).getByRole('button').click();
  expect(await newest()).toEqual({ type: 'openCheckpoint', checkpoint: 90 });
});

it('says each verdict in words', async () => {
  expect(await rows().first().locator('td').first().innerText()).toMatch(/fails|takes too long/);
});

it('leads from a place that names a step to its diff', async () => {
  await page.getByRole('button', { name: 'step 20 · checkpoint 20' }).first().click();
  expect(await newest()).toEqual({ type: 'openCheckpoint', checkpoint: 20 });
});
