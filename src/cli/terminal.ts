/**
 * Job: write a live log to a terminal with a status line under it, or plain lines where there is none.
 * Boundary: output streams and the clock; the words are liveLog's.
 */
import type { Disposable } from '../base/disposable.ts';
import type { RunConnection } from '../client/connection.ts';
import { catchUpLines, entryLines, statusLine } from './liveLog.ts';

const eraseLine = '\r\u001b[2K';
const tickMs = 1_000;

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Prints what there is of the run and then follows it; disposing takes the status line away. */
export function printRun(connection: RunConnection, output: Output, json: boolean): Disposable {
  return json ? printJson(connection, output) : printLog(connection, output);
}

/** Entries as they stand in the journal, one a line. */
function printJson(connection: RunConnection, output: Output): Disposable {
  return connection.onEntry((entry) => {
    output.write(`${JSON.stringify(entry)}\n`);
  });
}

function printLog(connection: RunConnection, output: Output): Disposable {
  const live = output.isTTY === true;
  let before = connection.state;
  const draw = () => {
    if (live) output.write(eraseLine + statusLine(connection.state, Date.now(), (output.columns ?? 80) - 1));
  };
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) output.write(`${live ? eraseLine : ''}${lines.join('\n')}\n`);
    draw();
  };
  print(catchUpLines(connection.state));
  const entries = connection.onEntry((entry) => {
    print(entryLines(entry, before, connection.state));
  });
  const states = connection.onState((state) => (before = state));
  const links = connection.onLink((link) => {
    print([link === 'lost' ? 'The connection dropped; trying again …' : 'Connected again']);
  });
  const ticker = setInterval(draw, tickMs);
  ticker.unref();
  return {
    dispose: () => {
      clearInterval(ticker);
      entries.dispose();
      states.dispose();
      links.dispose();
      if (live) output.write(eraseLine);
    },
  };
}
