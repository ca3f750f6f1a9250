import { describe, expect, it } from 'vitest';
import type { RunConnection } from '../../../src/client/connection.ts';
import { standingLines } from '../../../src/cli/status.ts';
import { printData, printJson, printRun, printText, type Output } from '../../../src/cli/terminal.ts';
import { Emitter } from '../../../src/base/emitter.ts';
import type { Entry, EntryBody } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';
import { created } from './story.ts';

const evil = '\u001b]0;x\u0007\u009b2J\u202e\u200b\u{e0041}';
const drawn = '^[]0;x^G<U+009B>2J<U+202E><U+200B><U+E0041>';

function paper(isTTY = false) {
  const written: string[] = [];
  const output: Output = { write: (text) => written.push(text), isTTY };
  return { output, text: () => written.join('') };
}

/** What the log of a run reads like when these entries come. */
function logOf(bodies: readonly EntryBody[], json = false): string {
  let state: RunState = initialState;
  const entries = new Emitter<Entry>();
  const states = new Emitter<RunState>();
  const links = new Emitter<'attached' | 'lost'>();
  const connection = {
    get state() {
      return state;
    },
    onEntry: entries.event,
    onState: states.event,
    onLink: links.event,
  } as unknown as RunConnection;
  const { output, text } = paper();
  const printing = printRun(connection, output, json);
  bodies.forEach((body, index) => {
    const entry = { seq: index + 1, at: 1_000, prev: '', ...body } as Entry;
    state = reduce(state, entry);
    entries.fire(entry);
    states.fire(state);
  });
  printing.dispose();
  return text();
}

describe('the terminal', () => {
  const bodies: EntryBody[] = [
    created('20261123-0640-7f3a', `/home/${evil}`),
    { type: 'verification.failed', suite: 'visible', checkpoint: 0, message: evil },
    { type: 'stop.requested', by: evil },
    { type: 'run.ended', outcome: 'stopped', message: evil },
  ];

  it('obeys nothing that a run, a program or a name says', () => {
    const log = logOf(bodies);
    expect(log.split(drawn).length - 1).toBeGreaterThanOrEqual(4);
    expect(log).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
  });

  it('the check finds a formatter whose words are printed raw', () => {
    expect(evil).not.toBe(drawn);
    const { output, text } = paper();
    output.write(evil);
    expect(text()).not.toContain(drawn);
  });

  it('draws the standing of a run safely', () => {
    const run = { runId: 'r', folder: '/r', engine: null, alive: false, start: { workspace: evil } } as never;
    const { output, text } = paper();
    printText(output, standingLines({ run, state: null, hangs: evil }).join('\n'));
    expect(text().split(drawn)).toHaveLength(3);
  });

  it('JSON escapes what a terminal would obey and reads back the same', () => {
    const { output, text } = paper();
    printJson(output, { evil });
    expect(text()).toMatch(/^[ -~]*\n$/);
    expect(JSON.parse(text())).toEqual({ evil });
    const lines = logOf(bodies, true);
    expect(lines).toMatch(/^[ -~\n\u2192]*$/);
    expect(lines).toContain('\\u202e');
  });

  it('hands data on as it is, and draws it on a terminal', () => {
    const [file, screen] = [paper(), paper(true)];
    printData(file.output, evil);
    printData(screen.output, evil);
    expect([file.text(), screen.text()]).toEqual([`${evil}\n`, `${drawn}\n`]);
  });
});
