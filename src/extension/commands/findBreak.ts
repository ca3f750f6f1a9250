/**
 * Job: "Find the Step That Broke It": the search with its progress and cancel, then what can be done about the step that is found.
 * Boundary: the engine searches, move by move; diff, rollback and redirect are those of the other commands. Ids are anybody's text.
 */
import * as vscode from 'vscode';
import { findBreak } from '../../protocol/findBreak.ts';
import { isRefusal } from '../../protocol/refused.ts';
import { breakerWords, foundWords, repairWords, searchWords, type Broken } from '../../run/bisect.ts';
import { forPick } from '../../run/forDisplay.ts';
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
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: `Belay: the step that broke ${forPick(id)}`,
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, givingUp) => {
    let at = 'before it began';
    try {
      return await findBreak({
        id,
        ask: (move) => parts.session.request('bisect', move),
        onMove: (move) => {
          at = searchWords(move);
          progress.report({ message: at });
        },
        givingUp,
      });
    } catch (error) {
      if (isRefusal(error) || parts.session.connection.kind === 'readOnly') throw error;
      const when = 'Ask again when it is back: the search then goes on from what the verifications know.';
      throw new Error(`The search stopped, as the engine went away (${at}). ${when}`, { cause: error });
    }
  });
}

async function offer(parts: Parts, found: Broken, id: string, words: string): Promise<void> {
  const { passed, broken, title } = found;
  const by = breakerWords(found);
  const [diff, back, redirect] = [`Open Diff of ${capitals(by)}`, 'Roll Back to before…', 'Redirect about This…'];
  const live = parts.session.connection.kind === 'attached';
  const choice = await tell(words, diff, ...(live ? [back, redirect] : []));
  if (choice === diff) await openDiffs(parts.diffs, passed, broken, `${capitals(by)}: ${forPick(title)}`);
  else if (choice === back) await planRollback(parts, passed, 'panel');
  else if (choice === redirect) await askRedirect(parts, repairWords(found, id));
}

const capitals = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);
