/**
 * Job: real VS Code windows on the scene's extension, for the benches.
 * Boundary: the test host of test/host; each window has a fresh extension host, a process of its own.
 */
import { mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { launchBrowser } from '../host/browser.ts';
import { startServer } from '../host/vscodeServer.ts';
import { openWorkbench, type Workbench } from '../host/workbench.ts';
import type { Activation } from './measuredExtension.ts';
import type { Scene } from './scene.ts';

const activationWallMs = 90_000;

export interface Windows {
  /** Where the measured extension writes. */
  readonly notes: string;
  /** Opens a window and waits until the extension has settled in it. */
  open(): Promise<{ readonly workbench: Workbench; readonly activation: Activation }>;
}

/** Starts a server on the workspace for the time of the work. */
export async function withWindows<T>(
  scene: Scene,
  workspace: string,
  work: (windows: Windows) => Promise<T>,
): Promise<T> {
  const notes = join(scene.folder, 'notes');
  mkdirSync(notes, { recursive: true });
  await measureExtension(scene.extension);
  const browser = await launchBrowser();
  try {
    const server = await startServer({
      workspace,
      extensionDevelopmentPath: scene.extension,
      smokeTestDriver: true,
      env: { BELAY_STATE_DIR: scene.state, BELAY_BENCH_FOLDER: notes },
    });
    try {
      return await work({
        notes,
        open: async () => {
          const settled = nextActivation(notes);
          const [workbench, activation] = await Promise.all([openWorkbench(server, browser), settled]);
          return { workbench, activation };
        },
      });
    } finally {
      await server.dispose();
    }
  } finally {
    await browser.close();
  }
}

/** Puts the measuring main file before the extension's own. */
async function measureExtension(extension: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'measuredExtension.ts')],
    outfile: join(extension, 'measured.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    logLevel: 'warning',
  });
  const file = join(extension, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...manifest, main: './measured.cjs' }));
}

function nextActivation(notes: string): Promise<Activation> {
  return new Promise((resolve, reject) => {
    const watcher = watch(notes, (_, name) => {
      if (name === null || !/^activation-\d+\.json$/.test(name)) return;
      end();
      resolve(JSON.parse(readFileSync(join(notes, name), 'utf8')) as Activation);
    });
    const late = setTimeout(() => {
      end();
      reject(new Error(`the extension was not activated within ${activationWallMs / 1000} s`));
    }, activationWallMs);
    const end = (): void => {
      clearTimeout(late);
      watcher.close();
    };
  });
}
