// Provisioning as a program, on a PATH made for the test; nothing is installed here.

import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withProposedApiRule } from '../../host/codeServer.ts';
import { isOnPath } from '../../host/debianPackages.ts';

const host = join(import.meta.dirname, '..', '..', 'host');
let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'belay-provision-'));
});
afterEach(() => {
  rmSync(bin, { recursive: true, force: true });
});

function install(...programs: string[]): void {
  for (const program of programs) symlinkSync('/bin/true', join(bin, program));
}

it('is silent and quick when everything is there', async () => {
  install('bwrap', 'git', 'cmark', 'perl');
  const result = await promisify(execFile)(process.execPath, [join(host, 'provision.ts'), 'run'], {
    env: { PATH: bin },
  });
  expect(result).toEqual({ stdout: '', stderr: '' });
});

it('prints the one command to run when the user is not root', () => {
  install('git', 'perl');
  // Not a real other user: that one might not be able to read this checkout.
  const script = `process.getuid = () => 1000; import(${JSON.stringify(join(host, 'provision.ts'))})`;
  const result = spawnSync(process.execPath, ['-e', script, 'provision.ts', 'demo'], {
    env: { PATH: bin },
    encoding: 'utf8',
  });
  expect(result.stderr).toContain('Missing: bwrap, cmark.');
  expect(result.stderr).toContain('sudo apt-get install -y --no-install-recommends bubblewrap cmark\n');
  expect(result.status).toBe(1);
});

it('names the groups when asked for another one', () => {
  const result = spawnSync(process.execPath, [join(host, 'provision.ts'), 'all'], { encoding: 'utf8' });
  expect(result.stderr).toBe('there is no group "all": use one of run, demo, ui, test\n');
  expect(result.status).toBe(1);
});

it('takes only executable files for programs', () => {
  writeFileSync(join(bin, 'cmark'), '', { mode: 0o644 });
  install('git');
  expect(isOnPath('cmark', bin)).toBe(false);
  expect(isOnPath('git', bin)).toBe(true);
  expect(isOnPath('git', '')).toBe(false);
});

it('says in one sentence that Node is too old', () => {
  // The preflight under a process that claims to be Node 20.
  const script = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); require(${JSON.stringify(join(host, 'nodeVersion.cjs'))})`;
  const result = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
  });
  expect(result.stderr).toMatch(/^Belay needs Node 24 or newer and this is Node 20\.20\.2: .*\n$/);
  expect(result.status).toBe(1);
});

const lax = 'x=1;function uc(s,o){return!0}function dc(e,t){if(!uc(e,t))throw new Error(`Extension ${e} CANNOT`)}';

it('puts the rule about proposed API back', () => {
  const strict = withProposedApiRule(lax, 'bundle.js');
  const allowed = runInNewContext(`${strict}; uc`) as (extension: object, proposal: string) => boolean;
  expect(allowed({ enabledApiProposals: ['a'] }, 'a')).toBe(true);
  expect(allowed({ enabledApiProposals: ['a'] }, 'b')).toBe(false);
  expect(allowed({}, 'a')).toBe(false);
});

it('refuses to go on when the rule is not where it was', () => {
  expect(() => withProposedApiRule('function a(){}', 'bundle.js')).toThrow('found 0 times instead of once');
  expect(() => withProposedApiRule(lax + lax, 'bundle.js')).toThrow('found 2 times instead of once');
});
