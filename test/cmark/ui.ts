/**
 * Job: `npm start -- --ui`: the cmark task in VS Code, for a person to start, watch and decide.
 * Boundary: the desktop's `code` where it is on the PATH, else the test host's server on a loopback address that is printed.
 * Belay is installed as the VSIX that `npm run package` makes; runs live in this start's own folder.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeServerState, installCodeServer } from '../host/codeServer.ts';
import { startServer } from '../host/vscodeServer.ts';
import type { CmarkWorkspace } from './workspace.ts';

export interface EditorRequest {
  readonly folder: string;
  readonly task: CmarkWorkspace;
}

const root = join(import.meta.dirname, '..', '..');

/** Returns when the editor is closed or at Ctrl+C. */
export async function showInEditor({ folder, task }: EditorRequest): Promise<number> {
  execFileSync(process.execPath, ['src/build/package.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const vsix = join(root, `belay-${version}.vsix`);
  const env = { BELAY_STATE_DIR: join(folder, 'state') };
  return (await inDesktop(vsix, task, env)) ?? (await inBrowser(vsix, task, env));
}

async function inDesktop(vsix: string, task: CmarkWorkspace, env: Record<string, string>): Promise<number | null> {
  try {
    execFileSync('code', ['--install-extension', vsix, '--force'], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch {
    return null; // no desktop editor here, or one that can't install: the server is the other way
  }
  console.log('Opened in VS Code. Run “Belay: Start Reconstruction” from the palette; close the window to end.');
  const editor = spawn('code', ['--new-window', '--wait', task.dir], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code] = (await once(editor, 'exit')) as [number | null];
  return code ?? 1;
}

async function inBrowser(vsix: string, task: CmarkWorkspace, env: Record<string, string>): Promise<number> {
  if (codeServerState() === 'absent') await installCodeServer();
  const server = await startServer({ workspace: task.dir, vsix, env });
  console.log(`Open ${server.url}\nRun “Belay: Start Reconstruction” from the palette (F1). Ctrl+C ends.`);
  await Promise.race([server.ended, once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await server.dispose();
  return 0;
}
