/**
 * Job: the files of a self-test's scene: a workspace with a history, a task and tests; around it what must not be seen.
 * Boundary: writes into the scene's own folder only.
 * Rules: H1 every secret holds the canary.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Planted {
  readonly workspace: string;
  /** The run directory. */
  readonly run: string;
  readonly heldOut: string;
  /** A folder with a private file and a socket. */
  readonly outside: string;
  readonly home: string;
  /** A toolchain that the task lists. */
  readonly tools: string;
  readonly taskFile: string;
}

/** So long that no other file has its size by chance. */
const heldOutBytes = 51_787;

/** @param reference real path; null: there is no program to plant copies of */
export function plant(
  folder: string,
  canary: string,
  reference: { readonly name: string; readonly program: string },
): Planted {
  const planted: Planted = {
    workspace: join(folder, 'work/project'),
    run: join(folder, 'state/runs/self-test'),
    heldOut: join(folder, 'elsewhere/cases.jsonl'),
    outside: join(folder, 'elsewhere'),
    home: join(folder, 'home'),
    tools: join(folder, 'home/sdk/tool'),
    taskFile: join(folder, 'work/project/belay.json'),
  };
  const { workspace, run, heldOut, outside, home, tools } = planted;
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  put(join(workspace, 'main.sh'), 'cat\n');
  plantRepository(workspace, canary);
  plantRepository(join(workspace, 'nested'), canary);
  put(join(workspace, 'tests/visible.jsonl'), caseLine('visible-1', 'seen'));
  put(join(workspace, '.vscode/settings.json'), '{}\n');
  put(join(workspace, '.devcontainer/devcontainer.json'), '{}\n');
  put(planted.taskFile, taskText(heldOut, reference.name, tools));
  put(join(run, 'secret'), canary);
  put(heldOut, caseLine(`case-${canary}`, canary.padEnd(heldOutBytes)));
  put(join(outside, 'private'), canary);
  put(join(folder, 'work/neighbour/file'), canary);
  for (const path of privateFiles) put(join(home, path), canary);
  symlinkSync(join(run, 'secret'), join(workspace, 'out'));
  for (const copy of [join(workspace, 'vendor/helper'), join(tools, 'bin/helper')]) {
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(reference.program, copy);
  }
  return planted;
}

const privateFiles = [
  '.bash_history',
  '.bashrc',
  '.ssh/id_ed25519',
  '.aws/credentials',
  '.netrc',
  '.config/Code/User/History/1/entries.json',
  '.local/share/Trash/files/deleted',
];

export const caseLine = (id: string, stdin: string): string =>
  `${JSON.stringify({ id, tags: ['self-test'], args: [], stdin, expect: { stdout: stdin, exit: 0 } })}\n`;

function taskText(heldOut: string, reference: string, tools: string): string {
  return JSON.stringify({
    name: 'Self-test of the sandbox',
    candidate: { language: 'shell', run: ['sh', 'main.sh'] },
    reference: { command: [reference] },
    suites: { visible: 'tests/visible.jsonl', heldOut },
    model: { provider: 'manual' },
    budget: { steps: { hard: 1 } },
    sandbox: { toolchains: [tools], commandSeconds: 20, memoryMb: 1024, processes: 128 },
  });
}

/** A repository whose first commit and settings hold the canary and whose work tree does not. */
function plantRepository(folder: string, canary: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'history.txt'), canary);
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=belay', '-c', 'user.email=belay@localhost', ...args], {
      env,
      stdio: 'pipe',
    });
  git('init', '-q');
  git('add', 'history.txt');
  git('commit', '-qm', 'The first');
  git('rm', '-q', 'history.txt');
  git('commit', '-qm', 'The second', '--allow-empty');
  git('remote', 'add', 'origin', `https://${canary}@localhost/`);
}
