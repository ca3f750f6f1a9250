/** Job: the engine's socket for a user without a line in passwd, as containers run programs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const uid = 54321;

/** Runs a program as a user that has no name, who owns the folder. */
function nameless(folder: string, script: string): string {
  const as = ['--dev-bind', '/', '/', '--unshare-user', '--uid', String(uid), '--gid', String(uid), '--'];
  const env = { ...process.env, XDG_RUNTIME_DIR: folder };
  const { stdout, stderr } = spawnSync('bwrap', [...as, process.execPath, '--input-type=module', '-e', script], {
    encoding: 'utf8',
    env,
  });
  return stdout + stderr;
}

describe('a user without a name', () => {
  const source = join(import.meta.dirname, '../../../src');

  it('has a socket, and runs the command line', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bl-')));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const script = `const { socketAddress } = await import(${JSON.stringify(join(source, 'engine/server/socketAddress.ts'))});
      console.log(await socketAddress('r'));`;
    expect(nameless(folder, script)).toMatch(new RegExp(`^${folder}/belay/r-[0-9a-f]{6}\\.sock\n$`));
    const cli = `process.argv.push('cli', '--version'); await import(${JSON.stringify(join(source, 'cli/main.ts'))});`;
    expect(nameless(folder, cli)).toBe('from source\n');
    // Sabotaged: what asks for the name fails.
    expect(nameless(folder, "(await import('node:os')).userInfo()")).toContain('uv_os_get_passwd');
  });
});
