import { describe, expect, it } from 'vitest';
import { Pulse } from '../../../src/engine/pulse.ts';
import type { Delta } from '../../../src/run/delta.ts';

function bench() {
  const sent: Delta[] = [];
  let now = 1_000_000;
  const pulse = new Pulse({ commandMs: 60_000, now: () => now, send: (delta) => sent.push(delta) });
  /** So many seconds, with a beat in each. */
  const pass = (seconds: number, each: () => void = () => undefined) => {
    for (let second = 0; second < seconds; second++) {
      now += 1_000;
      each();
      pulse.beat();
    }
  };
  return { pulse, sent, pass, now: () => now };
}

describe('the engine tells its signs of life', () => {
  it('at most once a second while something comes, however much', () => {
    const { pulse, sent, pass, now } = bench();
    pass(10, () => {
      for (let byte = 0; byte < 1_000; byte++) pulse.byteCame();
    });
    expect(sent).toHaveLength(10);
    expect(sent.at(-1)).toMatchObject({
      kind: 'signs',
      signs: { at: now(), modelAt: now(), toolAt: null, pid: process.pid },
    });
  });

  it('now and then when nothing comes, so that one that hangs is noticed', () => {
    const { sent, pass } = bench();
    pass(60);
    expect(sent).toHaveLength(12);
  });

  it('of whom each fragment comes from', () => {
    const { pulse, pass, now } = bench();
    pulse.hear({ kind: 'text', step: 1, text: 'I read' });
    const modelAt = now();
    pass(1);
    pulse.hear({ kind: 'output', step: 1, callId: '1.1', text: 'cc' });
    const toolAt = now();
    pass(1);
    pulse.hear({ kind: 'verification', checkpoint: 1, suite: 'visible', done: 3, total: 4 });
    pulse.hear({ kind: 'verification', checkpoint: 1, suite: 'heldOut', done: 0, total: 0, waits: true });
    expect(pulse.signs).toMatchObject({ modelAt, toolAt, verdictAt: now(), verified: { done: 3, total: 4 } });
  });

  it('at once after the clock was put back', () => {
    const sent: Delta[] = [];
    let now = 1_000_000;
    const pulse = new Pulse({ commandMs: 1, now: () => now, send: (delta) => sent.push(delta) });
    pulse.beat();
    now -= 3_600_000;
    pulse.beat();
    expect(sent).toHaveLength(2);
  });
});
