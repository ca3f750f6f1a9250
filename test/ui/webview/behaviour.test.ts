// What a person does in the Run view, in a real Chromium under the webview's content security policy.

import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HostMessage, WebviewMessage } from '../../../src/protocol/webview.ts';
import type { RunState } from '../../../src/run/state.ts';
import { launchBrowser } from '../../host/browser.ts';
import { asPosted, FixtureServer, send } from './fixtureServer.ts';
import { FixtureRun } from './fixtures.ts';

const timeout = 60_000;
const started = Date.now() - 3_600_000;
let browser: Browser;
let server: FixtureServer;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), FixtureServer.start()]);
}, timeout);

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 280, height: 600 } });
  page = await server.open(context, 'dark');
}, timeout);

afterEach(async () => {
  await context.close();
  expect(server.problems.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser.close();
});

function shown(state: RunState): HostMessage {
  return { type: 'state', state, connection: { kind: 'attached', since: started }, now: Date.now() };
}

/** Sends what the run appended after `from`. */
async function stream(run: FixtureRun, from: number): Promise<void> {
  await send(
    page,
    run.entries.slice(from).map((entry) => ({ type: 'entry', entry })),
  );
}

const posted = (): Promise<readonly WebviewMessage[]> =>
  page.evaluate(() => window.fixture.posted.filter((m) => m.type !== 'ready'));
const box = () => page.getByRole('textbox', { name: 'Redirect' });
const focusedStep = () =>
  page.evaluate(
    () => document.querySelector('belay-run')?.shadowRoot?.activeElement?.querySelector('.number')?.textContent ?? null,
  );

it(
  'G3: Accept carries what stands on the page, waits for its entry, and is given back on refusal',
  { timeout },
  async () => {
    const run = new FixtureRun(started)
      .create()
      .step('Links', '', [])
      .verify('visible', 137, 274)
      .gate([{ kind: 'steps', text: '1 step' }]);
    await send(page, [shown(run.state), { type: 'review', filesChanged: 61, unread: 38 }]);
    await page.getByRole('button', { name: 'Accept (38 unread)' }).click();
    await page.getByRole('button', { name: 'Accepting…' }).click({ force: true });
    const asked = {
      checkpoint: 1,
      visibleRate: 0.5,
      visibleAt: 1,
      heldOutRate: null,
      filesChanged: 61,
      spentUsd: 0.042,
    };
    expect(await posted()).toEqual([{ type: 'accept', gate: 1, shown: asked }]);
    await send(page, [{ type: 'notice', severity: 'error', text: 'Decided in another window.', intent: 'accept' }]);
    await page.getByRole('status').getByText('Decided in another window.').waitFor();
    expect(await page.getByRole('button', { name: 'Accept (38 unread)' }).getAttribute('disabled')).toBeNull();
  },
);

it(
  'goes to the step of a link, also where nothing else changes, and as often as it is followed',
  { timeout },
  async () => {
    const run = new FixtureRun(started)
      .create()
      .history(30)
      .gate([{ kind: 'steps', text: '30 steps' }]);
    await send(page, [shown(run.state)]);
    for (const step of [2, 17, 17]) {
      await send(page, [{ type: 'reveal', step }]);
      const body = page
        .locator('belay-step', { has: page.locator('.step-body') })
        .filter({ hasText: `step ${String(step)} ·` });
      await body.waitFor();
      await expect.poll(focusedStep).toBe(String(step));
      await body.locator('.step-head').click(); // closes it again
      await body.waitFor({ state: 'detached' });
    }
  },
);

it(
  'Redirect…: Enter sends and Shift+Enter breaks the line; the directive can be withdrawn until it is sent',
  { timeout },
  async () => {
    const run = new FixtureRun(started)
      .create()
      .step('Links', '', [])
      .gate([{ kind: 'steps', text: '1 step' }]);
    await send(page, [shown(run.state)]);
    await page.getByRole('button', { name: 'Redirect…' }).click();
    await page.keyboard.type('Use a table.');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('No chain of ifs.');
    await page.keyboard.press('Enter');
    const text = 'Use a table.\nNo chain of ifs.';
    expect(await posted()).toMatchObject([{ type: 'redirect', text }]);
    expect(await box().inputValue()).toBe('');
    const before = run.state.seq;
    run.add({ type: 'directive.added', directive: 7, text, by: 'anna@host' });
    await stream(run, before);
    await page.getByText('Directive 7, in the next prompt.').waitFor();
    await page.getByRole('button', { name: 'Withdraw' }).click();
    expect((await posted()).at(-1)).toEqual({ type: 'withdraw', directive: 7 });
  },
);

it(
  'unsent text survives a reload, text on its way too until its entry came, and refused text comes back',
  { timeout },
  async () => {
    const run = new FixtureRun(started).create();
    const reload = async () => {
      await page.reload();
      await page.waitForFunction(() => window.fixture.posted.length > 0);
      await send(page, [shown(run.state)]);
    };
    await send(page, [shown(run.state)]);
    await box().fill('Half a thought');
    await reload();
    expect(await box().inputValue()).toBe('Half a thought');
    await box().press('Enter');
    await reload();
    expect(await box().inputValue()).toBe('Half a thought');
    await box().press('Enter');
    await box().fill('and more');
    await send(page, [{ type: 'notice', severity: 'error', text: 'No.', intent: 'redirect' }]);
    expect(await box().inputValue()).toBe('Half a thought\nand more');
    await box().press('Enter');
    const before = run.state.seq;
    run.add({ type: 'directive.added', directive: 1, text: 'Half a thought\nand more', by: 'anna@host' });
    await stream(run, before);
    // While entries come the page is drawn, and keeps its texts, a few times a second.
    await expect.poll(() => page.evaluate(() => sessionStorage.getItem('kept'))).not.toContain('Half a thought');
    await reload();
    expect(await box().inputValue()).toBe('');
  },
);

it('follows the stream, stops when one scrolls up, counts what is new, and follows again', { timeout }, async () => {
  const run = new FixtureRun(started).create().history(60).ask(61);
  await send(page, [shown(run.state)]);
  const log = page.getByRole('log');
  const fromEnd = () => log.evaluate((e) => Math.round(e.scrollHeight - e.clientHeight - e.scrollTop));
  const text = Array.from({ length: 30 }, (_, i) => `line ${String(i)}\n`).join('');
  await send(page, [{ type: 'delta', delta: { kind: 'text', step: 61, text } }]);
  await expect.poll(fromEnd).toBeLessThan(2);
  await log.hover();
  await page.mouse.wheel(0, -500);
  await page.locator('.follow').waitFor();
  const held = await log.evaluate((e) => e.scrollTop);
  const before = run.state.seq;
  run
    .answer(61, text, [])
    .checkpoint('step', 61, 'Links')
    .add({ type: 'step.finished', step: 61, checkpoint: 61, title: 'Links' });
  run.step('Lists', '', []);
  await stream(run, before);
  expect(await page.locator('.follow').innerText()).toBe('Follow · 2 new');
  expect(Math.abs((await log.evaluate((e) => e.scrollTop)) - held)).toBeLessThan(2);
  await page.locator('.follow').click();
  await expect.poll(fromEnd).toBeLessThan(2);
  expect(await page.locator('.follow').count()).toBe(0);
});

it('draws to an end at every height, between the two ways of scrolling too', { timeout }, async () => {
  const run = new FixtureRun(started)
    .create()
    .history(6)
    .gate([{ kind: 'steps', text: '6 steps since the last gate' }])
    .rollBack(2);
  await send(page, [shown(run.state)]);
  const before = run.state.seq;
  run.redirect('Keep the letters of other alphabets as they are.');
  await stream(run, before);
  // A drawing without an end would hold the page, and then this would not answer.
  const settle = () =>
    page.evaluate(
      () =>
        new Promise<boolean>((resolve) =>
          setTimeout(() => {
            resolve(true);
          }, 0),
        ),
    );
  for (let height = 700; height >= 200; height -= 2) {
    await page.setViewportSize({ width: 280, height });
    expect(await settle()).toBe(true);
  }
});

it('goes on following when a step ends and the box of its gate comes', { timeout }, async () => {
  const run = new FixtureRun(started).create().history(60).ask(61);
  await send(page, [shown(run.state)]);
  const log = page.getByRole('log');
  const fromEnd = () => log.evaluate((e) => Math.round(e.scrollHeight - e.clientHeight - e.scrollTop));
  const text = Array.from({ length: 11 }, (_, i) => `line ${String(i)}\n`).join('');
  await send(page, [{ type: 'delta', delta: { kind: 'text', step: 61, text } }]);
  await expect.poll(fromEnd).toBeLessThan(2);
  const before = run.state.seq;
  run
    .answer(61, text, [])
    .checkpoint('step', 61, 'Links')
    .add({ type: 'step.finished', step: 61, checkpoint: 61, title: 'Links' })
    .gate([{ kind: 'steps', text: '20 steps since the last gate' }]);
  await stream(run, before);
  await page.getByRole('button', { name: 'Review Gate' }).waitFor();
  await expect.poll(fromEnd).toBeLessThan(2);
  expect(await page.locator('.follow').count()).toBe(0);
});

it(
  'asks for the rollback to where a recording goes on, and shows its plan below however long a sentence',
  { timeout },
  async () => {
    await page.setViewportSize({ width: 280, height: 400 });
    const run = new FixtureRun(started).create().history(9).ask(10);
    run.add({
      type: 'run.paused',
      reason: 'recording',
      message: 'It goes on from checkpoint 7. '.repeat(30),
      checkpoint: 7,
    });
    await send(page, [shown(run.state), { type: 'notice', severity: 'info', text: 'Your words are kept.' }]);
    await page.getByRole('button', { name: 'Roll Back…' }).click();
    const plan = { to: 7, digest: 'd7', paths: [], write: 1, delete: 0, keep: 0, conflict: 0 };
    await send(page, [{ type: 'rollbackPlan', plan }]);
    // A button that lies under the sentence or below the window can't be clicked.
    await page.getByRole('button', { name: 'Roll Back', exact: true }).click({ timeout: 10_000 });
    expect(await posted()).toMatchObject([
      { type: 'rollBackAsk', checkpoint: 7 },
      { type: 'rollBackConfirm', to: 7 },
    ]);
    expect(await page.getByText('Applies after step').count()).toBe(0);
  },
);

it('has one scroll area where it is low, the gate in sight and the redirect box below it', { timeout }, async () => {
  await page.setViewportSize({ width: 280, height: 340 });
  const run = new FixtureRun(started).create().history(60);
  await send(page, [shown(run.state)]);
  const gate = () => page.getByRole('button', { name: 'Review Gate' });
  const scrolling = () =>
    page
      .locator('belay-run')
      .evaluate((view) =>
        [...(view.shadowRoot?.querySelectorAll('*') ?? [])]
          .filter((e) => e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(e).overflowY))
          .map((e) => e.className),
      );
  expect(await scrolling()).toEqual(['body']);
  const before = run.state.seq;
  run.gate([{ kind: 'steps', text: '60 steps since the last gate' }]);
  await stream(run, before);
  await gate().waitFor();
  expect(await scrolling()).toEqual(['body']);
  const inSight = async (part: Locator) => {
    const at = await part.boundingBox();
    return at !== null && at.y >= 0 && at.y + at.height <= 340;
  };
  await expect.poll(() => inSight(gate())).toBe(true);
  expect([await inSight(box()), await page.locator('.follow').count()]).toEqual([true, 0]);
  const opened = run.state.seq;
  await stream(run.decide('accept'), opened);
  await gate().waitFor({ state: 'detached' });
  const body = page.locator('.body');
  await expect
    .poll(() => body.evaluate((e) => Math.round(e.scrollHeight - e.clientHeight - e.scrollTop)))
    .toBeLessThan(2);
});

it(
  'G3: keeps the figures in sight while a gate is open, in one line where they are scrolled away',
  { timeout },
  async () => {
    const run = new FixtureRun(started)
      .create()
      .step('Links', '', [])
      .verify('visible', 137, 274)
      .gate([{ kind: 'steps', text: '1 step' }]);
    const brief = page.locator('.brief');
    await page.setViewportSize({ width: 280, height: 340 });
    await send(page, [shown(run.state)]);
    await brief.waitFor();
    expect(await brief.innerText()).toMatch(/^Visible\s+50\.0 %\s+Held-out\s+–\s+\$0\.04$/);
    await page.setViewportSize({ width: 280, height: 900 });
    await brief.waitFor({ state: 'detached' });
    expect(await page.locator('.figures').isVisible()).toBe(true);
  },
);

it('opens the prompt of a step by keyboard, and of the step in progress', { timeout }, async () => {
  const run = new FixtureRun(started).create().history(3).ask(4);
  await send(page, [shown(run.state)]);
  await page.locator('belay-step .step-head').last().focus();
  await page.keyboard.press('ArrowRight');
  const open = page.locator('belay-step[expanded]').getByRole('button', { name: 'Open Prompt' });
  await open.waitFor();
  for (let i = 0; i < 12 && !(await open.evaluate((e) => e.matches(':focus'))); i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('belay-live-step').getByRole('button', { name: 'Open Prompt' }).press('Enter');
  expect(await posted()).toEqual([
    { type: 'openPrompt', step: 3 },
    { type: 'openPrompt', step: 4 },
  ]);
});

it('tells who comes back what happened, leads to it and can be dismissed', { timeout }, async () => {
  const run = new FixtureRun(started).create().history(3);
  const news = { awayMs: 3 * 3_600_000, steps: 41, cases: 12, spentUsd: 4.1 };
  await send(page, [shown(run.state), { type: 'away', news }]);
  await page.getByText('3 h away: 41 steps, +12 cases, $4.10.').waitFor();
  await page.getByRole('button', { name: 'What Happened' }).click();
  await page.getByRole('button', { name: 'Dismiss the summary' }).click();
  expect(await posted()).toEqual([{ type: 'openReport' }, { type: 'dismissAway' }]);
  await send(page, [{ type: 'away', news: null }]);
  expect(await page.locator('.away').count()).toBe(0);
});

it('pages older steps in without moving what is in sight', { timeout }, async () => {
  const run = new FixtureRun(started).create().history(80);
  const all = run.state.steps;
  await send(page, [shown({ ...run.state, steps: all.slice(40) })]);
  const log = page.getByRole('log');
  await log.evaluate((e) => e.scrollTo(0, 0));
  expect(await posted()).toEqual([{ type: 'olderSteps', before: 41 }]);
  await log.evaluate((e) => e.scrollTo(0, 40 * 22));
  const top = () =>
    page.locator('[data-slot="41"] belay-step').evaluate((e) => Math.round(e.getBoundingClientRect().top));
  const before = await top();
  await send(page, [{ type: 'steps', before: 41, steps: all.slice(0, 40) }]);
  await log.evaluate((e) => e.scrollBy(0, -22));
  await page.locator('[data-slot="40"] belay-step').waitFor({ state: 'attached' });
  await log.evaluate((e) => e.scrollBy(0, 22));
  expect(Math.abs((await top()) - before)).toBeLessThan(30);
});

it('is one tab stop for all rows; arrows move, open and close them', { timeout }, async () => {
  const run = new FixtureRun(started).create().history(30);
  await send(page, [shown(run.state)]);
  await page.locator('belay-step .step-head').last().focus();
  await page.keyboard.press('ArrowUp');
  expect(await focusedStep()).toBe('29');
  await page.keyboard.press('ArrowRight');
  await page.locator('belay-step[expanded] .calls').waitFor();
  await page.keyboard.press('ArrowLeft');
  expect(await page.locator('belay-step[expanded]').count()).toBe(0);
  await page.keyboard.press('Home');
  expect(await focusedStep()).toBe('1');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.querySelector('belay-run')?.shadowRoot?.activeElement?.className)).toBe(
    'follow',
  );
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.querySelector('belay-run')?.shadowRoot?.activeElement?.tagName)).toBe(
    'TEXTAREA',
  );
});

const longAgo = 20_000;
/** A run of 20,000 steps as its window sees it: the newest 400 in the state. */
function longState(): RunState {
  const { state } = new FixtureRun(started).create().history(400);
  const steps = state.steps.map((step, i) => ({ ...step, step: longAgo - 399 + i, seq: 1_000_000 - 20_000 + i * 50 }));
  return { ...state, seq: 1_000_000, steps, happenings: [], stepsFinished: longAgo, stepsStarted: longAgo };
}
const pageOf = (before: number, state: RunState): HostMessage => ({
  type: 'steps',
  before,
  steps: state.steps.slice(0, 30).map((step, i) => ({ ...step, step: before - 30 + i, seq: (before - 30 + i) * 50 })),
});
const askedPages = async () =>
  (await posted()).flatMap((message) => (message.type === 'olderSteps' ? [message.before] : []));
const topStep = () =>
  page.getByRole('log').evaluate((log) => {
    const { top } = log.getBoundingClientRect();
    const slots = [...log.querySelectorAll<HTMLElement>('.slot')];
    return Number(slots.find((slot) => slot.getBoundingClientRect().bottom > top + 1)?.dataset['slot']);
  });

it('scrolls to any of 20,000 steps, asks for those in sight alone, and has few rows', { timeout }, async () => {
  const state = longState();
  await send(page, [shown(state)]);
  const log = page.getByRole('log');
  await log.evaluate((e) => e.scrollTo(0, 9_000 * 22));
  await expect.poll(askedPages).toHaveLength(1);
  const [before = 0] = await askedPages();
  expect([before > 9_000, before < 9_100]).toEqual([true, true]);
  await send(page, [pageOf(before, state)]);
  await page.locator('[data-slot="9005"] belay-step').waitFor();
  expect(await topStep()).toBeGreaterThan(8_990);
  expect(await topStep()).toBeLessThan(9_010);
  expect(await page.locator('.slot').count()).toBeLessThan(90);
  await page.locator('.log').press('End'); // no row has the focus yet: nothing moves
  await send(page, [{ type: 'notice', severity: 'error', text: 'No engine.', intent: 'olderSteps' }]);
  const asked = (await askedPages()).length;
  await send(page, [{ type: 'connection', connection: { kind: 'lost', since: started } }]);
  expect(await askedPages(), 'what failed is not asked for again and again').toHaveLength(asked);
});

it(
  'comes back where it was after the page was thrown away: scrolled to a step, with its row open',
  { timeout },
  async () => {
    const state = longState();
    await send(page, [shown(state)]);
    const log = page.getByRole('log');
    await log.evaluate((e, top) => e.scrollTo(0, top), (longAgo - 301) * 22 + 7);
    await expect.poll(topStep).toBe(longAgo - 300);
    await page.locator(`[data-slot="${String(longAgo - 298)}"] .step-head`).click();
    await page.locator('belay-step[expanded]').waitFor();
    const place = () =>
      page.locator(`[data-slot="${String(longAgo - 299)}"]`).evaluate((e) => e.getBoundingClientRect().top);
    const before = await place();
    await page.reload();
    await page.waitForFunction(() => window.fixture.posted.some((m) => m.type === 'ready'));
    await send(page, [shown(state)]);
    await page.locator('belay-step[expanded] .step-body').waitFor();
    expect(await page.locator('belay-step[expanded]').count()).toBe(1);
    await expect.poll(async () => Math.abs((await place()) - before)).toBeLessThan(2);
    await page.getByRole('button', { name: 'Follow' }).click();
    await page.reload();
    await page.waitForFunction(() => window.fixture.posted.some((m) => m.type === 'ready'));
    await send(page, [shown(state)]);
    await page.locator(`[data-slot="${String(longAgo)}"] belay-step`).waitFor();
    expect(await page.getByRole('button', { name: 'Follow' }).count(), 'it followed, and follows again').toBe(0);
  },
);

it('comes back to an old step whose page has to be asked for first', { timeout }, async () => {
  const state = longState();
  await send(page, [shown(state)]);
  await page.getByRole('log').evaluate((e) => e.scrollTo(0, 5_000 * 22 + 10));
  await expect.poll(askedPages).toHaveLength(1);
  await page.reload();
  await page.waitForFunction(() => window.fixture.posted.some((m) => m.type === 'ready'));
  await send(page, [shown(state)]);
  await expect.poll(topStep).toBe(5_001);
  let answered = 0;
  const pagesUntilThere = async () => {
    for (const before of (await askedPages()).slice(answered)) {
      answered += 1;
      await send(page, [pageOf(before, state)]);
    }
    return page.locator('[data-slot="5001"] belay-step').count();
  };
  await expect.poll(pagesUntilThere).toBe(1);
  await page.locator('[data-slot="5001"] belay-step').waitFor();
  expect(await topStep()).toBe(5_001);
});

it('draws escape sequences and markup of an output as text', { timeout }, async () => {
  const evil = '\u001b[31m<img src=x onerror="document.title=1">\u001b[0m';
  const run = new FixtureRun(started)
    .create()
    .step('Links', evil, [{ name: 'run', title: `run ${evil}`, output: evil, exitCode: 1 }]);
  await send(page, [shown(run.state)]);
  await page.locator('.step-head').click();
  expect(await page.locator('pre.output').innerText()).toBe('^[[31m<img src=x onerror="document.title=1">^[[0m');
  expect(await page.locator('p.said').textContent()).toBe('^[[31m<img src=x onerror="document.title=1">^[[0m');
  expect([await page.locator('main img').count(), await page.title()]).toEqual([0, 'Run']);
});

it('ticks the time by itself and draws nothing else for it', { timeout }, async () => {
  await context.close();
  context = await browser.newContext({ viewport: { width: 280, height: 600 } });
  await context.clock.install({ time: started });
  page = await server.open(context, 'dark');
  const run = new FixtureRun(started).create().ask(1);
  await page.evaluate(
    (message) => {
      window.fixture.send(message);
    },
    asPosted({ ...shown(run.state), now: run.state.at } as HostMessage),
  );
  await context.clock.runFor(100);
  const ticking = page.locator('.state belay-since');
  await page.evaluate(() => {
    const root = document.querySelector('belay-run')?.shadowRoot;
    if (!root) return;
    new MutationObserver((records) => {
      for (const r of records) if (r.target.nodeName !== 'BELAY-SINCE') document.title = `drew ${r.target.nodeName}`;
    }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await context.clock.runFor(41_000);
  expect([await ticking.textContent(), await page.title()]).toEqual(['41 s', 'Run']);
});

it('has one live region, which what changes all the time does not reach', { timeout }, async () => {
  const run = new FixtureRun(started).create().ask(1);
  await send(page, [shown(run.state)]);
  const live = page.locator('[role=status], [aria-live]:not([aria-live=off]), [role=alert]');
  expect(await live.count()).toBe(1);
  const spoken = () => live.ariaSnapshot();
  expect(await spoken()).toBe('- status: Running');
  const before = run.state.seq;
  run.answer(1, '', [{ name: 'run', title: 'run make' }]).startTool(1, 0, { name: 'run', title: 'run make' });
  await stream(run, before);
  expect([await live.innerText(), await spoken()]).toEqual([expect.stringContaining('run make'), '- status: Running']);
  expect(await page.getByRole('log').getAttribute('aria-live')).toBe('off');
});

it('B3: draws of a thousand rows those near the window, within the time of a blink', { timeout }, async () => {
  const run = new FixtureRun(started).create().history(400);
  const steps = Array.from({ length: 1_000 }, (_, i) => ({
    ...run.state.steps[i % 400],
    step: i + 1,
    checkpoint: i + 1,
  }));
  const message = asPosted(shown({ ...run.state, steps, stepsFinished: 1_000 } as RunState));
  const drawn = await page.evaluate(async (m) => {
    const begin = performance.now();
    window.fixture.send(m);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - begin;
  }, message);
  const fragment = await page.evaluate(async () => {
    const begin = performance.now();
    for (let i = 0; i < 200; i++)
      window.fixture.send({ type: 'delta', delta: { kind: 'text', step: 1_001, text: 'word ' } });
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - begin;
  });
  console.log(`1,000 rows: ${drawn.toFixed(0)} ms; 200 fragments: ${fragment.toFixed(0)} ms`);
  expect(await page.locator('belay-step').count()).toBeLessThan(80);
  expect(await page.locator('.rows').evaluate((e) => e.getBoundingClientRect().height)).toBeGreaterThan(1_000 * 20);
});
