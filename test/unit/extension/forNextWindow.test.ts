import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForNextWindow } from '../../../src/extension/forNextWindow.ts';

let root: string;
let asked: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'belay-start-')));
  asked = join(root, 'belay-sample', 'cal');
  mkdirSync(asked, { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('what was asked for in another window', () => {
  it('is taken by the window that opens that folder, once, and by no other', async () => {
    const start = new ForNextWindow(join(root, 'storage'), 'sample');
    expect(await start.take([asked]), 'nothing was asked for').toBeNull();
    await start.ask(asked);
    expect(await start.look([root]), 'a look at another folder').toBeNull();
    expect(await start.look([asked]), 'a look takes nothing').toEqual({ folder: asked, what: '' });
    expect(await new ForNextWindow(join(root, 'storage'), 'sample').take([root, join(root, 'other')])).toBeNull();
    expect(await new ForNextWindow(join(root, 'storage'), 'sample').take([root, asked])).toEqual({
      folder: asked,
      what: '',
    });
    expect(await start.take([asked]), 'taken already').toBeNull();
  });

  it('knows the folder by its real path, and passes over a note that can’t be read', async () => {
    const start = new ForNextWindow(join(root, 'storage'), 'sample');
    symlinkSync(asked, join(root, 'link'));
    await start.ask(join(root, 'link'), 'step 12');
    expect(await start.take([asked])).toEqual({ folder: asked, what: 'step 12' });
    writeFileSync(join(root, 'storage', 'sample.json'), '{"workspace"');
    expect(await start.take([asked])).toBeNull();
  });
});
