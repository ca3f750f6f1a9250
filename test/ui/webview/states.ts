// Job: the Run view in every state, as the messages that the host would send; drawn by render.ts, read aloud by a unit test.
// Boundary: made-up runs of fixtures.ts. A state of statusOf without a fixture fails test/unit/run/inOneLine.test.ts.

import type { RollbackPlan } from '../../../src/protocol/messages.ts';
import type { ConnectionKind, HostMessage } from '../../../src/protocol/webview.ts';
import type { Signs } from '../../../src/run/delta.ts';
import type { GateReason, PauseReason } from '../../../src/run/entry.ts';
import { flagOf } from '../../../src/run/integrity.ts';
import { initialState } from '../../../src/run/reduce.ts';
import { compacted, summarising } from './contextStates.ts';
import { FixtureRun, signsAt, type ToolLook } from './fixtures.ts';
import { recordingFixtures } from './recordingStates.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export interface Fixture {
  readonly name: string;
  readonly messages: readonly HostMessage[];
  /** What a person does before the picture is taken; see render.ts. */
  readonly gesture?: 'expandLast' | 'scrollUp' | 'typeRedirect';
}

const steps20: GateReason = { kind: 'steps', text: '20 steps since the last gate' };
const fell: GateReason = { kind: 'regression', text: 'visible fell 3.1 points (8 cases)' };
const question: GateReason = {
  kind: 'question',
  text: 'the agent asks: the specification leaves the tab stop inside a list item open; shall I follow the reference (4 columns) or the document?',
};

/** All states, as of `now`. */
export function fixtures(now: number): readonly Fixture[] {
  return [
    ...runningFixtures(now),
    ...waitingFixtures(now),
    ...pausedFixtures(now),
    ...gateFixtures(now),
    ...rollbackFixtures(now),
    ...otherFixtures(now),
    ...recordingFixtures(now),
  ];
}

function stateMessage(
  run: FixtureRun,
  now: number,
  kind: ConnectionKind = 'attached',
  since = now - 2 * hourMs,
): HostMessage {
  return { type: 'state', state: run.state, connection: { kind, since }, now };
}

function worked(now: number, agoMs = 2 * hourMs): FixtureRun {
  const run = new FixtureRun(now - agoMs - 20 * minuteMs).create().history(31);
  return run.pass(Math.max(0, now - agoMs - run.state.at));
}

function runningFixtures(now: number): readonly Fixture[] {
  const tool: ToolLook = {
    name: 'run',
    title: 'run perl bin/check-everything --section "Fenced code blocks" --verbose',
    exitCode: 0,
  };
  const edit: ToolLook = {
    name: 'edit_file',
    title: 'edit lib/Inline.pm',
    edit: { path: 'lib/Inline.pm', added: 31, removed: 7 },
  };
  const model = worked(now, 12_000).ask(32);
  const running = worked(now, 14 * minuteMs + 20_000)
    .ask(32)
    .answer(32, 'Fenced code blocks keep their info string. I check the whole section again.', [edit, tool]);
  running.startTool(32, 0, edit).finishTool(32, 0, edit).startTool(32, 1, tool);
  const verifying = worked(now, 8_000).add({ type: 'verification.started', checkpoint: 31, suite: 'visible', seed: 1 });
  const slow = worked(now, 40_000)
    .step('Tables', 'Next: tables.', [])
    .step('Links', 'Next: links.', [])
    .sample(41, 50, 326);
  slow.step('Images', 'Next: images.', []).ask(35);
  const fresh = new FixtureRun(now - 3_000).create().ask(1);
  const silent = worked(now, 92_000).ask(32);
  return [
    { name: 'running-first-step', messages: [stateMessage(fresh, now)] },
    {
      name: 'running-model',
      messages: [
        stateMessage(model, now),
        {
          type: 'delta',
          delta: {
            kind: 'text',
            step: 32,
            text: 'The info string ends at the first backtick, so\nthe parser has to look ahead. I will change `open_fence` and ',
          },
        },
        { type: 'delta', delta: { kind: 'text', step: 32, text: 'then run the section again.' } },
        signs(now, { modelAt: now - 2_000 }),
      ],
    },
    {
      name: 'running-tool',
      gesture: 'expandLast',
      messages: [
        stateMessage(running, now),
        {
          type: 'delta',
          delta: {
            kind: 'output',
            step: 32,
            callId: 'call-1',
            text: 'checking 29 examples\n\u001b[32mok\u001b[0m 119\n\u001b[32mok\u001b[0m 120\n',
          },
        },
        signs(now, { toolAt: now - 3_000, commandMs: 20 * minuteMs }),
      ],
    },
    {
      name: 'verifying',
      messages: [
        stateMessage(verifying, now),
        { type: 'delta', delta: { kind: 'verification', checkpoint: 31, suite: 'visible', done: 120, total: 326 } },
        {
          type: 'delta',
          delta: { kind: 'verification', checkpoint: 31, suite: 'heldOut', done: 0, total: 0, waits: true },
        },
        signs(now, { verdictAt: now - 1_000, verified: { done: 120, total: 326 } }),
      ],
    },
    { name: 'sampled', messages: [stateMessage(slow, now)] },
    { name: 'running-silent', messages: [stateMessage(silent, now), signs(now - 41_000, {})] },
  ];
}

/** What the engine told of itself at `at`. */
function signs(at: number, more: Partial<Signs>): HostMessage {
  return { type: 'delta', delta: { kind: 'signs', signs: { ...signsAt(at), ...more } } };
}

function waitingFixtures(now: number): readonly Fixture[] {
  const limited = worked(now, 5_000)
    .ask(32)
    .add({
      type: 'model.failed',
      step: 32,
      attempt: 1,
      kind: 'rate-limited',
      message: 'The endpoint answered 429: too many requests.',
      retryable: true,
      retryAt: now + 3 * minuteMs,
      costUsd: 0,
      tokens: 0,
    });
  const redirected = worked(now, 4_000).ask(32).redirect('Use a table for the entities, no chain of ifs.');
  const key = new FixtureRun(now - 90_000)
    .create()
    .paused('key', 'The endpoint wants a key: BELAY_API_KEY is not set and no key is stored.');
  const byHand = new FixtureRun(now - 14 * minuteMs).create({ provider: 'manual' }).ask(1);
  return [
    { name: 'waiting-provider', messages: [stateMessage(limited, now)] },
    { name: 'waiting-key', messages: [stateMessage(key, now)] },
    { name: 'waiting-answer', messages: [stateMessage(byHand, now)] },
    {
      name: 'waiting-answer-refused',
      messages: [
        stateMessage(byHand, now),
        {
          type: 'answerFile',
          text: 'A first try.\n\n<call tool="write_file">\n<path>lib/Inline.pm</path>\n<content>\npackage Inline;\n',
        },
        {
          type: 'notice',
          severity: 'error',
          text: 'Line 5: <content> has no </content> on a line of its own.',
          intent: 'answer',
        },
      ],
    },
    { name: 'directive-waits', gesture: 'typeRedirect', messages: [stateMessage(redirected, now)] },
    {
      name: 'engine-lost',
      messages: [stateMessage(worked(now, 3 * minuteMs).ask(32), now, 'lost', now - 2 * minuteMs)],
    },
  ];
}

const pauses: Readonly<Partial<Record<PauseReason, string>>> = {
  supervisor: 'paused by you',
  model: 'openrouter.example answered 503: the model is overloaded; tried 6 times',
  window: "VS Code's models are asked through a window, and none is open.",
  consent: 'VS Code asks before Belay may use GPT-5 of Copilot.',
  recording: 'The folder is not as it was when the answer of step 32 was recorded.',
  disk: 'The disk of the run directory is full. Nothing that was acknowledged is lost.',
  sandbox: 'bubblewrap no longer starts: bwrap: setting up uid map: Permission denied',
  failure: 'The checkpoint could not be taken: EACCES: permission denied, open lib/Inline.pm',
};

function pausedFixtures(now: number): readonly Fixture[] {
  const spent = new FixtureRun(now - 3 * hourMs).create({ costUsd: 1.32 }).history(31);
  const budget = spent.paused('budget', 'The next call may cost $0.38; $0.02 is left of $1.32.');
  const reasons = Object.entries(pauses) as [PauseReason, string][];
  const limit =
    'api.anthropic.com answered 429: "This request would exceed your account\'s usage limit". Too many requests; Belay waits and tries again.';
  return [
    { name: 'held-back', messages: [stateMessage(worked(now, 90_000).heldBack(), now)] },
    { name: 'parked', messages: [stateMessage(worked(now, 90_000).parked(limit), now)] },
    { name: 'paused-budget', messages: [stateMessage(budget, now)] },
    ...reasons.map(([reason, message]) => ({
      name: `paused-${reason}`,
      messages: [stateMessage(worked(now, 90_000).paused(reason, message), now)],
    })),
  ];
}

/** Debt that chance does not explain, and expected outputs in the source. */
function doubtful(now: number): FixtureRun {
  const text = '12 of 187 expected outputs stand in the source';
  return worked(now)
    .verify('visible', 310, 326)
    .verify('heldOut', 277, 326)
    .check(flagOf({ kind: 'literals', severity: 'gate', text }))
    .gate([
      { kind: 'debt', text: 'held-out is 10.1 points below visible, more than chance explains (95 %: 5.6 to 14.8)' },
      { kind: 'integrity', text },
    ]);
}

function gateFixtures(now: number): readonly Fixture[] {
  const gate = worked(now).verify('visible', 287, 326, 8).gate([fell]);
  const unsealed = new FixtureRun(now - 3 * hourMs)
    .create({ sealed: false })
    .history(20)
    .gate([question, fell, steps20]);
  return [
    { name: 'gate', messages: [stateMessage(gate, now), { type: 'review', filesChanged: 61, unread: 38 }] },
    { name: 'doubtful', messages: [stateMessage(doubtful(now), now)] },
    {
      name: 'gate-unsealed',
      messages: [stateMessage(unsealed, now), { type: 'review', filesChanged: 1, unread: null }],
    },
    {
      name: 'gate-refused',
      messages: [
        stateMessage(gate, now),
        {
          type: 'notice',
          severity: 'error',
          text: 'Gate 1 was decided in another window: redirected by ben@host at 14:02.',
          intent: 'accept',
        },
      ],
    },
  ];
}

function rollbackFixtures(now: number): readonly Fixture[] {
  const atGate = () => worked(now).verify('visible', 287, 326, 8).gate([fell]);
  const planned: RollbackPlan = {
    to: 24,
    write: 12,
    delete: 3,
    keep: 2,
    conflict: 1,
    digest: 'f'.repeat(64),
    paths: [
      { path: 'lib/Block/FencedCode.pm', action: 'write', bytes: 4_211 },
      { path: 'lib/Inline.pm', action: 'conflict', bytes: 9_120, reason: 'you edited it after step 27' },
      { path: 'notes.md', action: 'keep', bytes: 220, reason: 'yours' },
      { path: 't/fenced.t', action: 'delete', bytes: 1_804 },
    ],
  };
  const part: RollbackPlan = {
    to: 24,
    only: { paths: ['lib', 'notes.md'] },
    write: 1,
    merge: 1,
    delete: 0,
    keep: 0,
    conflict: 1,
    digest: 'e'.repeat(64),
    paths: [
      { path: 'lib/Block/FencedCode.pm', action: 'write', bytes: 4_211 },
      { path: 'lib/Inline.pm', action: 'merge', bytes: 9_120, reason: 'with what you edited' },
      {
        path: 'notes.md',
        action: 'conflict',
        bytes: 220,
        reason: 'it has unsaved changes in an editor: save or close it first',
      },
    ],
  };
  const inStep = worked(now, 9_000).ask(32);
  const rolling = worked(now, 3_000).startRollBack(24);
  const after = worked(now, 40_000).rollBack(24, { conflicts: ['lib/Inline.pm'] });
  const farBack = atGate().rollBack(0);
  const undone = atGate().rollBack(24);
  undone.rollBack(undone.state.lastRollback?.safety ?? 0, { undo: true });
  return [
    { name: 'gate-rollback-plan', messages: [stateMessage(atGate(), now), { type: 'rollbackPlan', plan: planned }] },
    { name: 'rollback-part-plan', messages: [stateMessage(inStep, now), { type: 'rollbackPlan', plan: part }] },
    { name: 'rolling-back', messages: [stateMessage(rolling, now)] },
    { name: 'rolled-back', messages: [stateMessage(after, now)] },
    { name: 'rolled-back-unverified', messages: [stateMessage(farBack, now)] },
    { name: 'rollback-undone', messages: [stateMessage(undone, now)] },
  ];
}

function otherFixtures(now: number): readonly Fixture[] {
  const finished = worked(now).verify('visible', 326, 326).verify('heldOut', 305, 326);
  finished.add({ type: 'run.ended', outcome: 'finished', message: 'accepted by the supervisor' });
  const stopping = worked(now, 4_000).ask(32).add({ type: 'stop.requested', by: 'anna@host (window)' });
  const stopped = worked(now)
    .add({ type: 'stop.requested', by: 'anna@host (window)' })
    .add({ type: 'run.ended', outcome: 'stopped', message: 'stopped by the supervisor' });
  const short = new FixtureRun(now - 3 * hourMs).create({ sealed: false }).history(12);
  short.add({ type: 'run.ended', outcome: 'finished', message: 'accepted by the supervisor' });
  const edited = worked(now, 20_000).checkpoint('supervisor', null, 'You: edited lib/Inline.pm').ask(32);
  const bigLog = new FixtureRun(now - 6 * hourMs).create().history(120).ask(121);
  return [
    { name: 'finished', gesture: 'expandLast', messages: [stateMessage(finished, now, 'readOnly')] },
    { name: 'finished-short', messages: [stateMessage(short, now, 'readOnly')] },
    {
      name: 'away',
      messages: [
        stateMessage(worked(now, 9_000).ask(32), now),
        { type: 'away', news: { awayMs: 3.2 * hourMs, steps: 41, cases: 12, spentUsd: 4.1 } },
      ],
    },
    { name: 'stopping', messages: [stateMessage(stopping, now)] },
    { name: 'stalled', messages: [stateMessage(stalled(now), now)] },
    { name: 'summarising', messages: [stateMessage(summarising(worked(now, 9_000)), now)] },
    { name: 'compacted', messages: [stateMessage(compacted(worked(now, 40_000)), now)] },
    { name: 'happenings', messages: [stateMessage(eventful(now), now)] },
    { name: 'stopped', messages: [stateMessage(stopped, now, 'readOnly')] },
    { name: 'supervisor-edited', messages: [stateMessage(edited, now)] },
    { name: 'scrolled-up', gesture: 'scrollUp', messages: [stateMessage(bigLog, now)] },
    {
      name: 'no-run',
      messages: [{ type: 'state', state: initialState, connection: { kind: 'none', since: now }, now }],
    },
    {
      name: 'starting',
      messages: [{ type: 'state', state: initialState, connection: { kind: 'starting', since: now - 2_000 }, now }],
    },
  ];
}

/** The second rung of the ladder: a note to the agent has not helped. */
function stalled(now: number): FixtureRun {
  const run = worked(now);
  const signs = [
    { kind: 'errors', text: 'the same error in 6 of the last 8 steps: “error: the old text is not in lib/Inline.pm”' },
    {
      kind: 'score',
      text: 'visible has not risen above 88.0 % in 14 verified versions and $3.10: at one gain in 4.0 as before, chance explains that in 1.8 %',
    },
  ] as const;
  run.add({ type: 'stall.detected', rung: 'nudge', signs: signs.slice(0, 1) }).step('Try the links again', '', []);
  run.add({ type: 'stall.settled', rung: 'nudge', moved: false, steps: 6, costUsd: 0.41 });
  return run.add({ type: 'stall.detected', rung: 'fresh', signs }).step('Look at the links afresh', '', []);
}

/** A run in which the supervisor did all that they can do. */
function eventful(now: number): FixtureRun {
  const run = new FixtureRun(now - 20 * hourMs).create().history(4);
  run.redirect('Use a table for the entities, no chain of ifs; and keep the names of the specification.');
  run.step('Entities from a table', '', []).gate([steps20]).decide('accept');
  run.checkpoint('supervisor', null, 'You: edited lib/Inline.pm and 2 more').step('Links', '', []);
  run
    .gate([fell])
    .rollBack(4)
    .add({ type: 'run.resumed', by: 'anna@host (window)' })
    .pass(7 * hourMs);
  run.add({ type: 'engine.started', pid: 7, generation: 2 }).step('Emphasis', '', []);
  run.paused('budget', 'limit reached: dollars').add({
    type: 'budget.changed',
    limits: { costUsd: { soft: 64, hard: 80 }, steps: { hard: 600 } },
    by: 'ben@desk (cli)',
  });
  run.add({ type: 'run.resumed', by: 'ben@desk (cli)' });
  run.add({ type: 'heldOut.viewed', checkpoint: 8, by: 'anna@host (window)', rate: 0.714 });
  run.add({ type: 'directive.withdrawn', directive: 1, by: 'anna@host (window)' });
  return run.ask(run.state.stepsStarted + 1);
}
