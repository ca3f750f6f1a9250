/**
 * Job: Check Sandbox: attack the sandbox of this machine, with progress and cancel, and show what was found as a document.
 * Boundary: VS Code's progress and documents; the attacks are the engine's.
 */
import * as vscode from 'vscode';
import { checkCounts, sandboxCheckMarkdown } from '../../run/sandboxCheck.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';

export async function checkSandbox(parts: Parts): Promise<void> {
  const runtime = await parts.runtime();
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: 'Belay: attacking the sandbox of this machine',
    cancellable: true,
  };
  const check = await vscode.window.withProgress(options, (progress, cancelled) => {
    const abort = new AbortController();
    cancelled.onCancellationRequested(() => {
      abort.abort();
    });
    let before = 0;
    return runtime.checkSandbox((done, total) => {
      progress.report({ message: `${String(done)} of ${String(total)}`, increment: ((done - before) / total) * 100 });
      before = done;
    }, abort.signal);
  });
  if (check === null) return;
  await parts.documents.openSandboxCheck(sandboxCheckMarkdown(check, new Date().toLocaleString()));
  const verdict = check.passed ? 'the sandbox holds' : 'the sandbox does not hold: runs here are NOT sealed';
  void tell(`Belay: ${verdict}. ${checkCounts(check)}.`);
}
