// Job: what the extension-host tests share: the activated extension, its manifest, a state folder of their own, waits.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'mocha';
import * as vscode from 'vscode';
import type { Exports } from '../../src/extension/extension.ts';

export interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly views: { readonly belay: readonly { readonly id: string }[] };
    readonly viewsContainers: { readonly activitybar: readonly { readonly icon: string }[] };
    readonly menus: { readonly commandPalette: readonly { readonly command: string }[] };
    readonly jsonValidation: readonly { readonly url: string }[];
  };
}

/** One for all test files: each is a bundle of its own, but they share the process and its environment. */
export function stateFolder(): string {
  const name = 'BELAY_STATE_DIR';
  const present = process.env[name];
  if (present !== undefined) return present;
  const folder = mkdtempSync(join(tmpdir(), 'bx-'));
  process.env[name] = folder;
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function extension(): vscode.Extension<Exports> {
  const found = vscode.extensions.getExtension<Exports>('belay.belay');
  if (found === undefined) throw new Error('the extension is not there');
  return found;
}

/** Activates it, with a state folder that no run of this machine is in. */
export async function activated(): Promise<Exports> {
  stateFolder();
  return extension().activate();
}

interface Signal {
  dispose(): void;
}

/** Resolves when `condition` holds; looked at now and after each event. */
export async function until(condition: () => boolean, subscribe: (listener: () => void) => Signal): Promise<void> {
  if (condition()) return;
  await new Promise<void>((resolve) => {
    const listening = subscribe(() => {
      if (!condition()) return;
      listening.dispose();
      resolve();
    });
  });
}
