/**
 * Job: write a live log to a terminal with a status line under it, or plain lines where there is none.
 * Boundary: output streams and the clock; the words are liveLog's.
 * Rules: nothing of a run, a program or a path is obeyed by the terminal: all text goes through `printText`, all JSON through
 *   `printJson`, data through `printData`.
 */
import type { Disposable } from '../base/disposable.ts';
import type { RunConnection } from '../client/connection.ts';
import { visibleControls } from '../run/forDisplay.ts';
import { catchUpLines, entryLines, statusLine } from './liveLog.ts';

const eraseLine = '\r\u001b[2K';
const tickMs = 1_000;

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** One or more lines for a person; control characters and invisible marks are drawn, not obeyed. */
export function printText(output: Output, text: string): void {
  output.write(`${visibleControls(text)}\n`);
}

/** Text that another program takes: as it is into a file or a pipe, drawn safely on a terminal. */
export function printData(output: Output, text: string): void {
  if (output.isTTY === true) printText(output, text);
  else output.write(`${text}\n`);
}

/** One JSON object, a line; what JSON leaves raw and a terminal may obey is escaped, which reads back the same. */
export function printJson(output: Output, value: object): void {
  output.write(`${JSON.stringify(value).replace(rawInJson, escaped)}\n`);
}

const rawInJson = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\udb40[\udc00-\udc7f]/g;

function escaped(raw: string): string {
  return raw
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Prints what there is of the run and then follows it; disposing takes the status line away. */
export function printRun(connection: RunConnection, output: Output, json: boolean): Disposable {
  return json ? printEntries(connection, output) : printLog(connection, output);
}

/** Entries as they stand in the journal, one a line. */
function printEntries(connection: RunConnection, output: Output): Disposable {
  return connection.onEntry((entry) => {
    printJson(output, entry);
  });
}

function printLog(connection: RunConnection, output: Output): Disposable {
  const live = output.isTTY === true;
  let before = connection.state;
  const draw = () => {
    if (live) output.write(eraseLine + statusLine(connection.state, Date.now(), (output.columns ?? 80) - 1));
  };
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) {
      if (live) output.write(eraseLine);
      printText(output, lines.join('\n'));
    }
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
