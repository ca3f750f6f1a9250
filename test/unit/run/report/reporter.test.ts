import { describe, expect, it } from 'vitest';
import type { Entry, EntryBody } from '../../../../src/run/entry.ts';
import { limits } from '../../../../src/run/limits.ts';
import { spendRows } from '../../../../src/run/report/words.ts';
import { checkpoint, created, entriesOf, verified, wholeStep } from '../builders.ts';
import { followed, heldOut, reportOf, shown, story } from './story.ts';

describe('the report of a run', () => {
  const report = reportOf(story);

  it('places every verified checkpoint by the step and the dollars at which it was taken', () => {
    const rows = report.curves.visible.points.map((p) => [p.checkpoint, p.step, p.costUsd.toFixed(2), p.pass]);
    expect(rows).toEqual([
      [1, 1, '0.10', 20],
      [2, 2, '0.20', 30],
      [3, 3, '0.30', 28],
      [4, 4, '0.90', 10],
    ]);
    // The newest, of checkpoint 4, was rolled back; what a.txt was rejected from is in no folder either.
    expect(report.figures.visible).toEqual({
      ...{ checkpoint: 2, pass: 30, total: 50, left: 'rejected' },
      behind: { checkpoints: 1, ms: 31_000 },
    });
    expect(report.best).toEqual({ checkpoint: 2, pass: 30, total: 50 });
  });

  it('G3: tells each gate with its reasons, who decided it and what was shown', () => {
    expect(report.gates).toMatchObject({
      total: 1,
      items: [
        {
          gate: 1,
          step: 3,
          checkpoint: 3,
          accepted: 0,
          decided: { decision: 'redirect', by: 'anna@desk (window)', shown },
        },
      ],
    });
  });

  it('G2: tells which steps came under a directive, and that it was withdrawn', () => {
    expect(report.directives.items).toMatchObject([
      { directive: 1, steps: { first: 4, last: 4, count: 1 }, withdrawn: { by: 'anna@desk (window)' } },
      { directive: 2, steps: null, withdrawn: null },
    ]);
  });

  it('tells rollbacks, regressions, stops, restarts and changed limits', () => {
    expect(report.rollbacks.items).toMatchObject([{ to: 2, written: 3, deleted: 1, conflicts: 1, undo: false }]);
    expect(report.rejections.items).toMatchObject([{ path: 'a.txt', directive: 2, takenBack: false }]);
    expect(report.regressions.items.map((r) => [r.checkpoint, r.cases])).toEqual([
      [3, 4],
      [4, 18],
    ]);
    expect(report.stops.items.map((s) => [s.kind, s.reason, s.until === null])).toEqual([
      ['pause', 'supervisor', false],
      ['restart', null, false],
      ['stop', null, true],
      ['end', null, true],
    ]);
    expect(report.limitChanges.items[0]?.text).toBe('soft limit of dollars $5 → none, hard limit of dollars $10 → $20');
  });

  it('B1: splits the spend by kind, counts a cut call as reserved, and says what is estimated', () => {
    const { kinds, failed, estimated, certainty, totalUsd, tokens } = report.spend;
    expect([kinds.input.tokens, kinds.cachedInput.tokens, kinds.cacheWriteInput.tokens, kinds.output.tokens]).toEqual([
      3_000, 1_500, 500, 700,
    ]);
    expect(kinds.output.usd).toBeCloseTo((700 * 15) / 1e6, 9);
    expect(failed).toEqual({ tokens: 5_000, usd: 0.5, calls: 1 });
    expect([estimated.calls, certainty, totalUsd.toFixed(2), tokens]).toEqual([1, 'estimated', '0.90', 10_700]);
  });

  it('B1: marks every row as an estimate where the sum is one, and none where it is not', () => {
    const marked = (spend: typeof report.spend) => spendRows(spend).filter(({ usd }) => usd.startsWith('≈ ')).length;
    expect(marked(report.spend)).toBe(spendRows(report.spend).length);
    expect(marked({ ...report.spend, certainty: 'measured' })).toBe(0);
  });

  it('says that a cost is not known, and never that it is zero', () => {
    const model = {
      provider: 'manual',
      name: 'by hand',
      maxOutputTokens: 1_000,
      price: null,
      priceFrom: 'not known to Belay',
    };
    expect(reportOf([created({ model })]).spend).toMatchObject({ certainty: 'unknown', usdPerHour: null });
  });

  it('counts its time apart: running, at gates, stopped', () => {
    const { runningMs, gatesMs, stoppedMs } = report.time;
    expect([gatesMs, stoppedMs]).toEqual([1_000, 13_000]);
    expect(runningMs).toBeGreaterThan(20_000);
  });

  it('is the same one while nothing that it tells has changed', () => {
    const more: EntryBody[] = [...story.slice(0, 3), { type: 'step.started', step: 1 }];
    expect(reportOf(more).seq).toBe(3);
  });

  it('is there for an empty journal', () => {
    expect(reportOf([])).toMatchObject({ seq: 0, run: null, gates: { items: [], total: 0 } });
  });
});

describe('H4: held-out in the report', () => {
  const toTheFigure = story.slice(
    0,
    story.findIndex(({ type }) => type === 'gate.opened'),
  );
  /** Every number that a report holds of the held-out suite. */
  const told = (bodies: readonly EntryBody[]) => {
    const { curves, figures, heldOutAsOf } = reportOf(bodies);
    return [curves.heldOut.points.map((p) => p.pass), figures.heldOut?.pass ?? null, heldOutAsOf];
  };

  it('H4: is not told before a gate has shown it', () => {
    expect(told(toTheFigure)).toEqual([[], null, null]);
    expect(JSON.stringify(reportOf(toTheFigure))).not.toContain('"pass":18');
  });

  it('H4: stands as of the gate, and later as of the look that is journalled', () => {
    expect(told(story.slice(0, toTheFigure.length + 1))).toEqual([[18], 18, 'gate 1']);
    expect(told(story)).toEqual([[18, 22], 22, 'a look']);
  });

  it('H4: sabotaged: without its look in the journal the newer figure stays out', () => {
    const sabotaged = story.filter(({ type }) => type !== 'heldOut.viewed');
    expect(told(sabotaged)).toEqual([[18], 18, 'gate 1']);
  });

  it('H4: a look at another checkpoint shows nothing of this one', () => {
    const other: EntryBody = { type: 'heldOut.viewed', checkpoint: 1, by: 'anna', rate: 0.1 };
    expect(told([...toTheFigure.slice(0, -1), other, heldOut(3, 18)])).toEqual([[], null, null]);
  });
});

/** A long run, an entry at a time, without a list of them: a gate every 50 steps, one deep fall. */
function* longRun(steps: number, fallAt: number): Generator<Entry> {
  let seq = 0;
  const numbered = function* (bodies: readonly EntryBody[]): Generator<Entry> {
    for (const body of bodies) {
      seq += 1;
      yield { ...body, seq, at: seq * 1_000, prev: '' };
    }
  };
  yield* numbered([created(), { type: 'engine.started', pid: 1, generation: 1 }, checkpoint(0)]);
  for (let step = 1; step <= steps; step++) {
    const fell = step === fallAt;
    yield* numbered([
      { type: 'step.started', step },
      checkpoint(step),
      { type: 'step.finished', step, checkpoint: step, title: 'x' },
      verified(step, fell ? 3 : 500 + (step % 7), 1_000, { regressed: fell ? 500 : step % 2 }),
    ]);
    if (step % 50 !== 0) continue;
    const gate = step / 50;
    const by = 'anna';
    yield* numbered([
      heldOut(step, 20),
      { type: 'gate.opened', gate, step, checkpoint: step, reasons: [{ kind: 'steps', text: '50 steps' }] },
      { type: 'gate.decided', gate, decision: 'accept', by, shown },
    ]);
  }
}

describe('B3: the report of 2,500 steps', () => {
  const steps = 2_500;
  const report = followed(longRun(steps, 1_234));

  it('B3: has a bounded curve with every gate, the deepest fall and both ends, and still counts all', () => {
    const { points, total } = report.curves.visible;
    expect(total).toBe(steps);
    expect(points.length).toBeLessThanOrEqual(limits.reportVisiblePoints);
    const kept = new Set(points.map((p) => p.checkpoint));
    const gates = report.gates.items.map((g) => g.checkpoint);
    expect([1, 1_234, steps, ...gates].filter((number) => !kept.has(number))).toEqual([]);
    expect(points.map((p) => p.checkpoint)).toEqual([...kept].sort((a, b) => a - b));
  });

  it('B3: keeps the newest of each list and counts all', () => {
    expect([report.regressions.items.length, report.regressions.total]).toEqual([limits.reportListed, 1_250]);
    expect(report.spend.spans.usd.length).toBeLessThanOrEqual(limits.reportSpans);
    expect(JSON.stringify(report).length).toBeLessThan(700_000);
  });
});

it('folds the same story from the wire and from the disk', () => {
  const entries = entriesOf(story);
  expect(followed(JSON.parse(JSON.stringify(entries)) as Entry[])).toEqual(followed(entries));
  expect(wholeStep(1).length).toBeGreaterThan(0);
});
