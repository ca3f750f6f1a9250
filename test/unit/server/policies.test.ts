/** Which policy files are believed: real files, real owners. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PolicyBroken, policyPlaces, readPolicies } from '../../../src/engine/policies.ts';

const owner = process.getuid?.() ?? 0;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-policy-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function policy(name: string, text: string, mode = 0o644): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const read = (machine: string, named?: string, by = owner) => readPolicies({ machine, named, owner: by });

describe('the policies of a machine', () => {
  it('are none, the machine’s, or both; what is named adds and never replaces', async () => {
    const missing = join(folder, 'nowhere', 'policy.json');
    expect(await read(missing)).toEqual([]);
    const [machine, named] = [policy('a.json', '{ "mayAccept": [] }'), policy('b.json', '{}')];
    expect((await read(machine)).map(({ file }) => file)).toEqual([machine]);
    expect((await read(machine, named)).map(({ file }) => file)).toEqual([machine, named]);
    expect((await read(machine, '')).length).toBe(1);
    expect(policyPlaces({ BELAY_POLICY: named })).toEqual({ machine: '/etc/belay/policy.json', named, owner: 0 });
  });

  it('let nothing start where one is missing, broken, or can be changed by others', async () => {
    const good = policy('good.json', '{}');
    await expect(read(good, join(folder, 'gone.json'))).rejects.toThrow('Nothing starts without it');
    await expect(read(good, 'policy.json')).rejects.toThrow('has to be an absolute path');
    const broken = policy('broken.json', '{\n  "limits": 3\n}');
    await expect(read(broken)).rejects.toThrow(`${broken}:2: "limits": must be an object, not a number`);
    await expect(read(policy('open.json', '{}', 0o666))).rejects.toThrow('can be changed by others');
    await expect(read(good, undefined, owner + 1)).rejects.toBeInstanceOf(PolicyBroken);
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    writeFileSync(join(shared, 'policy.json'), '{}');
    chmodSync(shared, 0o777);
    await expect(read(join(shared, 'policy.json'))).rejects.toThrow(`${shared} can be changed by others`);
    mkdirSync(join(folder, 'folder.json'));
    await expect(read(join(folder, 'folder.json'))).rejects.toThrow("can't be read, so nothing starts");
  });
});
