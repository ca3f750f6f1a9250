/**
 * Job: `node test/pictures/icon.ts`: draw media/icon.png, which the Marketplace shows, from the icon.svg beside this.
 * Boundary: the Chromium of the tests draws; the SVG is the source and is not shipped.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser } from '../host/browser.ts';
import { smallPng } from './png.ts';

const icon = join(import.meta.dirname, '..', '..', 'media', 'icon.png');
const sidePx = 256;

const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: sidePx, height: sidePx } });
  await page.setContent(`<style>*{margin:0}</style>${readFileSync(join(import.meta.dirname, 'icon.svg'), 'utf8')}`);
  const png = smallPng(await page.screenshot({ omitBackground: true }));
  writeFileSync(icon, png);
  console.log(`media/icon.png: ${String(png.length)} bytes`);
} finally {
  await browser.close();
}
