// An answer by hand in the Run view: pasted, dropped and refused, in a real Chromium under the webview's policy.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WebviewMessage } from '../../../src/protocol/webview.ts';
import { limits } from '../../../src/run/limits.ts';
import { launchBrowser } from '../../host/browser.ts';
import { FixtureServer, send } from './fixtureServer.ts';
import { FixtureRun } from './fixtures.ts';

const started = Date.now() - 3_600_000;
const refusal = 'Line 5: <content> has no </content> on a line of its own.';
let browser: Browser;
let server: FixtureServer;
let context: BrowserContext;
let page: Page;
let run: FixtureRun;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), FixtureServer.start()]);
}, 60_000);

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 280, height: 600 } });
  page = await server.open(context, 'dark');
  run = new FixtureRun(started).create({ provider: 'manual' }).ask(1);
  await show();
}, 60_000);

afterEach(async () => {
  await context.close();
  expect(server.problems.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser.close();
});

const show = () =>
  send(page, [{ type: 'state', state: run.state, connection: { kind: 'attached', since: started }, now: Date.now() }]);
const posted = (): Promise<readonly WebviewMessage[]> =>
  page.evaluate(() => window.fixture.posted.filter((m) => m.type !== 'ready'));
const box = () => page.getByRole('textbox', { name: 'The answer' });
const sendButton = () => page.getByRole('button', { name: 'Send Answer' });
const status = (text: string) => page.getByRole('status').getByText(text).waitFor();

interface Drop {
  readonly files?: readonly { readonly name: string; readonly bytes: readonly number[]; readonly times?: number }[];
  readonly data?: Readonly<Record<string, string>>;
}

/** @returns whether the page took the drag for itself, which keeps VS Code from taking it */
async function drop({ files = [], data = {} }: Drop): Promise<boolean> {
  const transfer = await page.evaluateHandle(
    (given) => {
      const made = new DataTransfer();
      for (const { name, bytes, times = 1 } of given.files)
        made.items.add(new File(Array<Uint8Array<ArrayBuffer>>(times).fill(new Uint8Array(bytes)), name));
      for (const [type, text] of Object.entries(given.data)) made.setData(type, text);
      return made;
    },
    { files, data } as { files: { name: string; bytes: number[]; times?: number }[]; data: Record<string, string> },
  );
  const taken = await box().evaluate((area, dataTransfer) => {
    const options = { bubbles: true, cancelable: true, composed: true, dataTransfer };
    return !area.dispatchEvent(new DragEvent('dragover', options));
  }, transfer);
  await box().dispatchEvent('drop', { dataTransfer: transfer });
  return taken;
}

const file = (name: string, text: string) => ({ name, bytes: [...new TextEncoder().encode(text)] });

describe('the answer box', () => {
  it('takes a dropped file, sends it on a click, and keeps it when the engine refuses it', async () => {
    expect(await drop({ files: [file('answer.md', 'A try.\n\u{1F600} \uFFFD')] })).toBe(true);
    await expect.poll(() => box().inputValue()).toBe('A try.\n\u{1F600} \uFFFD');
    expect(await posted()).toEqual([]);
    await sendButton().click();
    expect(await posted()).toEqual([{ type: 'answer', step: 1, text: 'A try.\n\u{1F600} \uFFFD' }]);
    await page.getByRole('button', { name: 'Sending…' }).waitFor();
    await send(page, [{ type: 'notice', severity: 'error', text: refusal, intent: 'answer' }]);
    await status(refusal);
    expect(await box().inputValue()).toContain('A try.');
    await drop({ files: [file('mended.md', 'Mended.')] });
    await expect.poll(() => box().inputValue()).toBe('Mended.');
    await page.getByRole('button', { name: 'Put Back' }).click();
    expect(await box().inputValue()).toContain('A try.');
  });

  it.each([
    ['an empty file', [file('empty.md', ' \n')], 'empty.md is empty.'],
    ['a picture', [{ name: 'a.png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a] }], 'a.png is not a text file'],
    ['text with NUL', [file('a.bin', 'ab\0c')], 'a.bin is not a text file'],
    ['two files', [file('a.md', 'a'), file('b.md', 'b')], 'Drop one file'],
    [
      'too much',
      [{ name: 'big.md', bytes: Array<number>(1024).fill(65), times: limits.answerByHandChars / 1024 + 1 }],
      'an answer has at most 1.0 MB',
    ],
  ])('refuses %s with a reason, and keeps what was typed', async (_, files, message) => {
    await box().fill('Half an answer');
    await drop({ files });
    await status(message);
    expect(await box().inputValue()).toBe('Half an answer');
  });

  it('hands the URI of a file to the host and shows what that read; a web address is text', async () => {
    await drop({ data: { 'text/uri-list': 'vscode-remote://host/home/anna/answer.md' } });
    expect(await posted()).toEqual([{ type: 'readAnswerFile', uri: 'vscode-remote://host/home/anna/answer.md' }]);
    await send(page, [{ type: 'answerFile', text: 'From the host.' }]);
    expect(await box().inputValue()).toBe('From the host.');
    await box().fill('See: ');
    await drop({ data: { 'text/uri-list': 'https://example.org/', 'text/plain': 'https://example.org/' } });
    expect(await box().inputValue()).toBe('See: https://example.org/');
  });

  it('works by keys alone, survives a reload, and is empty for the next question', async () => {
    await box().focus();
    await page.keyboard.insertText('Line one');
    await page.keyboard.press('Enter');
    await page.keyboard.insertText('Line two');
    await page.reload();
    await page.waitForFunction(() => window.fixture.posted.length > 0);
    await show();
    expect(await box().inputValue()).toBe('Line one\nLine two');
    await box().press('Control+Enter');
    expect(await posted()).toEqual([{ type: 'answer', step: 1, text: 'Line one\nLine two' }]);
    run
      .answer(1, 'Line one', [])
      .checkpoint('step', 1, 'Links')
      .add({ type: 'step.finished', step: 1, checkpoint: 1, title: 'Links' });
    await show();
    await box().waitFor({ state: 'detached' });
    run.ask(2);
    await show();
    expect(await box().inputValue()).toBe('');
    await box().fill('Two');
    await sendButton().click();
    expect((await posted()).at(-1)).toEqual({ type: 'answer', step: 2, text: 'Two' });
  });
});
