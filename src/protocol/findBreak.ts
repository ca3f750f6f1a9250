/**
 * Job: the search for the step that broke a case, move by move, for whoever can ask the engine.
 * Boundary: no transport and no screen; the engine chooses the moves. B3 it ends: each move settles one more checkpoint.
 */
import type { Disposable } from '../base/disposable.ts';
import type { Bisection } from '../run/bisect.ts';
import type { Requests } from './messages.ts';

/** Whether who asked has given up: a CancellationToken of VS Code's is one. */
export interface GivingUp {
  readonly isCancellationRequested: boolean;
  readonly onCancellationRequested: (listener: () => void) => Disposable;
}

export interface Search {
  readonly id: string;
  /** What the engine said when it was asked first: where it knows already, nothing is left to show. */
  readonly first: Bisection;
  readonly ask: (params: Requests['bisect']['params']) => Promise<Bisection>;
  readonly onMove: (move: Extract<Bisection, { kind: 'searching' }>) => void;
  readonly givingUp: GivingUp;
}

/** null: given up; what was verified by then is kept. Rejects as `ask` does. */
export async function findBreak(search: Search): Promise<Exclude<Bisection, { kind: 'searching' }> | null> {
  const { id, first, ask, onMove, givingUp } = search;
  let move = first;
  while (move.kind === 'searching') {
    onMove(move);
    if (givingUp.isCancellationRequested) return null;
    const next = await unlessGivenUp(ask({ id, verify: move.checkpoint }), givingUp);
    if (next === null) return null;
    move = next;
  }
  return move;
}

/** Nobody waits for an answer that is given up; the engine keeps what it says. */
async function unlessGivenUp<T>(answer: Promise<T>, givingUp: GivingUp): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const listening = givingUp.onCancellationRequested(() => {
    resolve(null);
  });
  answer.catch(() => undefined); // told by the race, unless it was given up
  try {
    return await Promise.race([answer, promise]);
  } finally {
    listening.dispose();
  }
}
