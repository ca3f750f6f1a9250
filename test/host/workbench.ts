// Job: a page object over VS Code's workbench, so that a UI test reads as what a person does.
// Boundary: knows VS Code's own markup, nothing of Belay but the two marks on a webview's body (see webview()). Every wait
//   is for something that can be seen; there are no sleeps as synchronisation.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Frame, Locator, Page } from 'playwright-core';
import type { VscodeServer } from './vscodeServer.ts';

const screenshotDir = join(import.meta.dirname, '..', '..', 'out', 'screenshots');
const drawLimitMs = 60_000;
const lookLimitMs = 20_000;

/** The name in VS Code's list of themes and the class that VS Code puts on the workbench for it. */
const themes = {
  dark: { label: 'Dark 2026', className: 'vs-dark' },
  light: { label: 'Light 2026', className: 'vs' },
  highContrast: { label: 'Dark High Contrast', className: 'hc-black' },
  highContrastLight: { label: 'Light High Contrast', className: 'hc-light' },
} as const;
export type Theme = keyof typeof themes;

export interface Workbench {
  readonly page: Page;
  /** Runs a command from the palette by the title that is shown there, e.g. `Belay: Start Reconstruction`. */
  command(title: string): Promise<void>;
  /** Whether the palette offers a command now; the extension is active already. */
  hasCommand(title: string): Promise<boolean>;
  /** The inner frame of Belay's webview `<body data-view="NAME" data-ready>`, once its last script has set data-ready. */
  webview(view: string): Promise<Frame>;
  /** Shows an activity-bar container by its title, e.g. `Belay`. */
  openContainer(title: string): Promise<void>;
  openScm(): Promise<void>;
  /** A view in the side bar by the title of its header; `opened` unfolds it. */
  pane(title: string): Locator;
  openPane(title: string): Promise<Locator>;
  /** A row of a tree in a side-bar view, by text. Trees draw only what is in sight. */
  treeRow(pane: string, text: string | RegExp): Locator;
  /** Clicks an inline action of a tree row, by the action's title. */
  treeAction(pane: string, row: string | RegExp, action: string): Promise<void>;
  /** Types into the open quick input and, unless told not to, presses Enter. */
  quickInput(text: string, options?: { readonly enter?: boolean }): Promise<void>;
  /** Picks a row of the open quick pick by its text. */
  quickPick(text: string | RegExp): Promise<void>;
  /** A status bar item by its text; empty locator when there is none. */
  statusBarItem(text: string | RegExp): Locator;
  /** A notification toast by its text. There are none on a server with smokeTestDriver. */
  toast(text: string | RegExp): Locator;
  clickToast(text: string | RegExp, button: string): Promise<void>;
  /** Takes all toasts away, as a person does who has read them. */
  clearToasts(): Promise<void>;
  /** A modal dialog by its text, and a click on one of its buttons. */
  dialog(text: string | RegExp): Locator;
  clickDialog(text: string | RegExp, button: string): Promise<void>;
  /** The tab of an open editor by its title. */
  editorTab(title: string | RegExp): Locator;
  setTheme(theme: Theme): Promise<void>;
  /** Reloads the window as Developer: Reload Window does and waits until it is drawn again. */
  reload(): Promise<void>;
  /** Shows another folder of the server in this window, as Open Folder does. */
  openFolder(folder: string): Promise<void>;
  /** A second window on the same folder, of the same browser: what VS Code keeps in the browser they share. */
  secondWindow(): Promise<Workbench>;
  /** Writes out/screenshots/NAME.png and returns its path. */
  screenshot(name: string): Promise<string>;
  /** Closes the window; the first one takes those along that it opened. */
  close(): Promise<void>;
}

export interface WorkbenchOptions {
  readonly widthPx?: number;
  readonly heightPx?: number;
}

/** Opens a window of its own (a browser context) on the server's workspace and waits until it is drawn. */
export async function openWorkbench(
  server: VscodeServer,
  browser: Browser,
  options: WorkbenchOptions = {},
): Promise<Workbench> {
  const context = await browser.newContext({
    viewport: {
      width: options.widthPx ?? 1440,
      height: options.heightPx ?? 900,
    },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  return openPage(server, context, server.url, () => context.close());
}

async function openPage(
  server: VscodeServer,
  context: BrowserContext,
  url: string,
  close: (page: Page) => Promise<void>,
): Promise<Workbench> {
  const page = await context.newPage();
  await page.goto(url);
  await drawn(page);
  const commands = palette(page);
  return {
    page,
    ...commands,
    ...sideBar(page),
    ...messages(page),
    clearToasts: async () => {
      await commands.command('Notifications: Clear All Notifications');
      await page.locator('.notification-toast').first().waitFor({ state: 'detached', timeout: lookLimitMs });
    },
    webview: (view) => findWebview(page, view),
    editorTab: (title) => page.locator('.tabs-container .tab', { hasText: title }),
    setTheme: async (theme) => {
      // Through the palette: a window of this host doesn't notice that settings.json changed on the disk.
      await commands.command('Preferences: Color Theme');
      await commands.quickInput(themes[theme].label);
      await page.locator(`.monaco-workbench.${themes[theme].className}`).waitFor({ timeout: lookLimitMs });
    },
    reload: async () => {
      await page.reload();
      await drawn(page);
    },
    openFolder: async (folder) => {
      await page.goto(server.urlOf(folder));
      await drawn(page);
    },
    secondWindow: () => openPage(server, context, page.url(), (second) => second.close()),
    screenshot: async (name) => {
      mkdirSync(screenshotDir, { recursive: true });
      const path = join(screenshotDir, `${name}.png`);
      await page.screenshot({ path });
      return path;
    },
    close: () => close(page),
  };
}

async function drawn(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: drawLimitMs });
}

type Palette = Pick<Workbench, 'command' | 'hasCommand' | 'quickInput' | 'quickPick'>;

function palette(page: Page): Palette {
  const widget = page.locator('.quick-input-widget');
  const input = widget.locator('input:not([type=checkbox]), textarea').first();
  const row = (text: string | RegExp): Locator =>
    widget.locator('.quick-input-list .monaco-list-row', { hasText: text });
  return {
    // The palette doesn't refresh itself while extensions are still registering their commands, and it closes when an editor that
    // was just opened takes the focus: open it anew and look again.
    command: async (title) => {
      const giveUpAt = Date.now() + drawLimitMs;
      for (;;) {
        await page.keyboard.press('F1');
        if (
          (await appears(input, 3000)) &&
          (await filled(input, `>${title}`)) &&
          (await appears(row(title).first(), 1000))
        )
          break;
        if (Date.now() > giveUpAt) throw new Error(`the palette has no command "${title}"`);
        await page.keyboard.press('Escape');
        await widget.waitFor({ state: 'hidden', timeout: lookLimitMs });
      }
      await row(title).first().click();
    },
    hasCommand: async (title) => {
      await page.keyboard.press('F1');
      await input.waitFor({ timeout: lookLimitMs });
      await input.fill(`>${title}`);
      // The list always has a row: "No matching commands" where nothing fits, or commands that fit less well.
      await row(/./).first().waitFor({ timeout: lookLimitMs });
      const found = await appears(row(title).first(), 1000);
      await page.keyboard.press('Escape');
      await widget.waitFor({ state: 'hidden', timeout: lookLimitMs });
      return found;
    },
    quickInput: async (text, options) => {
      await input.waitFor({ timeout: lookLimitMs });
      await input.fill(text);
      if (options?.enter !== false) await page.keyboard.press('Enter');
    },
    quickPick: async (text) => {
      await row(text).first().click({ timeout: lookLimitMs });
    },
  };
}

/** false where it is gone before it can be written to. */
async function filled(input: Locator, text: string): Promise<boolean> {
  try {
    await input.fill(text, { timeout: 3000 });
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return false;
    throw error;
  }
}

async function appears(locator: Locator, timeoutMs: number): Promise<boolean> {
  try {
    await locator.waitFor({ timeout: timeoutMs });
    return true;
  } catch (error) {
    // Only "not there in time" is an answer; a closed page or a crash is not.
    if (error instanceof Error && error.name === 'TimeoutError') return false;
    throw error;
  }
}

type SideBar = Pick<Workbench, 'openContainer' | 'openScm' | 'pane' | 'openPane' | 'treeRow' | 'treeAction'>;

function sideBar(page: Page): SideBar {
  const bar = page.locator('.part.sidebar');
  const pane = (title: string): Locator =>
    bar.locator('.pane').filter({
      has: page.locator('.pane-header .title', { hasText: exactly(title) }),
    });
  const header = (title: string): Locator => pane(title).locator('.pane-header').first();
  const openPane = async (title: string): Promise<Locator> => {
    await header(title).waitFor({ timeout: lookLimitMs });
    if ((await header(title).getAttribute('aria-expanded')) === 'false') {
      // Beside the middle, where a header may carry action buttons.
      await header(title).locator('.title').click();
    }
    return pane(title);
  };
  const treeRow = (name: string, text: string | RegExp): Locator =>
    pane(name).locator('.monaco-list-row', { hasText: text });
  return {
    pane,
    openPane,
    treeRow,
    openContainer: async (title) => {
      const tab = page.locator('.part.activitybar .action-item', {
        has: page.locator(`.action-label[aria-label^="${title}"]`),
      });
      await tab.first().waitFor({ timeout: lookLimitMs });
      const shown = bar.locator('.composite.title, .title-label', {
        hasText: exactly(title),
      });
      // A second click on the active container would hide it.
      if (!(await appears(shown.first(), 50))) await tab.first().click();
      await shown.first().waitFor({ timeout: lookLimitMs });
    },
    // By key: the badge on the icon swallows clicks.
    openScm: async () => {
      await page.keyboard.press('Control+Shift+G');
      await bar.locator('.title-label', { hasText: 'Source Control' }).waitFor({ timeout: lookLimitMs });
    },
    // A tree that is drawn anew between the two gestures takes the buttons away again: point at the row once more.
    treeAction: async (name, row, action) => {
      const target = treeRow(name, row).first();
      const button = target.locator(`.action-label[aria-label^="${action}"]`).first();
      const giveUpAt = Date.now() + lookLimitMs;
      do await target.hover({ timeout: lookLimitMs });
      while (!(await appears(button, 1000)) && Date.now() < giveUpAt);
      await button.click({ timeout: lookLimitMs });
    },
  };
}

/** Titles are drawn in capitals in some places, hence without regard to case. */
function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(:.*)?\\s*$`, 'i');
}

type Messages = Pick<Workbench, 'statusBarItem' | 'toast' | 'clickToast' | 'dialog' | 'clickDialog'>;

function messages(page: Page): Messages {
  const toast = (text: string | RegExp): Locator => page.locator('.notification-toast', { hasText: text });
  const dialog = (text: string | RegExp): Locator => page.locator('.monaco-dialog-box', { hasText: text });
  return {
    toast,
    dialog,
    statusBarItem: (text) => page.locator('.part.statusbar .statusbar-item', { hasText: text }),
    clickToast: async (text, button) => {
      await toast(text).last().locator('.monaco-button', { hasText: button }).first().click({ timeout: lookLimitMs });
    },
    clickDialog: async (text, button) => {
      await dialog(text).locator('.monaco-button', { hasText: button }).first().click({ timeout: lookLimitMs });
    },
  };
}

/**
 * VS Code puts a webview into two nested frames and keeps the frames of hidden ones. The inner one is told by its address
 * and by the marks that Belay's pages carry.
 */
async function findWebview(page: Page, view: string): Promise<Frame> {
  const giveUpAt = Date.now() + drawLimitMs;
  for (;;) {
    for (const frame of page.frames()) {
      if (!frame.url().includes('/pre/fake.html')) continue;
      if (await isReady(frame, view)) return frame;
    }
    if (Date.now() > giveUpAt) throw new Error(`no webview with <body data-view="${view}" data-ready> appeared`);
    await page.waitForTimeout(100);
  }
}

async function isReady(frame: Frame, view: string): Promise<boolean> {
  try {
    return (await frame.locator(`body[data-view="${view}"][data-ready]`).count()) > 0;
  } catch (error) {
    // VS Code replaces frames while it loads them; one that is gone is not the one we look for.
    if (
      frame.isDetached() ||
      (error instanceof Error && /detached|navigat|context was destroyed/i.test(error.message))
    ) {
      return false;
    }
    throw error;
  }
}
