/**
 * Job: what the supervisor does about the checkpoints' size: thin them, set their quota, see what one does not cover.
 * Boundary: asks and tells; what may go is the engine's to say, and it is shown before it goes.
 */
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { formatBytes, formatCount, formatCounted } from '../../run/forDisplay.ts';
import { limits } from '../../run/limits.ts';
import { keptWords, rangesOf, thinningSentence } from '../../run/thinning.ts';
import { ask, tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { settings } from '../settings.ts';
import { stateOf } from './shown.ts';
import { telling } from './telling.ts';

const keeps = [limits.checkpointsKeptLast, 50, 10] as const;

export async function thinCheckpoints(parts: Parts): Promise<void> {
  const total = stateOf(parts).checkpoints.length;
  const items = keeps.map((last) => ({ label: `Keep the Newest ${formatCount(last)}`, last }));
  const title = `Thin ${formatCounted(total, 'checkpoint')}: how many of the newest stay?`;
  const last = (await vscode.window.showQuickPick(items, { title, placeHolder: 'What goes is shown before it goes' }))
    ?.last;
  if (last === undefined) return;
  const progress = { location: { viewId: 'belay.checkpoints' } };
  const plan = await vscode.window.withProgress(progress, () => parts.session.request('planThinning', { last }));
  const { checkpoints } = plan;
  const sentence = thinningSentence(plan, total);
  if (checkpoints.length === 0) {
    void tell(`Belay: ${sentence}`);
    return;
  }
  const goes = `Goes: ${short(rangesOf(checkpoints))}. ${keptWords} This can’t be undone.`;
  if ((await ask({ text: sentence, detail: goes, grave: true }, 'Thin')) === undefined) return;
  const { freedBytes } = await vscode.window.withProgress(progress, () =>
    parts.session.request('thin', { last, checkpoints }),
  );
  void tell(`Belay: thinned ${formatCounted(checkpoints.length, 'checkpoint')}; ${formatBytes(freedBytes)} are free.`);
}

function short(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300).replace(/,[^,]*$/, '')}, …`;
}

/** A quota that is changed in the settings holds for the run of this window at once. */
export function followQuota(parts: Parts): Disposable {
  return vscode.workspace.onDidChangeConfiguration((change) => {
    const { session } = parts;
    const goesOn = session.connection.kind === 'attached' && session.state?.ended === null;
    if (!goesOn || !change.affectsConfiguration('belay.checkpointQuotaGb')) return;
    void telling(parts.log, 'checkpointQuota', () =>
      session.request('changeQuota', { storeBytes: settings.storeQuotaBytes() }),
    );
  });
}
