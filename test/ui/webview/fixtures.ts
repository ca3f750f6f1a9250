// Job: runs built as the engine builds them, entries folded by the reducer, for tests of what a person sees.
// Boundary: made-up facts, true shapes. `at` counts from a moment that the caller gives, so that spans look lived-in.

import type { ForecastPolicy } from '../../../src/run/forecastFacts.ts';
import type { Signs } from '../../../src/run/delta.ts';
import type {
  Decision,
  Entry,
  EntryBody,
  GateReason,
  PauseReason,
  SuiteName,
  ToolStatus,
} from '../../../src/run/entry.ts';
import { noPrev } from '../../../src/run/entry.ts';
import type { IntegrityFlag } from '../../../src/run/integrity.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RecordingFacts } from '../../../src/run/recordingFacts.ts';
import type { RunState } from '../../../src/run/state.ts';

const anna = 'anna@host (window)';
export const blob = { digest: 'a'.repeat(64), bytes: 1_200 };
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

/** An engine that was heard of at `at`, and nobody else. */
export function signsAt(at: number): Signs {
  return { at, pid: 4711, modelAt: null, toolAt: null, verdictAt: null, verified: null, commandMs: 60_000 };
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

  create(options: RunLook = {}): this {
    const { sealed = true, heldOut = true, costUsd = 60, recording } = options;
    const { provider = recording === undefined ? 'openai-compatible' : 'recorded' } = options;
    this.add({
      type: 'run.created',
      runId: '20260101-120000-cmark',
      workspace: '/home/anna/cmark-perl',
      task: {
        name: 'cmark → Perl',
        language: 'perl',
        model: {
          provider,
          name: 'builder-large',
          maxOutputTokens: 8192,
          priceFrom: 'belay.json',
          price: { inputUsdPerMTok: 3, cachedInputUsdPerMTok: 0.3, cacheWriteUsdPerMTok: 0.3, outputUsdPerMTok: 15 },
        },
        limits: { costUsd: { soft: costUsd * 0.8, hard: costUsd }, steps: { hard: 600 } },
        gates: { everySteps: 20, visibleRegression: 2 },
        hasReference: true,
        hasHeldOut: heldOut,
        ...(recording && { recording }),
        ...(options.forecast && { forecast: options.forecast }),
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
    continues = this.state.head,
  ): this {
    const checkpoint = this.state.checkpoints.length;
    return this.add({
      type: 'checkpoint.created',
      checkpoint,
      kind,
      step,
      continues,
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
    const step = this.state.stepsStarted + 1;
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

  /** A sample of the visible suite at the newest checkpoint. */
  sample(pass: number, total: number, of: number): this {
    const checkpoint = this.state.head ?? 0;
    this.add({ type: 'verification.started', checkpoint, suite: 'visible', seed: 1 });
    return this.add({
      ...{
        type: 'verification.sampled',
        checkpoint,
        suite: 'visible',
        seed: 1,
        total,
        of,
        wallMs: 5_100,
        results: blob,
      },
      ...{ beside: { pass: 3, total: 12 }, failedNotRun: 4, passedBefore: pass - 1, regressed: 1, repaired: 2 },
      build: { ok: true },
      counts: { pass, fail: total - pass, error: 0, timeout: 0, flaky: 0 },
    });
  }

  /** A check of the newest checkpoint. */
  check(...flags: readonly IntegrityFlag[]): this {
    const literals = { hits: flags.some(({ kind }) => kind === 'literals') ? 12 : 0, eligible: 187 };
    return this.add({
      type: 'integrity.checked',
      checkpoint: this.state.head ?? 0,
      whole: true,
      flags,
      literals,
      notChecked: [],
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

  /** By its provider, for another three hours. */
  parked(message: string): this {
    return this.add({ type: 'run.paused', reason: 'model', message, until: this.clock + 3 * 3_600_000 });
  }

  heldBack(): this {
    const message = '$5.02 of $5 were spent within an hour: the throttle allows no more';
    return this.add({ type: 'run.paused', reason: 'throttle', message, until: this.clock + 25 * 60_000 });
  }

  paused(reason: PauseReason, message: string): this {
    const asked = reason === 'supervisor' || reason === 'rollback';
    return this.add({ type: 'run.paused', reason, message, ...(asked && { by: anna }) });
  }

  /** A whole rollback. An open gate is decided by it, and opened again where it is taken back (`undo`). */
  rollBack(to: number, { undo = false, conflicts = [] }: RollbackLook = {}): this {
    this.startRollBack(to, undo);
    const { gate } = this.state.rollback ?? {};
    this.checkpoint('rollback', null, undo ? 'Rollback taken back' : `Back to checkpoint ${String(to)}`, to);
    this.add({ type: 'rollback.finished', to, written: 12, deleted: 3, kept: 2, conflicts });
    if (!undo || !gate) return this;
    return this.gate(gate.reasons).add({ type: 'run.resumed', by: anna });
  }

  startRollBack(to: number, undo = false): this {
    const safety = this.state.checkpoints.length;
    this.checkpoint('safety', null, `Before the rollback to ${String(to)}`);
    if (this.state.gate !== null) this.decide('rollback', to);
    this.add({ type: 'rollback.started', to, safety, plan: blob, by: anna, undo });
    const message = undo ? 'took the rollback back' : `rolled back to checkpoint ${String(to)}`;
    return this.paused('rollback', message);
  }

  decide(decision: Decision, to?: number): this {
    const { gate, checkpoint } = this.state.gate ?? { gate: 0, checkpoint: 0 };
    const shown = { checkpoint, visibleRate: null, heldOutRate: null, filesChanged: 0, spentUsd: 0 };
    return this.add({ type: 'gate.decided', gate, decision, by: anna, shown, ...(to !== undefined && { to }) });
  }

  redirect(text: string): this {
    const directive = this.state.directives.length + 1;
    return this.add({ type: 'directive.added', directive, text, by: anna });
  }
}

export interface RunLook {
  readonly forecast?: ForecastPolicy;
  readonly sealed?: boolean;
  readonly heldOut?: boolean;
  readonly costUsd?: number;
  readonly provider?: string;
  /** What the run plays. */
  readonly recording?: RecordingFacts;
}

export interface RollbackLook {
  readonly undo?: boolean;
  readonly conflicts?: readonly string[];
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
