// The sample where not everything is at hand: a home folder that can't be written to, another place where a folder of its name
// stands already, a window that does not trust what it opened. Real VS Code, real engine, the bundled sample.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { BelayHost } from './belayHost.ts';
import { screenshotWhenFailed } from './whenFailed.ts';

const minuteMs = 60_000;
/** Nobody, root included, can make a folder here. */
const readOnly = '/sys';

let host: BelayHost;
let place: string;

beforeAll(async () => {
  host = await BelayHost.start({ first: null, trust: true, home: readOnly });
  place = join(host.folder, 'elsewhere');
  host.put(join(place, 'belay-sample', 'mine.txt'), 'mine\n');
}, 2 * minuteMs);

afterAll(async () => {
  await host.close();
}, minuteMs);

beforeEach((context) => {
  screenshotWhenFailed(context, () => host.workbench);
});

it(
  'asks for another place than a home that is read-only, and touches no folder there',
  { timeout: 2 * minuteMs },
  async () => {
    const { workbench } = host;
    await workbench.command('Belay: Open Sample Run');
    await workbench.toast(`No folder for the sample can be made in ${readOnly}`).waitFor();
    await workbench.screenshot('places-01-read-only');
    await workbench.clickToast('No folder for the sample', 'Choose Another Folder');
    const dialog = workbench.page.locator('.quick-input-widget', {
      hasText: 'Where shall the folder “belay-sample” be made?',
    });
    // What is typed before the dialog has listed where it begins is put back.
    await dialog.locator('.monaco-list-row', { hasText: 'kernel' }).waitFor();
    await workbench.quickInput(`${place}/`, { enter: false });
    await dialog.locator('.monaco-list-row', { hasText: 'belay-sample' }).waitFor();
    await workbench.screenshot('places-02-another');
    await dialog.getByRole('button', { name: 'Put the Sample Here' }).click();
    await expect
      .poll(() => existsSync(join(place, 'belay-sample-2', 'cal', 'belay.json')), { timeout: 30_000 })
      .toBe(true);
    expect(host.filesOf(join(place, 'belay-sample'))).toEqual({ 'mine.txt': 'mine\n' });
  },
);

it('starts nothing in a folder that is not trusted, and by itself once it is', { timeout: 3 * minuteMs }, async () => {
  const { workbench } = host;
  await workbench.page.getByText('Restricted Mode').first().waitFor({ timeout: minuteMs });
  await workbench.openContainer('Belay');
  const welcome = await workbench.openPane('Run');
  await welcome.getByText('The sample run starts as soon as you trust this folder').waitFor();
  await workbench.screenshot('places-03-untrusted');
  expect(host.runs()).toEqual([]);
  await welcome.getByRole('button', { name: 'Manage Trust' }).click();
  await workbench.page.getByRole('button', { name: 'Trust', exact: true }).click();
  const { client, panel } = await host.started([]);
  await panel.getByText('Recording: the model’s answers were made earlier').waitFor();
  expect(client.state.run?.workspace).toBe(join(place, 'belay-sample-2', 'cal'));
  await workbench.screenshot('places-04-trusted');
});
