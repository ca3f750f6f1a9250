// The words of the one question before a start, and the edits that mend a task.
import { parseTree, getNodeValue } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { isSealed, startDetail, startTruths, tickWords, type StartFacts } from '../../../src/extension/confirmation.ts';
import { taskEdits } from '../../../src/extension/taskEdits.ts';

const sealed: StartFacts = {
  limits: { costUsd: { hard: 60 }, wallMs: { hard: 7 * 24 * 3_600_000 } },
  costKnown: true,
  plays: false,
  hasHeldOut: true,
  sandbox: { available: true, version: 'bubblewrap 0.8.0' },
  reasons: [],
  missingKey: null,
  foreignHost: null,
  windowModel: null,
};
const withoutSandbox: StartFacts = {
  ...sealed,
  sandbox: { available: false, reason: 'bubblewrap is not installed' },
  reasons: ['commands run without a sandbox: bubblewrap is not installed'],
};

describe('the confirmation of a start', () => {
  it('says limits, sandbox and seal in one line, and nothing more where nothing is missing', () => {
    expect(startDetail(sealed)).toBe(
      'May spend up to $60.00 and run up to 7 days in this folder. Sandbox: bubblewrap 0.8.0. Held-out: sealed.',
    );
    expect(startTruths({ ...withoutSandbox, limits: { steps: { hard: 1 } }, hasHeldOut: false })).toBe(
      'May take up to 1 step in this folder. Sandbox: none. Held-out: none.',
    );
  });

  it('B1: names no dollars where the price is not known', () => {
    const limits = { costUsd: { hard: 60 }, tokens: { hard: 2_000_000 } };
    expect(startTruths({ ...sealed, costKnown: false, limits })).toBe(
      'May use up to 2.0 M tokens in this folder. What it costs is not known to Belay. Sandbox: bubblewrap 0.8.0. Held-out: sealed.',
    );
  });

  it('says of a recording that nobody is paid', () => {
    expect(startTruths({ ...sealed, plays: true })).toBe(
      'Plays a recording in this folder and costs nothing: its dollars are the recorded run’s. Sandbox: bubblewrap 0.8.0. Held-out: sealed.',
    );
  });

  it('names the key that is missing', () => {
    expect(startDetail({ ...sealed, foreignHost: 'http://gateway.example' })).toContain(
      'belay.json has the model asked at http://gateway.example: what the agent reads and the key for it go there, unencrypted.',
    );
    expect(startDetail({ ...sealed, missingKey: 'api.anthropic.com' })).toContain(
      'No key for api.anthropic.com is kept',
    );
  });

  const checkSealed = (says: typeof startTruths) => {
    expect(says(sealed)).toContain('Held-out: sealed.');
    expect(says({ ...sealed, reasons: ['a copy is in the workspace'] })).toContain('Held-out: NOT sealed.');
    expect(says(withoutSandbox)).toContain('Held-out: NOT sealed.');
    expect(says({ ...withoutSandbox, reasons: [] })).toContain('Held-out: NOT sealed.');
  };
  it('H2: says sealed only where a sandbox is there and nothing speaks against it', () => {
    checkSealed(startTruths);
    expect(isSealed(sealed)).toBe(true);
    expect(isSealed({ ...sealed, reasons: ['a copy is in the workspace'] })).toBe(false);
  });

  it('H2: the check finds words that look at the sandbox alone', () => {
    const bySandbox: typeof startTruths = (facts) => startTruths({ ...facts, reasons: [] });
    expect(() => {
      checkSealed(bySandbox);
    }).toThrow();
  });

  it('H2: gives every reason once, and says what is ticked', () => {
    const reasons = ['a copy is in the workspace', 'the history of the workspace has it'];
    const detail = startDetail({ ...sealed, reasons });
    expect(detail).toContain('• a copy is in the workspace.\n• the history of the workspace has it.');
    expect(detail).not.toContain('your rights');
    const bare = startDetail(withoutSandbox);
    expect(bare.match(/bubblewrap is not installed/g)).toHaveLength(1);
    expect(bare).toContain('with your rights');
    expect(tickWords(withoutSandbox)).toContain('my rights');
    expect(tickWords({ ...sealed, reasons })).toContain('NOT sealed');
  });
});

describe('an edit of a task', () => {
  const text = '{\n  // the program\n  "reference": { "command": ["cal"] }, // kept\n  "name": "x",\n}\n';
  const edited = (path: readonly string[], value: unknown): string =>
    [...taskEdits(text, path, value)]
      .sort((a, b) => b.offset - a.offset)
      .reduce((now, { offset, length, content }) => now.slice(0, offset) + content + now.slice(offset + length), text);
  const valueOf = (json: string): unknown => {
    const root = parseTree(json, [], { allowTrailingComma: true });
    return root && getNodeValue(root);
  };

  it('changes one value and keeps the comments', () => {
    const changed = edited(['reference', 'command'], ['/usr/bin/ncal']);
    expect(valueOf(changed)).toEqual({ reference: { command: ['/usr/bin/ncal'] }, name: 'x' });
    expect(changed).toContain('// the program');
    expect(changed).toContain('// kept');
  });

  it('adds what is not there, and takes a key away', () => {
    expect(valueOf(edited(['suites', 'visible'], 'tests/a.jsonl'))).toMatchObject({
      suites: { visible: 'tests/a.jsonl' },
    });
    expect(valueOf(edited(['reference'], undefined))).toEqual({ name: 'x' });
  });
});
