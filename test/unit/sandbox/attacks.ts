/**
 * Job: what a command of the agent can reach, as facts by name: the same attempts in a sealed and in an unsealed command,
 * under this user and (run as a program: `node attacks.ts <folder> <sealed|unsealed>`) under another.
 * Boundary: attempts that would change the machine when they succeed only ask whether they could.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../../src/engine/sandbox/profile.ts';
import { referenceFiles } from '../../../src/engine/sandbox/reference.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import type { AgentShape, CommandLimits, Sandbox } from '../../../src/engine/sandbox/shape.ts';

export const canary = 'zqx-canary-5c1d';
export const plenty: CommandLimits = { wallMs: 20_000, outputBytes: 1_000_000, memoryMb: 1024, processes: 128 };

export interface Scene {
  readonly root: string;
  readonly workspace: string;
  readonly runFolder: string;
}

/** A workspace with a history, a task file and tests, and a run directory beside it; both hold the canary. */
export function makeScene(): Scene {
  const root = mkdtempSync(join(tmpdir(), 'belay-scene-'));
  const workspace = join(root, 'workspace');
  const runFolder = join(root, 'run');
  mkdirSync(join(workspace, 'tests'), { recursive: true });
  mkdirSync(runFolder);
  writeFileSync(join(runFolder, 'secret'), canary);
  writeFileSync(join(workspace, 'history.txt'), canary);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', workspace, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      env: { PATH: process.env['PATH'], HOME: root },
    });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'one');
  rmSync(join(workspace, 'history.txt'));
  writeFileSync(join(workspace, 'belay.json'), `{"heldOut": "${canary}"}`);
  writeFileSync(join(workspace, 'tests/visible.jsonl'), '{}\n');
  symlinkSync(join(runFolder, 'secret'), join(workspace, 'out'));
  return { root, workspace, runFolder };
}

export function agentShape(scene: Scene, change: Partial<AgentShape> = {}): AgentShape {
  return {
    kind: 'agent',
    workspace: placeOf(scene.workspace),
    replaced: [{ path: 'belay.json', text: '{"redacted": true}' }],
    readOnly: ['tests/visible.jsonl'],
    mask: { files: [], folders: [] },
    toolchains: [],
    never: [scene.runFolder],
    ...change,
  };
}

/** Each line prints `name=yes` when the attempt came through. */
const attempts = (scene: Scene, port: number) => `
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name=yes"; else echo "$name=no"; fi; }
has() { grep -qF -e ${canary} "$@"; }
try network bash -c 'exec 9<>/dev/tcp/127.0.0.1/${String(port)}'
try homeNotEmpty bash -c '[ -n "$(ls -A "$HOME")" ] || [ -n "$(ls -A /root /home 2>/dev/null)" ]'
try keyInEnvironment bash -c 'env | grep -qF ${canary}'
try keyInParents bash -c 'cat /proc/[0-9]*/environ | grep -qaF ${canary}'
try engineSeen kill -0 ${String(process.pid)}
try runDirectory has ${scene.runFolder}/secret
try runDirectoryThroughProc bash -c 'cat /proc/[0-9]*/root${scene.runFolder}/secret | grep -qF ${canary}'
try symlinkOut has out
try gitObjects bash -c '[ -n "$(ls -A .git)" ]'
try gitHistory bash -c 'git log -p --all | grep -qF ${canary}'
try taskFile has belay.json
try taskFileWritten bash -c 'echo >> belay.json'
try taskFileMoved bash -c 'mv belay.json b2 && mv b2 belay.json'
try suiteWritten bash -c 'echo >> tests/visible.jsonl'
try suiteMoved bash -c 'mv tests t2 && mv t2 tests'
try referenceRuns cmark --version
try referenceFound bash -c '[ -n "$(find /usr/bin /usr/lib /usr/local /opt -name "*cmark*" -type f -size +1k)" ]'
try sysWritable test -w /proc/sys/kernel/core_pattern
try rootWritable test -w /
try usrWritable test -w /usr/bin
try processCount grep processes /proc/stat
try newNamespace unshare -Ur true
try mountsOpen bash -c 'umount ${scene.workspace}/belay.json'
try keyring perl -e 'exit(syscall($ARGV[0], 0, -3, 0) >= 0 ? 0 : 1)' ${process.arch === 'x64' ? '250' : '219'}
try workspaceWritten bash -c 'echo hi > new.txt && rm new.txt'
try searchWorks bash -c 'echo needle > found.txt; git grep --no-index -q needle; r=$?; rm found.txt; exit $r'
`;

/** Runs every attempt and gives those that came through, sorted. */
export async function whatComesThrough(scene: Scene, sandbox: Sandbox): Promise<string[]> {
  const server = await listen();
  try {
    const { mask } = await referenceFiles(['cmark'], { folder: scene.workspace, alsoPackage: true, keep: [] });
    const { port } = server.address() as AddressInfo;
    const outcome = await runCommand({
      sandbox,
      shape: agentShape(scene, { mask }),
      command: ['/bin/bash', '-c', attempts(scene, port)],
      streams: 'together',
      limits: plenty,
    });
    const lines = outcome.stdout.toString().trim().split('\n');
    if (outcome.endedBy !== 'exit' || lines.length < 20)
      throw new Error(`${String(outcome.message)}\n${lines.join('\n')}`);
    return lines.flatMap((line) => (line.endsWith('=yes') ? [line.slice(0, -'=yes'.length)] : [])).sort();
  } finally {
    server.close();
  }
}

function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    }),
  );
}

if (import.meta.main) {
  process.env['BELAY_API_KEY'] = canary;
  const scene = makeScene();
  try {
    const sandbox = chooseSandbox(await probeSandbox(), false);
    if (sandbox === null) throw new Error('no sandbox');
    process.stdout.write(JSON.stringify(await whatComesThrough(scene, sandbox)));
  } finally {
    rmSync(scene.root, { recursive: true });
  }
}
