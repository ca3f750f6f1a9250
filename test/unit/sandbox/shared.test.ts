/** Job: what sandboxes share tells nothing about who else uses it, and a workspace may lie under /var/tmp. */
import { assert } from '../../../src/base/assert.ts';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import type { Sandbox, Shape } from '../../../src/engine/sandbox/shape.ts';
import { agentShape, makeScene, plenty, type Scene } from './attacks.ts';

vi.setConfig({ testTimeout: 60_000 });
const sealed = chooseSandbox(await probeSandbox(), false);

const scenes: Scene[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const { root } of scenes.splice(0)) rmSync(root, { recursive: true, force: true });
});
function newScene(): Scene {
  const scene = makeScene();
  scenes.push(scene);
  return scene;
}

async function output(shape: Shape, command: string[], sandbox: Sandbox | null = sealed): Promise<string> {
  assert(sandbox !== null, 'these tests need bubblewrap');
  const outcome = await runCommand({ sandbox, shape, command, streams: 'together', limits: plenty });
  return `${outcome.message ?? ''}${outcome.stdout.toString()}`;
}

const none = { mask: { files: [], folders: [] }, toolchains: [], never: [] };

function shapesOf(scene: Scene): Shape[] {
  const build = join(scene.root, 'build');
  mkdirSync(build, { recursive: true });
  return [
    agentShape(scene),
    { kind: 'build', folder: build, ...none },
    { kind: 'case', build, entries: [], folder: null, ...none },
  ];
}

/** Numbers of x64 and arm64, as `man 2 syscalls` and the kernel's tables have them. */
const calls: Readonly<Record<string, readonly [x64: number | null, arm64: number | null]>> = {
  inotify_init: [253, null],
  inotify_init1: [294, 26],
  fanotify_init: [300, 262],
  mincore: [27, 232],
  preadv2: [327, 286],
  cachestat: [451, 451],
  fadvise64: [221, 223],
};
const numbers = Object.values(calls).flatMap(([x64, arm64]) => (process.arch === 'x64' ? x64 : arm64) ?? []);
/** Prints each call's error number; 0 where it did what it was asked. */
const perl = 'for (@ARGV) { $! = 0; my $r = syscall($_ + 0, 0, 0, 0, 0, 0, 0); print $r < 0 ? $! + 0 : 0, " " }';
const enosys = 38;

describe.skipIf(!['x64', 'arm64'].includes(process.arch))('the page cache and watches', () => {
  const command = ['perl', '-e', perl, ...numbers.map(String)];
  const answers = (text: string) => text.trim().split(' ').map(Number);

  it('H1: no agent, build or candidate asks which shared files others read', async () => {
    for (const shape of shapesOf(newScene())) {
      expect([shape.kind, answers(await output(shape, command))]).toEqual([shape.kind, numbers.map(() => enosys)]);
    }
  });

  it('H1: without a sandbox the kernel answers (sabotaged: the check can fail)', async () => {
    const open = answers(await output(agentShape(newScene()), command, { kind: 'unsealed' }));
    expect(open).toHaveLength(numbers.length);
    expect(open.filter((answer) => answer !== enosys).length).toBeGreaterThan(3);
  });

  it('leaves what programs do without: tail -f, cat, sort and cp work', async () => {
    const script = 'printf "b\\na\\n" > f; cat f | sort; cp f g; true & tail -f --pid=$! g 2>&1';
    expect(await output(agentShape(newScene()), ['/bin/bash', '-c', script])).toMatch(/^a\nb\nb\na\n/);
  });
});

describe('a workspace under /var/tmp', () => {
  it('runs commands, and both temporary folders can be written', async () => {
    vi.stubEnv('TMPDIR', '/var/tmp');
    const scene = newScene();
    expect(scene.workspace).toMatch(/^\/var\/tmp\//);
    const script = 'pwd; echo x > made && echo x > /tmp/t && echo x > /var/tmp/t && echo written; ls -d /var/tmp/*/run';
    const said = await output(agentShape(scene), ['/bin/bash', '-c', script]);
    expect(said).toContain(`${scene.workspace}\nwritten\n`);
    expect(said).toContain("cannot access '/var/tmp/*/run'"); // what lies beside the workspace
  });

  it('is given so for a toolchain and a reference too; elsewhere /var/tmp leads to /tmp', async () => {
    const elsewhere = newScene();
    expect(await output(agentShape(elsewhere), ['readlink', '/var/tmp'])).toBe('/tmp\n');
    vi.stubEnv('TMPDIR', '/var/tmp');
    const { root } = newScene();
    mkdirSync(join(root, 'tools/bin'), { recursive: true });
    const program = join(root, 'tools/bin/tool');
    writeFileSync(program, '#!/bin/sh\necho tool\n', { mode: 0o755 });
    expect(await output(agentShape(elsewhere, { toolchains: [join(root, 'tools')] }), ['tool'])).toBe('tool\n');
    expect(await output({ kind: 'reference', needs: [program], folder: null, ...none }, [program])).toBe('tool\n');
  });
});
