// Job: runs in every state that the Run view can show, built as the engine builds them: entries folded by the reducer.
// Boundary: made-up facts, true shapes. `at` counts from a moment that the caller gives, so that spans look lived-in.

import type { RollbackPlan } from '../../../src/protocol/messages.ts';
import type { ConnectionKind, HostMessage } from '../../../src/protocol/webview.ts';
import type { Entry, EntryBody, GateReason, PauseReason, SuiteName, ToolStatus } from '../../../src/run/entry.ts';
import { noPrev } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const blob = { digest: 'a'.repeat(64), bytes: 1_200 };
const noChange = { added: 0, modified: 1, deleted: 0, paths: [{ path: 'src/blocks.pl', change: 'modified' as const }] };

export interface ToolLook {
  readonly name: string;
  readonly title: string;
  readonly output?: string;
  readonly status?: ToolStatus;
  readonly exitCode?: number;
  readonly wallMs?: number;
  readonly edit?: { readonly path: string; readonly added: number; readonly removed: number };
  readonly visible?: { readonly pass: number; readonly total: number };
}

/** Appends entries as a run would, and folds them. */
export class FixtureRun {
  state: RunState = initialState;
  readonly entries: Entry[] = [];
  private clock: number;

  constructor(startedAt: number) {
    this.clock = startedAt;
  }

  add(body: EntryBody, afterMs = 400): this {
    this.clock += afterMs;
    const entry = { seq: this.state.seq + 1, at: this.clock, prev: noPrev, ...body } as Entry;
    this.entries.push(entry);
    this.state = reduce(this.state, entry);
    return this;
  }

  pass(ms: number): this {
    this.clock += ms;
    return this;
  }

  create(options: { readonly sealed?: boolean; readonly heldOut?: boolean; readonly costUsd?: number } = {}): this {
    const { sealed = true, heldOut = true, costUsd = 60 } = options;
    this.add({
      type: 'run.created',
      runId: '20260101-120000-cmark',
      workspace: '/home/anna/cmark-perl',
      task: {
        name: 'cmark → Perl',
        language: 'perl',
        model: {
          provider: 'openai-compatible',
          name: 'builder-large',
          maxOutputTokens: 8192,
          priceFrom: 'belay.json',
          price: { inputUsdPerMTok: 3, cachedInputUsdPerMTok: 0.3, cacheWriteUsdPerMTok: 0.3, outputUsdPerMTok: 15 },
        },
        limits: { costUsd: { soft: costUsd * 0.8, hard: costUsd }, steps: { hard: 600 } },
        gates: { everySteps: 20, visibleRegression: 2 },
        hasReference: true,
        hasHeldOut: heldOut,
      },
      baseline: { git: { branch: 'main', head: 'b'.repeat(40), dirty: false } },
      provenance: {
        belay: '0.1.0',
        engineDigest: 'c'.repeat(64),
        node: 'v24.1.0',
        platform: 'linux x64',
        git: '2.47.1',
        sandbox: '0.11.0',
        digests: {},
      },
      seal: sealed
        ? { sealed: true, reasons: [] }
        : { sealed: false, reasons: ['there is no sandbox (bubblewrap was not found)'], unsealedBy: 'anna@host' },
      supervisor: 'anna@host',
    });
    this.add({ type: 'engine.started', pid: 4_211, generation: 1 });
    return this.checkpoint('baseline', null, 'Baseline');
  }

  checkpoint(
    kind: 'baseline' | 'step' | 'supervisor' | 'safety' | 'rollback',
    step: number | null,
    title: string,
  ): this {
    const checkpoint = this.state.checkpoints.length;
    return this.add({
      type: 'checkpoint.created',
      checkpoint,
      kind,
      step,
      continues: checkpoint === 0 ? null : checkpoint - 1,
      commit: 'd'.repeat(40),
      tree: 'e'.repeat(40),
      manifest: blob,
      title,
      changeset: noChange,
      notCovered: 0,
    });
  }

  ask(step: number): this {
    const directives = this.state.directives.filter((d) => !d.withdrawn).map((d) => d.directive);
    this.add({ type: 'step.started', step });
    return this.add({
      type: 'model.requested',
      step,
      attempt: 1,
      prompt: blob,
      maxOutputTokens: 8192,
      reservedUsd: 0.38,
      reservedTokens: 21_000,
      directives,
    });
  }

  answer(step: number, text: string, tools: readonly ToolLook[]): this {
    const calls = tools.map((t, i) => ({ callId: `call-${String(i)}`, name: t.name, argumentsJson: '{}' }));
    return this.add(
      {
        type: 'model.answered',
        step,
        text,
        calls,
        usage: { input: 18_000, cachedInput: 15_000, cacheWriteInput: 0, output: 1_900 },
        usageEstimated: false,
        costUsd: 0.042,
        wallMs: 14_000,
        finishReason: 'tool_calls',
      },
      14_000,
    );
  }

  startTool(step: number, index: number, tool: ToolLook): this {
    return this.add({
      type: 'tool.started',
      step,
      callId: `call-${String(index)}`,
      name: tool.name,
      title: tool.title,
    });
  }

  finishTool(step: number, index: number, tool: ToolLook): this {
    const { status = 'ok', output = '', wallMs = 40, exitCode, edit, visible } = tool;
    return this.add(
      {
        type: 'tool.finished',
        step,
        callId: `call-${String(index)}`,
        status,
        output,
        wallMs,
        ...(exitCode !== undefined && { exitCode }),
        ...(visible && { visible }),
        ...(edit && {
          edit: { path: edit.path, before: '1', after: '2', lines: { added: edit.added, removed: edit.removed } },
        }),
      },
      wallMs,
    );
  }

  /** One whole step with its checkpoint. */
  step(title: string, text: string, tools: readonly ToolLook[]): this {
    const step = this.state.stepsFinished + 1;
    this.ask(step).answer(step, text, tools);
    tools.forEach((tool, index) => this.startTool(step, index, tool).finishTool(step, index, tool));
    this.checkpoint('step', step, title);
    return this.add({ type: 'step.finished', step, checkpoint: this.state.head ?? 0, title });
  }

  verify(suite: SuiteName, pass: number, total: number, regressed = 0): this {
    const checkpoint = this.state.head ?? 0;
    this.add({ type: 'verification.started', checkpoint, suite, seed: 1 });
    return this.add({
      type: 'verification.finished',
      checkpoint,
      suite,
      total,
      regressed,
      repaired: 0,
      wallMs: 5_100,
      results: blob,
      build: { ok: true },
      counts: { pass, fail: total - pass - 3, error: 1, timeout: 2, flaky: 0 },
    });
  }

  /** Many steps with a growing pass rate, as a run looks after an hour. */
  history(steps: number): this {
    const sections = [
      'Thematic breaks',
      'ATX headings',
      'Setext headings',
      'Fenced code blocks',
      'Block quotes',
      'List items',
      'Links',
      'Emphasis',
    ];
    for (let i = 0; i < steps; i++) {
      const section = sections[i % sections.length] ?? '';
      this.step(
        i % 5 === 4 ? `Repair ${section.toLowerCase()} after a regression in nested containers` : section,
        `Next: ${section}.`,
        usualTools(i),
      );
      if (i % 2 === 1) this.verify('visible', Math.min(320, 40 + i * 9), 326, i % 7 === 6 ? 4 : 0);
      if (i % 10 === 9) this.verify('heldOut', Math.min(310, 30 + i * 8), 326);
    }
    return this;
  }

  gate(reasons: readonly GateReason[]): this {
    const { gatesDecided, stepsFinished, head } = this.state;
    return this.add({
      type: 'gate.opened',
      gate: gatesDecided + 1,
      step: stepsFinished,
      checkpoint: head ?? 0,
      reasons,
    });
  }

  paused(reason: PauseReason, message: string): this {
    return this.add({ type: 'run.paused', reason, message, by: 'anna@host' });
  }
}

const colourful =
  't/blocks.t .. \u001b[31mfailed\u001b[0m\r\n#   Failed test \'fenced code\'\n#   at t/blocks.t line 41.\n#          got: "<pre>"\n#     expected: "<pre><code>"\n';
const longOutput = Array.from(
  { length: 60 },
  (_, i) => `ok ${String(i + 1)} - example ${String(i + 200)} of the specification, section Links`,
).join('\n');

function usualTools(i: number): readonly ToolLook[] {
  return [
    { name: 'read_file', title: 'read src/blocks.pl', output: 'sub parse {\n}\n' },
    {
      name: 'edit_file',
      title: 'edit src/blocks.pl',
      output: 'edited',
      edit: { path: 'src/blocks.pl', added: 12 + i, removed: 3 },
    },
    {
      name: 'run',
      title: 'run prove -r t',
      output: i % 3 === 0 ? colourful : longOutput,
      exitCode: i % 3 === 0 ? 1 : 0,
      wallMs: 9_000,
    },
    {
      name: 'run_visible_tests',
      title: 'test Links',
      output: '41 of 52',
      visible: { pass: 41, total: 52 },
      wallMs: 2_300,
    },
  ];
}

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
  return [...runningFixtures(now), ...waitingFixtures(now), ...gateFixtures(now), ...otherFixtures(now)];
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
  const fresh = new FixtureRun(now - 3_000).create().ask(1);
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
      ],
    },
    {
      name: 'verifying',
      messages: [
        stateMessage(verifying, now),
        { type: 'delta', delta: { kind: 'verification', checkpoint: 31, suite: 'visible', done: 120, total: 326 } },
      ],
    },
  ];
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
  const spent = new FixtureRun(now - 3 * hourMs).create({ costUsd: 1.32 }).history(31);
  const budget = spent.paused('budget', 'The next call may cost $0.38; $0.02 is left of $1.32.');
  const redirected = worked(now, 4_000).ask(32).add({
    type: 'directive.added',
    directive: 7,
    text: 'Use a table for the entities, no chain of ifs.',
    by: 'anna@host',
  });
  const key = new FixtureRun(now - 90_000)
    .create()
    .paused('key', 'The endpoint wants a key: BELAY_API_KEY is not set and no key is stored.');
  return [
    { name: 'waiting-provider', messages: [stateMessage(limited, now)] },
    { name: 'waiting-key', messages: [stateMessage(key, now)] },
    { name: 'paused', messages: [stateMessage(worked(now, 90_000).paused('supervisor', ''), now)] },
    { name: 'paused-budget', messages: [stateMessage(budget, now)] },
    {
      name: 'paused-disk',
      messages: [
        stateMessage(
          worked(now, 90_000).paused(
            'disk',
            'The disk of the run directory is full. Nothing that was acknowledged is lost.',
          ),
          now,
        ),
      ],
    },
    { name: 'directive-waits', gesture: 'typeRedirect', messages: [stateMessage(redirected, now)] },
    { name: 'engine-lost', messages: [stateMessage(worked(now).ask(32), now, 'lost', now - 2 * minuteMs)] },
  ];
}

function gateFixtures(now: number): readonly Fixture[] {
  const gate = worked(now).verify('visible', 287, 326, 8).gate([fell]);
  const unsealed = new FixtureRun(now - 3 * hourMs)
    .create({ sealed: false })
    .history(20)
    .gate([question, fell, steps20]);
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
  const after = worked(now, 40_000)
    .checkpoint('safety', null, 'Before rolling back to 24')
    .add({ type: 'rollback.started', to: 24, safety: 32, plan: blob, by: 'anna@host', undo: false })
    .checkpoint('rollback', null, 'Rolled back to 24')
    .add({ type: 'rollback.finished', to: 24, written: 12, deleted: 3, kept: 2, conflicts: ['lib/Inline.pm'] })
    .paused('rollback', 'You rolled back to checkpoint 24.');
  return [
    { name: 'gate', messages: [stateMessage(gate, now), { type: 'review', filesChanged: 61, unread: 38 }] },
    {
      name: 'gate-unsealed',
      messages: [stateMessage(unsealed, now), { type: 'review', filesChanged: 1, unread: null }],
    },
    { name: 'gate-rollback-plan', messages: [stateMessage(gate, now), { type: 'rollbackPlan', plan: planned }] },
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
    { name: 'rolled-back', messages: [stateMessage(after, now)] },
  ];
}

function otherFixtures(now: number): readonly Fixture[] {
  const finished = worked(now).verify('visible', 326, 326).verify('heldOut', 305, 326);
  finished.add({ type: 'run.ended', outcome: 'finished', message: 'You accepted the end at step 31.' });
  const stopped = worked(now)
    .add({ type: 'stop.requested', by: 'anna@host' })
    .add({ type: 'run.ended', outcome: 'stopped', message: 'Stopped by anna@host.' });
  const edited = worked(now, 20_000).checkpoint('supervisor', null, 'You: edited lib/Inline.pm').ask(32);
  const bigLog = new FixtureRun(now - 6 * hourMs).create().history(120).ask(121);
  return [
    { name: 'finished', gesture: 'expandLast', messages: [stateMessage(finished, now, 'readOnly')] },
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
