/**
 * Job: open what a finding of an integrity check points at: the file at the line, in the folder where it still lies there.
 * Boundary: VS Code's own editors; a finding without a place is explained by the Run Report.
 */
import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { fileUri, sideUri } from '../review/openDiffs.ts';
import type { ReviewNode } from '../review/reviewList.ts';
import { openReport } from './report.ts';

export async function openFinding(parts: Parts, node: ReviewNode | undefined): Promise<void> {
  const [chosen] = node === undefined ? parts.review.selection : [node];
  if (chosen?.kind !== 'finding' && chosen?.kind !== 'place') throw new Error('Choose a finding in the Review view.');
  const { flag, checkpoint } = chosen.kind === 'finding' ? chosen : chosen.finding;
  const place = flag.places[chosen.kind === 'finding' ? 0 : chosen.index];
  if (place === undefined) {
    openReport(parts);
    return;
  }
  const { path, first, last } = place;
  const inFolder = fileUri(parts.diffs, path);
  const uri = (await isThere(inFolder)) ? inFolder : sideUri(parts.diffs, checkpoint, path);
  const selection = first === 0 ? {} : { selection: new vscode.Range(first - 1, 0, last - 1, Number.MAX_SAFE_INTEGER) };
  await vscode.commands.executeCommand('vscode.open', uri, { preview: true, ...selection });
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false; // deleted since: the checkpoint has it
  }
}
