// Job: start the Chromium that stands for a VS Code window in tests.
// Boundary: the system's Chromium (CHROMIUM names another); playwright-core downloads nothing.

import { chromium, type Browser } from 'playwright-core';

/** Root has no Chromium sandbox, a container little shared memory; the rest keeps Chromium off the network. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: flags,
  });
}
