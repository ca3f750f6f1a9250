/**
 * Job: "Open Sample Run" and "Restart the Sample": a fresh copy in a new folder, opened, and started by itself.
 * Boundary: asks for a place only where the home folder can't be written to; copying is the client's, starting is start.ts's.
 */
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { decideAsRecorded } from '../../client/decideAsRecorded.ts';
import { tellFailure } from '../notify.ts';
import type { Parts } from '../parts.ts';
import type { SampleCopy } from '../runLink.ts';
import { askedHere } from './askedHere.ts';
import { shownNow, stateOf } from './shown.ts';
import { startAsked } from './start.ts';
import { telling } from './telling.ts';

export async function openSample(parts: Parts): Promise<void> {
  const copy = await copied(parts, homedir());
  // A window with a folder keeps it.
  if (copy !== null) await open(parts, copy, { forceNewWindow: parts.tasks.folders.length > 0 });
}

/** The run that is played here is stopped: its folder is left as it is, to be looked at. */
export async function restartSample(parts: Parts): Promise<void> {
  const { session } = parts;
  const workspace = session.state?.run?.workspace;
  const copy = await copied(parts, workspace === undefined ? homedir() : dirname(dirname(workspace)));
  if (copy === null) return;
  if (session.connection.kind === 'attached' && session.state?.ended === null) await session.request('stop', {});
  await open(parts, copy, { forceReuseWindow: true });
}

/** Starts the sample that was asked for when this window opened, as soon as its folder is trusted. */
export function startAskedSample(parts: Parts, looked: Promise<void>): Disposable {
  const start = async (): Promise<void> => {
    const { folders } = parts.tasks;
    const paths = folders.map(({ uri }) => uri.fsPath);
    if (!vscode.workspace.isTrusted) {
      const waits = (await parts.sampleStart.look(paths)) !== null;
      await vscode.commands.executeCommand('setContext', 'belay.startsOnceTrusted', waits);
      return;
    }
    const asked = await parts.sampleStart.take(paths);
    const folder = folders.find(({ uri }) => uri.fsPath === asked?.folder);
    if (folder === undefined) return;
    await looked;
    await startAsked(parts, folder);
  };
  const told = (): Promise<void> => telling(parts.log, 'start sample', start);
  void told();
  return vscode.workspace.onDidGrantWorkspaceTrust(() => void told());
}

/** null: the supervisor gave up. Rejects where what is bundled can't be played. */
async function copied(parts: Parts, parent: string): Promise<SampleCopy | null> {
  const sample = vscode.Uri.joinPath(parts.extensionFolder, 'media', 'sample').fsPath;
  const result = await (await parts.runtime()).copySample(sample, parent);
  if (result.ok) return result;
  const choice = await tellFailure(`Belay: ${result.message}`, ...(result.reason === 'place' ? [another] : []));
  if (choice !== another) return null;
  const [chosen] = (await vscode.window.showOpenDialog(placeDialog)) ?? [];
  return chosen === undefined ? null : copied(parts, chosen.fsPath);
}

const another = 'Choose Another Folder';

const placeDialog: vscode.OpenDialogOptions = {
  canSelectFiles: false,
  canSelectFolders: true,
  openLabel: 'Put the Sample Here',
  title: 'Where shall the folder “belay-sample” be made?',
};

async function open(parts: Parts, copy: SampleCopy, where: object): Promise<void> {
  await parts.sampleStart.ask(copy.workspace);
  parts.log.info(`the sample is in ${copy.folder}`);
  await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(copy.workspace), where);
}

/** Decides the open gate as the recording's supervisor did. */
export async function doAsRecorded(parts: Parts): Promise<void> {
  const { session } = parts;
  const gate = stateOf(parts).gate?.gate;
  const acts = gate === undefined ? null : await session.request('recordedDecision', {});
  if (gate === undefined || acts === null) throw new Error('Nothing is recorded here: decide as you like.');
  await askedHere(parts.asked.gates, gate, () => decideAsRecorded(session, gate, acts, shownNow(parts)));
}
