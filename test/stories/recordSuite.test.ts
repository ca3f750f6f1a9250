// "Record Suite…" as a person goes through it: two questions, the reference is asked, a summary opens, and the task names what was made.

import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stage } from './stage.ts';

const minuteMs = 60_000;
const reference = `#!/bin/sh
if [ "$1" = now ]; then date; elif [ "$1" = up ]; then shift; echo "$*" | tr a-z A-Z; else echo 'up or now' >&2; exit 2; fi
`;

let stage: Stage;
let dir: string;

beforeAll(async () => {
  stage = await Stage.open('record-suite', { first: 'upper' });
  dir = join(stage.host.folder, 'upper');
  stage.host.put(join(stage.host.folder, 'upcase'), reference);
  chmodSync(join(stage.host.folder, 'upcase'), 0o755);
  stage.host.put(
    join(dir, 'docs', 'upcase.md'),
    '`upcase up abc def` prints `ABC DEF`.\n\n    $ upcase up x1 y22\n    $ upcase now\n    $ upcase\n',
  );
  const task = { name: 'upper', reference: { command: ['../upcase'] }, docs: ['docs'] };
  stage.host.put(join(dir, 'belay.json'), `${JSON.stringify(task, null, 2)}\n`);
}, 2 * minuteMs);

afterAll(() => stage.close(), minuteMs);

it('asks, records, says what it left out, and is named in the task', { timeout: 5 * minuteMs }, async () => {
  const { workbench, folder } = stage.host;
  const { page } = workbench;
  await workbench.openContainer('Belay');
  await workbench.command('Belay: Record Suite…');
  const asked = (step: string) => page.locator('.quick-input-widget', { hasText: step }).waitFor();
  await asked('Record Suite (1/2)');
  await stage.look('inputs');
  await workbench.quickPick('What the Task Has');
  await asked('Record Suite (2/2)');
  await stage.look('how-many');
  await workbench.quickPick('50 cases');
  await page.locator('.editor-instance', { hasText: 'Recorded suite' }).first().waitFor({ timeout: minuteMs });
  await page
    .getByText(/Belay: recorded/)
    .first()
    .waitFor();
  await stage.look('summary', { themes: ['light', 'highContrast'] });
  const heldOut = join(folder, 'upper-held-out.jsonl');
  expect(existsSync(heldOut)).toBe(true);
  expect(readFileSync(join(dir, 'tests', 'visible.jsonl'), 'utf8')).not.toContain('"now"');
  await workbench.clickToast(/Belay: recorded/, 'Use in belay.json');
  await workbench.editorTab('belay.json').waitFor();
  await page.locator('.editor-instance', { hasText: 'upper-held-out.jsonl' }).first().waitFor();
  await stage.look('named');
  await workbench.command('Belay: Record Suite…');
  await workbench.quickPick('What the Task Has');
  await asked('Record Suite (2/2)');
  await workbench.quickPick('50 cases');
  await page.getByText('Replace these suites?').waitFor({ timeout: minuteMs });
  await stage.look('replace');
  const before = readFileSync(heldOut, 'utf8');
  await page.keyboard.press('Escape');
  expect(readFileSync(heldOut, 'utf8')).toBe(before);
});
