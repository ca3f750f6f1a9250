import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usage } from '../../../src/cli/usage.ts';
import { nodePlacesOf } from '../../../src/cli/nodePlaces.ts';
import { nodeForEngine } from '../../../src/client/nodeForEngine.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bl-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, version: string): Promise<string> {
  const path = join(folder, name, 'node');
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '["${version}","function"]'\n`);
  await chmod(path, 0o755);
  return path;
}

const places = (env: Record<string, string> = {}) => nodePlacesOf(env, pathToFileURL(`${folder}/checkout/dist/`));

describe('the Node of the command line', () => {
  it('is its own, then BELAY_NODE, then PATH, then that of the checkout', async () => {
    const [own, named, onPath, beside] = [
      await program('own', '24.1.0'),
      await program('named', '24.2.0'),
      await program('path', '24.3.0'),
      await program('checkout/node_modules/.bin', '24.4.0'),
    ];
    const old = await program('old', '20.19.2');
    const searchPath = join(folder, 'path');
    const all = { ...places({ BELAY_NODE: named }), searchPath, ownProgram: own };
    expect((await nodeForEngine(all)).path).toBe(own);
    expect((await nodeForEngine({ ...all, ownProgram: old })).path).toBe(named);
    expect((await nodeForEngine({ ...places(), searchPath, ownProgram: old })).path).toBe(onPath);
    expect((await nodeForEngine({ ...places(), searchPath: '', ownProgram: old })).path).toBe(beside);
  });

  it('names BELAY_NODE and no setting when none fits, and each program once', async () => {
    const old = await program('old', '20.19.2');
    await mkdir(join(folder, 'link'));
    await symlink(old, join(folder, 'link', 'node'));
    const searchPath = `${join(folder, 'old')}:${join(folder, 'link')}`;
    const search = nodeForEngine({ ...places(), searchPath, ownProgram: old });
    await expect(search).rejects.toThrow(
      `Belay's engine needs Node 24 or newer. Install it, or set BELAY_NODE to the path of a Node 24. Tried: ${old}: it is Node 20.19.2.`,
    );
    expect(usage).toContain('BELAY_NODE');
  });
});
