// Job: reports in every state that the page can show, folded from entries as the engine folds them.
// Boundary: made-up facts, true shapes.

import type { Page } from 'playwright-core';
import type { ReportHostMessage } from '../../../src/protocol/reportPage.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import { flagOf } from '../../../src/run/integrity.ts';
import { CaseHistory } from '../../../src/run/report/caseHistory.ts';
import type { RunReport } from '../../../src/run/report/report.ts';
import { Reporter } from '../../../src/run/report/reporter.ts';
import { FixtureRun } from './fixtures.ts';
import type {} from './reportFixturePage.ts';

const hourMs = 3_600_000;

export function reportOf(run: FixtureRun, history = new CaseHistory()): RunReport {
  const reporter = new Reporter();
  let state = initialState;
  for (const entry of run.entries) {
    state = reduce(state, entry);
    reporter.follow(entry, state);
  }
  return reporter.report(state, history);
}

const shown = { visibleRate: 0.412, heldOutRate: 0.38, filesChanged: 61, spentUsd: 0.84 };
const by = 'anna@host (window)';
const blob = { digest: 'a'.repeat(64), bytes: 1 };

/** A run of `steps` with everything in it: a gate every 20 steps, a fall, a rollback, redirects, a pause. */
export function lived(now: number, steps: number, options: Parameters<FixtureRun['create']>[0] = {}): FixtureRun {
  const run = new FixtureRun(now - 60 * hourMs).create(options);
  for (let step = 1; step <= steps; step++) {
    run.step(step % 7 === 0 ? 'Repair lists' : 'Links', 'Next.', []).pass(4 * 60_000);
    const grown = Math.round(300 * (1 - Math.exp(-step / (steps / 2.2))));
    const fell = step % 31 === 30;
    run.verify('visible', fell ? Math.round(grown * 0.7) : grown, 326, fell ? 40 : step % 9 === 0 ? 2 : 0);
    if (step % 20 === 0) gateAt(run, step, steps);
    if (step === 33) rolledBack(run);
  }
  return run;
}

function gateAt(run: FixtureRun, step: number, steps: number): void {
  const { head, gatesDecided } = run.state;
  run.verify('heldOut', Math.round(260 * (1 - Math.exp(-step / (steps / 2)))), 326);
  run.gate([{ kind: 'steps', text: '20 steps since the last gate' }]).pass(hourMs);
  const decision = step % 40 === 0 ? 'redirect' : 'accept';
  run.add({ type: 'gate.decided', gate: gatesDecided + 1, decision, by, shown: { ...shown, checkpoint: head ?? 0 } });
  if (decision === 'redirect')
    run.add({
      type: 'directive.added',
      directive: run.state.directives.length + 1,
      text: 'Use a table for the entities,\nno chain of ifs.',
      by,
    });
}

function rolledBack(run: FixtureRun): void {
  const to = 24;
  run.paused('supervisor', 'paused by you').pass(hourMs).checkpoint('safety', null, 'Before rolling back');
  const safety = run.state.head ?? 0;
  run.add({ type: 'rollback.started', to, safety, plan: blob, by, undo: false });
  run.checkpoint('rollback', null, `Rolled back to ${String(to)}`);
  run.add({ type: 'rollback.finished', to, written: 12, deleted: 3, kept: 2, conflicts: ['lib/Inline.pm'] });
  run.add({ type: 'run.resumed', by });
}

const table = flagOf(
  { kind: 'literals', severity: 'gate', text: '12 of 187 expected outputs stand in the source' },
  [12, 40, 41, 77].map((line) => ({ path: 'lib/Inline/Entities.pm', first: line, last: line })),
);
const gone = flagOf(
  { kind: 'reference', severity: 'flagged', text: 'the source seems to call the reference or its library' },
  [{ path: 'bin/render', first: 3, last: 3 }],
);
const code = flagOf({ kind: 'binary', severity: 'listed', text: 'machine code lies among the files' }, [
  { path: 'build/helper', first: 0, last: 0 },
]);
const sections = ['Tabs', 'Links', 'Emphasis and strong emphasis', 'Fenced code blocks'];

/** Ten points between the suites, by tag, and what a check finds. */
function doubtful(now: number): FixtureRun {
  const run = lived(now, 40).step('Entities', 'Next.', []).check(gone).step('A table', 'Next.', []).check(table, code);
  const tags = (lost: number) => sections.map((tag, i) => ({ tag, pass: 20 - lost * i, total: 20 }));
  const verified = (suite: 'visible' | 'heldOut', pass: number, lost: number) =>
    run.add({
      ...{ type: 'verification.finished', checkpoint: run.state.head ?? 0, suite, total: 326, results: blob },
      ...{ build: { ok: true }, regressed: 0, repaired: 4, sinceGate: { regressed: 2, repaired: 12 }, wallMs: 900 },
      ...{ counts: { pass, fail: 324 - pass, error: 1, timeout: 1, flaky: 0 }, tags: tags(lost) },
      isolation: { kind: 'sandboxes', why: 'there is no Perl' },
    });
  verified('visible', 310, 1);
  verified('heldOut', 277, 3);
  return run.gate([{ kind: 'integrity', text: table.text }]);
}

/** 652 cases over so many checkpoints: one in 11 is lost now and then, one in 50 is flaky. */
function changing(checkpoints: number): CaseHistory {
  const history = new CaseHistory();
  for (let checkpoint = 1; checkpoint <= checkpoints; checkpoint++) {
    const verdictOf = (index: number) => {
      if (index % 50 === 7 && (checkpoint + index) % 9 === 0) return 'flaky';
      const lost = index % 11 === 3 && (checkpoint + index) % 17 > 12;
      return lost || index > checkpoint * 12 ? (index % 13 === 0 ? 'timeout' : 'fail') : 'pass';
    };
    const ids = Array.from({ length: 652 }, (_, i) => `${sections[i % sections.length] ?? ''}-${String(i + 1)}`);
    history.add(
      checkpoint,
      ids.map((id, index) => ({ id, verdict: verdictOf(index) })),
    );
  }
  return history;
}

export interface ReportFixture {
  readonly name: string;
  readonly messages: readonly ReportHostMessage[];
  readonly gesture?: 'table' | 'focusGate' | 'steps';
}

export function reportFixtures(now: number): readonly ReportFixture[] {
  const message = (run: FixtureRun): ReportHostMessage => ({ type: 'report', report: reportOf(run), now });
  const whole = message(lived(now, 90));
  const open = lived(now, 47, { sealed: false }).gate([
    { kind: 'regression', text: 'visible fell 3.1 points (8 cases)' },
    { kind: 'question', text: 'the agent asks: shall I follow the reference (4 columns) or the document?' },
  ]);
  const sampled = lived(now, 47)
    .step('Tables', 'Next.', [])
    .pass(200_000)
    .step('Links', 'Next.', [])
    .sample(41, 50, 326);
  const ended = lived(now, 30).add({ type: 'run.ended', outcome: 'finished', message: 'you accepted the end' });
  return [
    { name: 'no-run', messages: [{ type: 'report', report: null, now }] },
    { name: 'first-step', messages: [message(new FixtureRun(now - 9_000).create().ask(1))] },
    {
      name: 'forecast',
      messages: [message(lived(now, 70, { costUsd: 5, forecast: { goal: 1, valueUsd: 400, hourUsd: 0 } }))],
    },
    {
      name: 'forecast-below',
      messages: [message(lived(now, 90, { costUsd: 6, forecast: { goal: 1, valueUsd: 1, hourUsd: 0 } }))],
    },
    { name: 'whole', messages: [whole] },
    { name: 'whole-steps', messages: [whole], gesture: 'steps' },
    { name: 'whole-table', messages: [whole], gesture: 'table' },
    { name: 'gate-open', messages: [message(open)], gesture: 'focusGate' },
    { name: 'sampled', messages: [message(sampled)] },
    { name: 'doubtful', messages: [message(doubtful(now))] },
    { name: 'cases', messages: [{ type: 'report', report: reportOf(lived(now, 90), changing(90)), now }] },
    { name: 'long', messages: [message(lived(now, 1_400))] },
    {
      name: 'ended-notice',
      messages: [
        message(ended),
        { type: 'notice', severity: 'error', text: 'The clipboard was not given: save the report instead.' },
      ],
    },
  ];
}

/** Sends messages as the host does and waits until they are drawn. */
export async function sendReport(page: Page, messages: readonly ReportHostMessage[]): Promise<void> {
  await page.evaluate(async (all) => {
    for (const message of all) window.reportFixture.send(message);
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    await frame();
    await frame();
  }, messages as ReportHostMessage[]);
}
