/** A suite that takes longer than the steps, in virtual time: the real loop, decide and verifications; the verifier sleeps. */
import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/engine/effects/turns.ts';
import { Verifications, type VerificationPorts } from '../../src/engine/effects/verifications.ts';
import { Blobs } from '../../src/engine/journal/blobs.ts';
import { openJournal } from '../../src/engine/journal/journal.ts';
import { runLoop, type Performers } from '../../src/engine/loop.ts';
import { Run } from '../../src/engine/run.ts';
import type { Entry, EntryType, GatePolicy } from '../../src/run/entry.ts';
import { limits } from '../../src/run/limits.ts';
import { sampleOf } from '../../src/run/sample.ts';
import { answered, checkpoint, created } from '../unit/run/builders.ts';
import { seeded, SimulatedDisk } from '../unit/journal/simulatedDisk.ts';
import { settled, SimulatedClock } from './clock.ts';

const suiteSize = 600;
const stepMs = 10_000;
const startMs = 1_000_000;

interface Story {
  readonly caseMs: number;
  /** Of one core; 0.5 where absent. */
  readonly cpuShare?: number;
  readonly gates: GatePolicy;
  /** How many of the suite's cases pass at a checkpoint. */
  readonly passing?: (checkpoint: number) => number;
  /** What a step does when it is finished. */
  readonly onCheckpoint?: (verifications: Verifications, checkpoint: number) => Promise<void>;
  /** The last step: a run that no gate stops. */
  readonly steps?: number;
}

/** Runs until nothing moves any more: at a gate, or when the verifications have come to rest after the last step. */
async function play({ caseMs, cpuShare = 0.5, gates, passing = () => 500, onCheckpoint, steps = Infinity }: Story) {
  const random = seeded(5);
  const disk = new SimulatedDisk(random);
  const clock = new SimulatedClock(startMs);
  const blobs = new Blobs('/run', disk);
  const { journal } = await openJournal('/run', { blobs, disk });
  const run = new Run(journal, clock.engine);
  const entries: Entry[] = [];
  run.onEntry((entry) => entries.push(entry));
  const cases = Array.from({ length: suiteSize }, (_, at) => ({ id: `case ${at}`, tags: [`tag ${at % 7}`] }));
  let cpuMs = 0;
  const verifyCheckpoint: VerificationPorts['verifyCheckpoint'] = async ({ checkpoint: of, seed, sample }, signal) => {
    const drawn = sample && sampleOf(cases, { ...sample, seed });
    const runs = [...(drawn?.drawn ?? cases), ...(drawn?.beside ?? [])];
    await clock.engine.sleep(runs.length * caseMs, signal);
    if (signal.aborted) throw new Error('cut');
    cpuMs += runs.length * caseMs;
    const judged = runs.map((one, at) => ({
      id: one.id,
      verdict: Number(one.id.slice(5)) < passing(of) ? ('pass' as const) : ('fail' as const),
      ...(drawn && at >= drawn.drawn.length && { beside: true as const }),
    }));
    const counted = judged.filter((one) => one.beside !== true);
    const pass = counted.filter(({ verdict }) => verdict === 'pass').length;
    return {
      counts: { pass, fail: counted.length - pass, error: 0, timeout: 0, flaky: 0 },
      total: counted.length,
      ...(drawn && { of: suiteSize }),
      build: { ok: true },
      cases: judged,
      tags: [],
      cost: { buildCpuMs: 0, casesCpuMs: runs.length * caseMs, casesWallMs: runs.length * caseMs, ran: runs.length },
    };
  };
  const verifications = new Verifications({
    run,
    blobs,
    random,
    verifyCheckpoint,
    clock: clock.engine,
    sendDelta: () => undefined,
    turns: new Turns(),
    sandboxProblem: () => Promise.resolve(null),
  });
  const afterCheckpoint = async (number: number) => {
    if (onCheckpoint) await onCheckpoint(verifications, number);
    else verifications.schedule(number);
  };
  const performers: Partial<Performers> = {
    takeBaseline: async () => {
      await run.record(checkpoint(0));
      await afterCheckpoint(0);
    },
    beginStep: async () => {
      if (run.state.stepsStarted >= steps) await run.changed();
      else await run.record({ type: 'step.started', step: run.state.stepsStarted + 1 });
    },
    requestModel: async () => {
      await clock.engine.sleep(stepMs);
      await run.record(answered(run.state.stepsStarted, { calls: [] }));
    },
    finishStep: async () => {
      const step = run.state.stepsStarted;
      await run.record(checkpoint(step), { type: 'step.finished', step, checkpoint: step, title: `Step ${step}` });
      await afterCheckpoint(step);
    },
    verify: ({ checkpoint: of, suite }) => verifications.verify(of, suite),
    openGate: async ({ reasons }) => {
      await run.record({
        type: 'gate.opened',
        gate: 1,
        step: run.state.stepsStarted,
        checkpoint: run.state.head ?? 0,
        reasons,
      });
    },
  };
  await run.record(created({ gates, verification: { cpuShare, completeEvery: 20 }, hasHeldOut: false }));
  // What decide never asks for here has no performer.
  void runLoop(run, { clock: clock.engine, performers: performers as Performers, runQueuedCommand: () => null });
  do await settled();
  while (clock.fireNext());
  const of = <T extends EntryType>(type: T) =>
    entries.filter((entry): entry is Extract<Entry, { type: T }> => entry.type === type);
  return { of, entries, cpuMs, state: run.state };
}

const gates = { everySteps: 50 };
/** When the step was finished, were nothing ever waited for. */
const unhurried = (step: number) => startMs + step * stepMs;

describe('a suite that takes longer than the steps', () => {
  it('never holds a step up, and is run whole at the gate, which waits for it', async () => {
    const { of, state, entries } = await play({ caseMs: 200, gates });
    expect(of('step.finished').map(({ step, at }) => at - unhurried(step))).toEqual(
      Array.from({ length: 50 }, () => 0),
    );
    expect(state.gate).toMatchObject({ gate: 1, checkpoint: 50 });
    expect(state.figures.visible).toMatchObject({
      last: { checkpoint: 50, pass: 500, total: suiteSize },
      sample: null,
    });
    const [last, gate] = entries.slice(-2);
    expect([last?.type, gate?.type]).toEqual(['verification.finished', 'gate.opened']);
    expect(state.at - unhurried(50)).toBeGreaterThanOrEqual(suiteSize * 200);
  });

  it('would be caught holding steps up (sabotaged: the check can fail)', async () => {
    const { of } = await play({
      caseMs: 200,
      gates,
      onCheckpoint: (verifications, number) => verifications.verify(number, 'visible'),
    });
    expect(of('step.finished').every(({ step, at }) => at === unhurried(step))).toBe(false);
  });

  it('is sampled at the newest checkpoint of the moment, over and over, and whole every 20 checkpoints', async () => {
    const { of, entries } = await play({ caseMs: 150, cpuShare: 2, gates });
    let newest = 0;
    for (const entry of entries) {
      if (entry.type === 'checkpoint.created') newest = entry.checkpoint;
      if (entry.type === 'verification.started') expect(entry.checkpoint).toBe(newest);
    }
    const sampled = of('verification.sampled');
    expect(sampled.length).toBeGreaterThan(3);
    for (const { total, of: all } of sampled)
      expect([total >= limits.sampleCasesLeast / 2, all]).toEqual([true, suiteSize]);
    const whole = of('verification.finished').map(({ checkpoint: number }) => number);
    for (const [at, number] of whole.entries()) expect(number - (whole[at - 1] ?? 0)).toBeLessThan(20 + 10);
    expect(of('verification.started').length).toBeLessThan(50);
  });

  it('B3: keeps to its share of the CPU between gates, and lags when that is little', async () => {
    const { of, cpuMs, state } = await play({ caseMs: 2_000, gates: { everySteps: 1_000 } });
    const wall = state.at - startMs;
    // One complete run may be owed when the gate asks for another.
    expect(cpuMs - 2 * suiteSize * 2_000).toBeLessThanOrEqual(0.5 * (wall + 2 * limits.cpuSavedMs));
    expect(of('step.finished').every(({ step, at }) => at === unhurried(step))).toBe(true);
  });

  it('grows while nothing new comes, until all is run, under one seed', async () => {
    const { of, state } = await play({ caseMs: 1_000, gates: {}, steps: 12 });
    const last = of('verification.sampled').filter((entry) => entry.checkpoint === 12);
    expect(last.length).toBeGreaterThan(1);
    expect(new Set(last.map(({ seed }) => seed)).size).toBe(1);
    const totals = last.map(({ total }) => total);
    expect(totals).toEqual([...new Set(totals)].sort((a, b) => a - b));
    expect(state.figures.visible).toMatchObject({ last: { checkpoint: 12, total: suiteSize }, sample: null });
  });

  it('a fall that a sample sees is run whole, and only then opens a gate; a draw alone opens none', async () => {
    const falls = await play({
      caseMs: 200,
      gates: { visibleRegression: 5 },
      passing: (number) => (number < 25 ? 500 : 420),
      steps: 60,
    });
    expect(falls.state.gate?.reasons.map(({ kind }) => kind)).toEqual(['regression']);
    expect(falls.state.gate?.checkpoint).toBeLessThan(60);
    expect(falls.state.figures.visible.last).toMatchObject({ checkpoint: falls.state.gate?.checkpoint, pass: 420 });
    const stays = await play({ caseMs: 200, gates: { visibleRegression: 1 }, steps: 60 });
    expect(stays.state.gate).toBeNull();
    expect(stays.of('verification.sampled').length).toBeGreaterThan(5);
  });
});
