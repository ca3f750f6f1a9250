/**
 * Job: what a story stands on: a window with Belay, and `look`, which takes its picture and lets axe check what Belay draws.
 * Boundary: the host is BelayHost; axe looks into Belay's own webviews and at nothing of VS Code's. What was looked at is told
 *   in out/stories for the figures (see ../e2e/main.ts). Pictures land in out/pictures; the chosen ones also in media/, when
 *   BELAY_UPDATE_PICTURES is set.
 */
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Frame } from 'playwright-core';
import { smallPng } from '../pictures/png.ts';
import type { Theme } from '../host/workbench.ts';
import { BelayHost } from '../e2e/belayHost.ts';
import { toldDir, updateFlag, type Told } from './told.ts';

const root = join(import.meta.dirname, '..', '..');
const pictureDir = join(root, 'out', 'pictures');

/** Small enough that a picture of it can be read in a README. */
const sizePx = { width: 1280, height: 900 };

/** The side bar of a small laptop: 48 px of activity bar and 280 px of views. */
const narrowPx = 280;

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

export interface Look {
  /** More themes than the one that is set; the window is back in dark afterwards. */
  readonly themes?: readonly Theme[];
  /** With a side bar of 280 px too. */
  readonly narrow?: boolean;
  /** The picture in media/ that this one becomes, such as `run-at-gate.png`. */
  readonly media?: string;
}

export class Stage {
  readonly host: BelayHost;
  private readonly story: string;
  private pictures = 0;
  private readonly violations: string[] = [];

  private constructor(story: string, host: BelayHost) {
    this.story = story;
    this.host = host;
  }

  static async open(story: string, options: Parameters<typeof BelayHost.start>[0]): Promise<Stage> {
    const settings = { 'workbench.colorTheme': 'Dark 2026', ...options.settings };
    const host = await BelayHost.start({ ...options, settings });
    await host.workbench.page.setViewportSize(sizePx);
    return new Stage(story, host);
  }

  /** A picture of the window as it is, and a check of every page of Belay's that is in sight. */
  async look(name: string, { themes = [], narrow = false, media }: Look = {}): Promise<void> {
    await this.lookOnce(`${this.story}-${name}`, media);
    if (narrow) {
      await this.dragSideBar(narrowPx);
      await this.lookOnce(`${this.story}-${name}-narrow`);
      await this.dragSideBar(300);
    }
    for (const theme of themes) {
      await this.host.workbench.setTheme(theme);
      await this.lookOnce(`${this.story}-${name}-${theme}`);
    }
    if (themes.length > 0) await this.host.workbench.setTheme('dark');
  }

  /** What axe found so far, a line each. */
  get axeViolations(): readonly string[] {
    return this.violations;
  }

  async close(): Promise<void> {
    mkdirSync(toldDir, { recursive: true });
    const told: Told = { pictures: this.pictures, axeViolations: this.violations };
    writeFileSync(join(toldDir, `${this.story}.json`), JSON.stringify(told));
    await this.host.close();
  }

  private async lookOnce(name: string, media?: string): Promise<void> {
    const { page } = this.host.workbench;
    mkdirSync(pictureDir, { recursive: true });
    const path = join(pictureDir, `${name}.png`);
    const png = await page.screenshot({ path });
    this.pictures += 1;
    if (media !== undefined && process.env[updateFlag] !== undefined) {
      const file = join(root, 'media', media);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, smallPng(png));
    }
    for (const frame of page.frames()) this.violations.push(...(await axeCheck(frame, name)));
  }

  private async dragSideBar(widthPx: number): Promise<void> {
    const { page } = this.host.workbench;
    const box = await page.locator('.part.sidebar').boundingBox();
    if (box === null) throw new Error('the side bar is not in sight');
    await page.mouse.move(box.x + box.width, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + widthPx, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(box.x + widthPx + 200, 1); // the sash would stay lit under it
  }
}

/** What axe finds in a frame, a line each; nothing for a frame that is not a page of Belay's, or is not in sight. */
export async function axeCheck(frame: Frame, name: string): Promise<readonly string[]> {
  if (frame.isDetached() || !frame.url().includes('/pre/fake.html')) return [];
  const view = await frame.locator('body').first().getAttribute('data-view');
  // VS Code keeps the frames of hidden webviews; what is not shown has no size.
  const shown = await frame.evaluate(() => document.documentElement.clientWidth > 0);
  if (view === null || !shown) return [];
  await frame.evaluate(axeSource); // as a script of the page's own would be refused by its policy
  const { violations } = await frame.evaluate(
    (tags) => (window as unknown as AxeWindow).axe.run(document.body, { runOnly: tags }),
    axeTags,
  );
  return violations.map(({ id, help, nodes }) => {
    const where = nodes
      .slice(0, 3)
      .map(({ target, failureSummary }) => `${target.flat().join(' ')}: ${failureSummary ?? ''}`);
    return `${name} (${view}): ${id}: ${help}\n    ${where.join('\n    ')}`;
  });
}

interface AxeWindow {
  readonly axe: { run(where: Element, options: { readonly runOnly: readonly string[] }): Promise<AxeResults> };
}
