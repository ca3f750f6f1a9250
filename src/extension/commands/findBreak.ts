/**
 * Job: "Find the Step That Broke It": the search with its progress and cancel, then what can be done about the step that is found.
 * Boundary: the engine searches, move by move; diff, rollback and redirect are those of the other commands. Ids are anybody's text.
 */
import * as vscode from 'vscode';
import { findBreak } from '../../protocol/findBreak.ts';
import { isRefusal } from '../../protocol/refused.ts';
import { breakerWords, foundWords, repairWords, searchWords, type Broken } from '../../run/bisect.ts';
import { capitalised, forPick } from '../../run/forDisplay.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { openDiffs } from '../review/openDiffs.ts';
import { caseOfDocument } from '../review/documents.ts';
import { askRedirect, planRollback } from './decide.ts';
import { telling } from './telling.ts';

/** @param of a row of the Test Explorer, or the document of a case */
export async function findBreakOfRow(parts: Parts, of: unknown): Promise<void> {
  const id = of instanceof vscode.Uri ? caseOfDocument(of) : caseOfTest(of as vscode.TestItem | undefined);
  if (id === undefined) throw new Error('Choose one case: the step that broke it is found case by case.');
  await findBreakOf(parts, id);
}

function caseOfTest(item: vscode.TestItem | undefined): string | undefined {
  return item === undefined || item.children.size > 0 ? undefined : item.id;
}

export async function findBreakOf(parts: Parts, id: string): Promise<void> {
  const found = await search(parts, id);
  if (found === null) return;
  const words = `Belay: ${foundWords(found, id).join('. ')}.`;
  // The command is over when it is known; what is done about it takes as long as it likes.
  if (found.kind === 'found') void telling(parts.log, 'findBreak', () => offer(parts, found, id, words));
  else void tell(words);
}

async function search(parts: Parts, id: string) {
  const first = await parts.session.request('bisect', { id });
  if (first.kind !== 'searching') return first;
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: `Belay: the step that broke ${forPick(id)}`,
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, givingUp) => {
    let doing = '';
    try {
      return await findBreak({
        id,
        first,
        ask: (move) => parts.session.request('bisect', move),
        onMove: (move) => {
          doing = searchWords(move);
          progress.report({ message: doing });
        },
        givingUp,
      });
    } catch (error) {
      if (isRefusal(error)) throw error;
      const again = 'Ask again when it is back: the search then begins from what the verifications know.';
      throw new Error(`The engine went away while ${doing}. ${again}`, { cause: error });
    }
  });
}

async function offer(parts: Parts, found: Broken, id: string, words: string): Promise<void> {
  const { passed, broken, title } = found;
  // Three buttons of a notification are cut where they are longer.
  const [diff, back, redirect] = ['Open Diff', 'Roll Back…', 'Redirect…'];
  const live = parts.session.connection.kind === 'attached';
  const choice = await tell(words, diff, ...(live ? [back, redirect] : []));
  if (choice === diff)
    await openDiffs(parts.diffs, passed, broken, `${capitalised(breakerWords(found))}: ${forPick(title)}`);
  else if (choice === back) await planRollback(parts, passed, 'panel');
  else if (choice === redirect) await askRedirect(parts, repairWords(found, id));
}
