/**
 * Job: open a task in VS Code, for a person to start, watch and decide: `npm start -- --ui`, `npm run demo -- --ui`.
 * Boundary: the desktop's `code` where it is on the PATH, else the test host's server on a loopback address that is printed.
 * Belay is installed as the VSIX that `npm run package` makes; runs live in this start's own folder.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeServerState, installCodeServer } from './codeServer.ts';
import { startServer } from './vscodeServer.ts';

export interface EditorRequest {
  readonly folder: string;
  readonly workspace: string;
}

const root = join(import.meta.dirname, '..', '..');

/** Returns when the editor is closed or at Ctrl+C. */
export async function showInEditor({ folder, workspace }: EditorRequest): Promise<number> {
  execFileSync(process.execPath, ['src/build/package.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const vsix = join(root, `belay-${version}.vsix`);
  const env = { BELAY_STATE_DIR: join(folder, 'state') };
  return (await inDesktop(vsix, workspace, env)) ?? (await inBrowser(vsix, workspace, env));
}

async function inDesktop(vsix: string, workspace: string, env: Record<string, string>): Promise<number | null> {
  try {
    execFileSync('code', ['--install-extension', vsix, '--force'], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch {
    return null; // no desktop editor here, or one that can't install: the server is the other way
  }
  console.log('Opened in VS Code. Run “Belay: Start Reconstruction” from the palette; close the window to end.');
  const editor = spawn('code', ['--new-window', '--wait', workspace], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code] = (await once(editor, 'exit')) as [number | null];
  return code ?? 1;
}

async function inBrowser(vsix: string, workspace: string, env: Record<string, string>): Promise<number> {
  if (codeServerState() === 'absent') await installCodeServer();
  const server = await startServer({ workspace, vsix, env });
  console.log(`Open ${server.url}\nRun “Belay: Start Reconstruction” from the palette (F1). Ctrl+C ends.`);
  await Promise.race([server.ended, once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await server.dispose();
  return 0;
}
