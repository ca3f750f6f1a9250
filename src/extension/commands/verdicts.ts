/**
 * Job: the commands of the Test Explorer: show the visible cases there, and take them away.
 * Boundary: what is shown is views/testExplorer.ts's.
 */
import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

export async function showVerdicts(parts: Parts): Promise<void> {
  await vscode.window.withProgress({ location: { viewId: 'belay.run' } }, () => parts.testExplorer.show());
}

export const hideVerdicts = (parts: Parts): Promise<void> => parts.testExplorer.hide();
