/**
 * Job: the step that broke a case, for a terminal: the search with a line for each move, and what was found.
 * Boundary: text only; the engine searches. Ctrl-C gives up, and what was verified by then is kept.
 */
import type { RunConnection } from '../client/connection.ts';
import { findBreak, type GivingUp } from '../protocol/findBreak.ts';
import { foundWords, searchWords } from '../run/bisect.ts';
import { capitalised } from '../run/forDisplay.ts';

interface BisectPorts {
  /** A line of what is being done. */
  readonly onMove: (words: string) => void;
  readonly interrupt: AbortSignal;
}

/** Three lines at most; where a step is found the last is the command that shows its diff. */
export async function bisect(id: string, connection: RunConnection, ports: BisectPorts): Promise<string> {
  const found = await findBreak({
    id,
    first: await connection.request('bisect', { id }),
    ask: (move) => connection.request('bisect', move),
    onMove: (move) => {
      ports.onMove(capitalised(searchWords(move)));
    },
    givingUp: givenUpBy(ports.interrupt),
  });
  if (found === null) return 'Given up. What was verified is kept: the next search goes on from there';
  const lines = foundWords(found, id);
  if (found.kind !== 'found') return lines.join('\n');
  return [...lines, `belay diff --from ${String(found.passed)} --to ${String(found.broken)}`].join('\n');
}

function givenUpBy(signal: AbortSignal): GivingUp {
  return {
    get isCancellationRequested() {
      return signal.aborted;
    },
    onCancellationRequested: (listener) => {
      signal.addEventListener('abort', listener, { once: true });
      return {
        dispose: () => {
          signal.removeEventListener('abort', listener);
        },
      };
    },
  };
}
