// Review in a real window: groups and pages of 110 files, ticks that go when the bytes change, files accepted and rejected one by
// one, the key that reads through all of them, the list of diffs that closes with its gate; and the Checkpoints view beside it.
// The tests of this file are one story and run in order.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { runs, say, script, upper, writes } from '../contract/harness.ts';
import type { Workbench } from '../host/workbench.ts';
import { BelayHost } from './belayHost.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;
/** A red square and a blue one. */
const squares = [
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mO4o6FBEmIY1TCqYfhqAAAyBCwQhCQ/2gAAAABJRU5ErkJggg==',
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mPQCLhDEmIY1TCqYfhqAAANiFQQvjVUkgAAAABJRU5ErkJggg==',
].map((base64) => Buffer.from(base64, 'base64'));
/** The machine may be busy, and a list of a hundred diffs keeps a window busy too. */
const soon = { timeout: 15_000 };
let host: BelayHost;
let model: ModelServer;
let workbench: Workbench;
let client: RunConnection;
let dir: string;

beforeAll(async () => {
  const many =
    'for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do echo $i$j > part-$i$j.txt; done; done';
  const answer = script(
    say(
      'A first try, in many parts.',
      runs(
        `${many}; rm old.md; echo left-pad==1.0 >> requirements.txt; cat new.png > logo.png; printf 'a\\000b' > table.bin`,
      ),
      writes('upper.sh', 'cat\n'),
      writes('src/letters.sh', 'echo letters\n'),
      writes('package-lock.json', '{}\n'),
    ),
    say('Now in capitals.', writes('upper.sh', upper)),
    say('One more.', writes('more.md', 'more\n')),
  );
  model = await ModelServer.start({ key: null, answer });
  host = await BelayHost.start({ first: 'upper' });
  dir = join(host.folder, 'upper');
  host.writeTask(dir, { modelUrl: model.url, overrides: { gates: { everySteps: 1 } } });
  host.put(join(dir, 'old.md'), 'old\nand gone\n');
  host.put(join(dir, 'requirements.txt'), 'six==1.16\n');
  for (const [index, name] of ['logo.png', 'new.png'].entries()) writeFileSync(join(dir, name), squares[index] ?? '');
  ({ workbench } = host);
  await workbench.openContainer('Belay');
  ({ client } = await host.startRun());
}, 3 * minuteMs);

afterAll(async () => {
  await host.close();
  await model.stop();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => workbench);
});

const row = (text: string | RegExp): Locator => workbench.treeRow('Review', text).first();
const tick = (name: string): Locator => row(name).locator('[role=checkbox]').first();

async function isTicked(name: string): Promise<boolean> {
  return (await tick(name).getAttribute('aria-checked')) === 'true';
}

/** The addresses of the images of 16 pixels that VS Code's own preview has drawn. */
async function drawnImages(): Promise<readonly string[]> {
  const drawn = (images: (HTMLElement | SVGElement)[]) =>
    images.flatMap((image) =>
      image instanceof HTMLImageElement && image.naturalWidth === 16 && image.width > 0 ? [image.src] : [],
    );
  const frames = workbench.page.frames().map((frame) => frame.locator('img').evaluateAll(drawn));
  return (await Promise.all(frames)).flat();
}

/** Gives Review all of the side bar's height, so that its rows are drawn. */
async function makeRoom(): Promise<void> {
  for (const name of ['Run', 'Checkpoints']) {
    const header = workbench.pane(name).locator('.pane-header').first();
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.locator('.title').click();
  }
  await workbench.openPane('Review');
}

describe('the Review view', { timeout: 2 * minuteMs }, () => {
  it('groups what to look at first, the others in pages, and what is generated', async () => {
    await client.until((state) => state.gate !== null);
    await makeRoom();
    await row('Look first').waitFor();
    expect(await row('requirements.txt').innerText()).toContain('new dependency: left-pad');
    expect(await row('old.md').innerText()).toContain('deleted');
    await row('1–40 of 104').waitFor();
    await workbench.screenshot('review-01-groups');
    expect(await row('part-00.txt').getAttribute('aria-label')).toMatch(
      /^part-00\.txt, added, 1 line added, 0 removed, not read/,
    );
  });

  it('ticks a file by hand, and accepts nothing by that', async () => {
    await tick('requirements.txt').click();
    await expect.poll(() => isTicked('requirements.txt')).toBe(true);
    await workbench.pane('Review').locator('.description', { hasText: '1 of 107 files' }).waitFor();
    await workbench.screenshot('review-02-ticked');
    expect(client.state.acceptedFiles).toEqual({});
  });

  it('unticks and ticks by Space on the box', async () => {
    for (const ticked of [false, true]) {
      await tick('requirements.txt').focus();
      await workbench.page.keyboard.press('Space');
      await expect.poll(() => isTicked('requirements.txt'), soon).toBe(ticked);
      const read = ticked ? '1 of 107 files' : '107 files';
      await workbench
        .pane('Review')
        .locator('.description', { hasText: new RegExp(`^${read}`) })
        .waitFor();
    }
  });

  it('opens the gate’s version beside the accepted one, and an image as an image', async () => {
    await row('requirements.txt').click();
    await workbench.editorTab(/requirements\.txt \(Accepted ↔ Checkpoint 1\)/).waitFor();
    await row('logo.png').click();
    await workbench.editorTab(/logo\.png \(Accepted ↔ Checkpoint 1\)/).waitFor();
    await expect.poll(async () => new Set(await drawnImages()).size, soon).toBe(2);
    await workbench.screenshot('review-03-image');
  });

  it('reads on by one key', async () => {
    await row('requirements.txt').click();
    await workbench.editorTab(/requirements\.txt \(Accepted/).waitFor();
    await workbench.page.keyboard.press('Control+K');
    await workbench.page.keyboard.press('g');
    await workbench
      .editorTab(/logo\.png|old\.md|part-00/)
      .first()
      .waitFor();
    await workbench.screenshot('review-04-next');
  });

  it('accepts a file and takes that back', async () => {
    await workbench.treeAction('Review', 'requirements.txt', 'Accept File');
    await client.until((state) => state.acceptedFiles['requirements.txt'] === 1);
    await workbench.screenshot('review-05-accepted');
    await expect.poll(() => row('requirements.txt').count(), soon).toBe(0);
    await workbench.clickToast('accepted requirements.txt', 'Undo');
    await client.until((state) => Object.keys(state.acceptedFiles).length === 0);
    // It is offered again, and was read.
    await workbench.pane('Review').locator('.description', { hasText: '1 of 107 files' }).waitFor();
    await workbench.command('Belay: Accept Reviewed');
    await client.until((state) => state.acceptedFiles['requirements.txt'] === 1);
    // The rows below it move up when it goes.
    await expect.poll(() => row('requirements.txt').count(), soon).toBe(0);
  });

  it('rejects a file with a reason that the agent is told, and takes that back', async () => {
    await row('old.md').filter({ hasText: '−2' }).waitFor();
    await workbench.treeAction('Review', 'old.md', 'Reject File…');
    await workbench.screenshot('review-06-why');
    await workbench.quickInput('I still need it');
    await workbench.toast(/put back old\.md\. Directive 1 tells the agent/).waitFor();
    expect(readFileSync(join(dir, 'old.md'), 'utf8')).toBe('old\nand gone\n');
    await client.until((state) => state.directives[0]?.text.includes('I still need it') ?? false);
    await workbench.screenshot('review-07-rejected');
    await workbench.clickToast(/put back old\.md/, 'Undo');
    await client.until((state) => state.directives[0]?.withdrawn === true);
    // The list is drawn anew: with its names at once, then with their counts.
    await row('old.md').filter({ hasText: '−2' }).waitFor();
  });

  it('unticks a file whose bytes changed, and closes the gate’s list of diffs with the gate', async () => {
    // VS Code draws the tree anew after what went before, and a click in that moment is lost.
    const close = async () => {
      if ((await row('1–40 of').getAttribute('aria-expanded')) === 'true') await row('1–40 of').click();
      return row('81–104 of').count();
    };
    await expect.poll(close, { ...soon, interval: 500 }).toBe(1);
    await row('81–104 of').click();
    await tick('upper.sh').click();
    // The box is ticked at once; that it was read is known when the view says so.
    await workbench
      .pane('Review')
      .locator('.description', { hasText: /^1 of \d+ files/ })
      .waitFor();
    await workbench.command('Belay: Open All Diffs');
    await workbench.editorTab(/Gate at step 1, 1–40 of \d+ \(40 files\)/).waitFor();
    await workbench.screenshot('review-08-page');
    await client.request('decide', {
      gate: 1,
      decision: 'redirect',
      text: 'Capitals.',
      shown: { checkpoint: 1, visibleRate: 0, heldOutRate: null, filesChanged: 1, spentUsd: 0 },
    });
    await client.until((state) => state.gate?.gate === 2);
    await expect.poll(() => workbench.editorTab(/Gate at step 1,/).count(), soon).toBe(0);
    await expect.poll(() => row('upper.sh').innerText(), soon).toContain('changed since you read it');
    expect(await isTicked('upper.sh')).toBe(false);
    await workbench.screenshot('review-09-second-gate');
  });
});

describe('the Checkpoints view', { timeout: 2 * minuteMs }, () => {
  it('shows the day, what is accepted and the best, and compares two that are selected', async () => {
    await workbench.pane('Review').locator('.pane-header .title').first().click();
    await workbench.openPane('Checkpoints');
    const checkpoints = (text: string | RegExp) => workbench.treeRow('Checkpoints', text).first();
    const gate = `^\\s*${String(client.state.gate?.checkpoint)}\\s.*gate`;
    await checkpoints(new RegExp(gate)).waitFor(); // until then the rows are drawn anew
    await checkpoints('Accepted').waitFor();
    await checkpoints(/and 1 file since/).waitFor();
    await workbench.screenshot('review-11-checkpoints');
    await checkpoints(/^\s*0\s/).click();
    await checkpoints(/^\s*1\s/).click({ modifiers: ['Control'] });
    await checkpoints(/^\s*1\s/).click({ button: 'right' });
    // VS Code's menus take no click in their first moments, so that the click that opens one chooses nothing.
    await workbench.page.getByRole('menuitem', { name: 'Diff with Selected' }).hover();
    await workbench.page.keyboard.press('Enter');
    await workbench.editorTab(/Checkpoints 0 and 1/).waitFor();
    await workbench.pane('Checkpoints').locator('.pane-header .title').first().click();
    await workbench.openPane('Review');
  });
});

describe('after the end', { timeout: 2 * minuteMs }, () => {
  it('what the run left can still be accepted, and the checkpoints thinned', async () => {
    await client.request('stop', {});
    await client.until((state) => state.ended !== null);
    if (!(await isTicked('upper.sh'))) await tick('upper.sh').click();
    await workbench
      .pane('Review')
      .locator('.description', { hasText: /^1 of \d+ files/ })
      .waitFor();
    await workbench.command('Belay: Accept Reviewed');
    await client.until((state) => 'upper.sh' in state.acceptedFiles);
    await expect.poll(() => row('upper.sh').count(), soon).toBe(0);
    await workbench.command('Belay: Thin Checkpoints…');
    await workbench.page.locator('.quick-input-widget').getByText('Keep the Newest 10').waitFor();
    await workbench.screenshot('review-12-after-the-end');
    await workbench.page.keyboard.press('Escape');
  });
});

describe('the looks', { timeout: 2 * minuteMs }, () => {
  it('are right in light, dark and high contrast', async () => {
    for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
      await workbench.setTheme(theme);
      expect(await workbench.screenshot(`review-10-${theme}`)).toContain(theme);
    }
  });
});
