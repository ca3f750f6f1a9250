import { describe, expect, it } from 'vitest';
import { parseRunPath, runPath, type RunPlace } from '../../../src/extension/runUri.ts';
import { parseReportIntent } from '../../../src/extension/views/reportIntents.ts';

const runId = '20261123-0640-7f3a';

describe('the link of a run', () => {
  it('leads where it was made for', () => {
    const places: readonly RunPlace[] = [
      { runId, at: null },
      { runId, at: { kind: 'step', number: 12 } },
      { runId, at: { kind: 'gate', number: 3 } },
      { runId, at: { kind: 'checkpoint', number: 0 } },
    ];
    for (const place of places) expect(parseRunPath(runPath(place))).toEqual(place);
  });

  it('is nothing else', () => {
    const others = [
      '',
      '/',
      '/run/',
      '/run/../../etc',
      '/run/20261123-0640-7f3a/file/a',
      '/run/20261123-0640-7f3a/step/x',
      '/run/20261123-0640-7f3a/step/1/2',
      '/run/20261123-0640-7F3A',
      '/run/20261123-0640-7f3a/gate/9999999999',
      `/run/${runId}/step/1\n`,
    ];
    expect(others.filter((path) => parseRunPath(path) !== null)).toEqual([]);
  });
});

it('takes nothing from the report page but what its code sends', () => {
  expect(parseReportIntent({ type: 'openGate', gate: 3, more: 1 })).toEqual({ type: 'openGate', gate: 3 });
  const refused = [
    null,
    'ready',
    { type: 'openGate', gate: -1 },
    { type: 'toString' },
    { type: 'openCheckpoint', checkpoint: '1' },
  ];
  expect(refused.filter((message) => parseReportIntent(message) !== null)).toEqual([]);
});
