/** The gate that a forecast below zero opens: once, with its words, and by visible verdicts alone. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/run/decide.ts';
import type { EntryBody, GateReason } from '../../../src/run/entry.ts';
import type { ForecastPolicy } from '../../../src/run/forecastFacts.ts';
import { gateReasons } from '../../../src/run/gate.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';
import { checkpoint, created, entriesOf, verified, wholeStep } from './builders.ts';

const policy: ForecastPolicy = { goal: 1, hourUsd: 0, valueUsd: 20 };

class ForecastRun {
  state: RunState;

  constructor(forecast: ForecastPolicy | null = policy) {
    this.state = initialState;
    const facts = { limits: { costUsd: { hard: 60 } }, hasHeldOut: false };
    this.add(created({ ...facts, ...(forecast && { forecast }) }), checkpoint(0), verified(0, 0, 100));
  }

  add(...bodies: readonly EntryBody[]): this {
    this.state = entriesOf(bodies, this.state).reduce(reduce, this.state);
    return this;
  }

  step(pass: number): this {
    const step = this.state.stepsStarted + 1;
    const bodies = wholeStep(step).map((body) => (body.type === 'model.answered' ? { ...body, costUsd: 1 } : body));
    return this.add(...bodies, verified(step, pass, 100));
  }

  /** Growth that ends early. */
  toPlateau(steps = 20): this {
    for (let step = 1; step <= steps; step++) this.step(Math.min(50, step * 20));
    return this;
  }

  get reasons(): readonly GateReason[] {
    return gateReasons(this.state, this.state.at).filter(({ kind }) => kind === 'forecast');
  }

  /** As the engine does. */
  gate(): this {
    const effect = decide(this.state, this.state.at);
    if (effect.kind !== 'openGate') throw new Error(`no gate: ${effect.kind}`);
    const at = this.state.stepsFinished;
    const shown = { checkpoint: at, visibleRate: 0.5, heldOutRate: null, filesChanged: 1, spentUsd: at };
    return this.add(
      { type: 'gate.opened', gate: 1, step: at, checkpoint: at, reasons: effect.reasons },
      { type: 'gate.decided', gate: 1, decision: 'redirect', by: 'anna@host', shown },
    );
  }
}

describe('the gate of a forecast', () => {
  it('opens when no further block is worth its price, and says what it weighed', () => {
    const { reasons } = new ForecastRun().toPlateau();
    expect(reasons.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^going on is not worth its price: \$\d+\.00 more reach 100 % visible in .*of 100 times, worth \$\d\.\d\d of the \$20 for a solved task$/,
      ),
    ]);
    expect(decide(new ForecastRun().toPlateau().state, 0)).toMatchObject({ kind: 'openGate' });
  });

  it('does not open for tasks without a value, nor for old ones, nor while a value is worth it, nor too early', () => {
    expect(new ForecastRun({ goal: 1, hourUsd: 0 }).toPlateau().reasons).toEqual([]);
    expect(new ForecastRun(null).toPlateau().reasons).toEqual([]);
    expect(new ForecastRun({ ...policy, valueUsd: 10_000 }).toPlateau().reasons).toEqual([]);
    expect(new ForecastRun().toPlateau(3).reasons).toEqual([]);
  });

  it('is told once: not again before a better rate, another limit, or twice the spend', () => {
    const told = () => new ForecastRun().toPlateau().gate();
    expect(told().step(50).reasons).toEqual([]);
    expect(told().step(51).reasons).toHaveLength(1);
    const raised: EntryBody = { type: 'budget.changed', limits: { costUsd: { hard: 50 } }, by: 'anna@host' };
    expect(told().add(raised).step(50).reasons).toHaveLength(1);
    let run = told();
    for (let step = 0; step < 19; step++) run = run.step(50);
    expect(run.reasons).toEqual([]);
    expect(run.step(50).reasons).toHaveLength(1);
  });

  it('sabotaged: a gate that forgets that it told opens again at once', () => {
    const run = new ForecastRun().toPlateau().gate().step(50);
    run.state = { ...run.state, forecast: { ...run.state.forecast, told: null } };
    expect(run.reasons).toHaveLength(1);
  });

  it('H3: held-out verdicts change nothing of it', () => {
    const [with0, with90] = [0, 90].map((pass) => {
      const run = new ForecastRun();
      for (let step = 1; step <= 20; step++)
        run.step(Math.min(50, step * 20)).add(verified(step, pass, 100, { suite: 'heldOut' }));
      return run;
    });
    expect(with0?.reasons).toHaveLength(1);
    expect(with0?.reasons).toEqual(with90?.reasons);
    expect(with0?.state.forecast).toEqual(with90?.state.forecast);
  });
});
