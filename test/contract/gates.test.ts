/** Contract of the real engine: gates and directives, with two windows on one run. */
import { describe, expect, it } from 'vitest';
import { RequestRefused } from '../../src/protocol/refused.ts';
import type { Entry } from '../../src/run/entry.ts';
import { shownOf } from '../../src/run/shown.ts';
import { Bench, isAsking, say, script, upper, writes } from './harness.ts';

const everyStep = { gates: { everySteps: 1 } };
const threeSteps = script(
  say('A first try.', writes('upper.sh', 'cat\n')),
  say('Now in capitals.', writes('notes.md', 'capitals\n')),
  say('One more.', writes('more.md', 'more\n')),
);
const agentsOwn: ReadonlySet<string> = new Set([
  'step.started',
  'model.requested',
  'model.answered',
  'tool.started',
  'tool.finished',
]);

/** G1: what the agent did while a gate was open. */
function doneAtOpenGates(journal: readonly Entry[]): readonly number[] {
  let open = false;
  const done: number[] = [];
  for (const entry of journal) {
    if (entry.type === 'gate.opened') open = true;
    if (entry.type === 'gate.decided') open = false;
    if (open && agentsOwn.has(entry.type)) done.push(entry.seq);
  }
  return done;
}

describe('gates', () => {
  it('G1, G3: a gate holds until it is decided, and the decision says who, when and what was shown', async () => {
    const bench = await Bench.make({ answer: threeSteps, task: everyStep });
    const window = await bench.start();
    const { seq } = await bench.gate(window);
    expect(bench.requests.length).toBe(1);
    const other = await bench.resume(window, 'ben@laptop (window)');
    // Each of these makes the loop turn and then answers: had it anything to do, it would have begun.
    await other.request('pause', {});
    await other.request('resume', {});
    await other.request('changeLimits', { limits: { costUsd: { hard: 40 } } });
    await other.request('compare', { from: 0, to: 'workspace' });
    await bench.until(window, 'three entries', (state) => state.seq >= seq + 3);
    expect(window.state.gate?.gate).toBe(1);
    expect(bench.requests.length).toBe(1);

    const shown = shownOf(other.state, 1);
    const before = Date.now();
    await other.request('decide', { gate: 1, decision: 'accept', shown });
    await bench.gate(window, 2);
    expect(bench.requests.length).toBe(2);
    const [decided] = bench.entries(window, 'gate.decided');
    expect(decided).toMatchObject({ gate: 1, decision: 'accept', by: 'ben@laptop (window)', shown });
    expect(decided?.shown).toMatchObject({ checkpoint: 1, visibleRate: 0, heldOutRate: 0, filesChanged: 1 });
    expect(decided?.at).toBeGreaterThanOrEqual(before);
    expect(decided?.at).toBeLessThanOrEqual(Date.now());

    const journal = bench.journal(window);
    expect(doneAtOpenGates(journal)).toEqual([]);
    const sabotaged = journal.filter((entry) => entry.type !== 'gate.decided');
    expect(doneAtOpenGates(sabotaged), 'the check sees an agent that goes on').not.toEqual([]);
  });

  it('G1: of two windows that decide at the same time the first wins and the other is told', async () => {
    const bench = await Bench.make({ answer: threeSteps, task: everyStep });
    const anna = await bench.start();
    const ben = await bench.resume(anna, 'ben@laptop (window)');
    await Promise.all([bench.gate(anna), bench.gate(ben)]);
    const outcomes = await Promise.allSettled([bench.accept(anna), bench.accept(ben)]);
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused.map((one) => one.reason as unknown)).toEqual([new RequestRefused('Gate 1 was already decided.')]);
    await bench.gate(anna, 2);
    expect(bench.entries(anna, 'gate.decided').length).toBe(1);
    await expect(
      ben.request('decide', { gate: 1, decision: 'accept', shown: shownOf(ben.state, null) }),
    ).rejects.toThrow(/^Gate 1 is decided; gate 2 is open now\.$/);
    await expect(
      ben.request('decide', { gate: 2, decision: 'redirect', text: ' ', shown: shownOf(ben.state, null) }),
    ).rejects.toThrow(/^Say in a sentence/);
    expect(anna.state.gate?.gate).toBe(2);
  });

  it('G2: a redirect is in the very next request and in all later ones, until it is withdrawn', async () => {
    const bench = await Bench.make({ answer: threeSteps, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    const first = 'Write the letters with tr and nothing else.';
    const second = 'Keep a log of what you tried.';
    const carrying = (text: string) =>
      bench.requests.filter((request) => request.text.includes(text)).map((request) => request.number);

    await window.request('decide', { gate: 1, decision: 'redirect', text: first, shown: shownOf(window.state, null) });
    await bench.gate(window, 2);
    const { directive } = await window.request('redirect', { text: second, shown: shownOf(window.state, null) });
    expect(directive).toBe(2);
    await bench.gate(window, 3);
    expect(carrying(first)).toEqual([2, 3]);
    expect(carrying(second)).toEqual([3]);
    expect(bench.entries(window, 'model.requested').map((entry) => entry.directives)).toEqual([[], [1], [1, 2]]);
    expect(window.state.directives.map((one) => one.sentInStep)).toEqual([2, 3]);

    await window.request('withdraw', { directive: 1 });
    await bench.accept(window);
    await bench.gate(window, 4);
    expect(carrying(first)).toEqual([2, 3]);
    expect(carrying(second)).toEqual([3, 4]);
    expect(window.state.asked?.finish).toBe('all is done');
  });

  it('G2: a redirect in mid-step is in the request of the next step', async () => {
    const redirected = Promise.withResolvers<undefined>();
    const bench = await Bench.make({
      answer: threeSteps,
      server: {
        beforeChunk: async ({ number }, index) => {
          if (number === 1 && index === 1) await redirected.promise;
        },
      },
    });
    const window = await bench.start();
    await bench.until(window, 'a request on its way', (state) => isAsking(state));
    await window.request('redirect', { text: 'Say it in capitals.', shown: shownOf(window.state, null) });
    redirected.resolve(undefined);
    await bench.gate(window);
    expect(bench.requests.map((request) => request.text.includes('Directive 1: Say it in capitals.'))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it('G2: why a gate was rolled back is in the next request; the undo withdraws it, and to do it again says it again', async () => {
    const bench = await Bench.make({ answer: threeSteps, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    await bench.rollBackAtGate(window, 0, ' cat is not enough ');
    const text =
      'Rolled back to checkpoint 0: cat is not enough. What came after it is undone; do not go that way again.';
    expect(window.state.directives).toMatchObject([{ directive: 1, text, withdrawn: false }]);
    expect(window.state.lastRollback?.why).toEqual({ reason: 'cat is not enough', directive: 1 });
    const { items } = (await window.request('report', { known: 0 }))?.rollbacks ?? { items: [] };
    expect(items).toMatchObject([{ to: 0, reason: 'cat is not enough' }]);
    await window.request('undoRollback', {});
    expect(window.state).toMatchObject({ gate: { gate: 2 }, directives: [{ withdrawn: true }] });
    await bench.rollBackAtGate(window, window.state.lastRollback?.safety ?? -1);
    expect(window.state.directives).toMatchObject([{ withdrawn: true }, { directive: 2, text, withdrawn: false }]);
    await window.request('resume', {});
    await bench.gate(window, 3);
    expect(bench.requests[1]?.text).toContain(`Directive 2: ${text}`);
    expect(bench.requests[0]?.text, 'would be caught: nobody had said it yet').not.toContain(text);
  });

  it('opens when the agent asks, takes the question up once, and ends the run when the end is accepted', async () => {
    const bench = await Bench.make({
      answer: script(
        say('Which one?', { name: 'ask', args: { question: 'Shall I use tr or sed?' } }),
        say('With tr.', writes('upper.sh', upper)),
      ),
    });
    const window = await bench.start();
    const asked = await bench.gate(window);
    expect(asked.gate?.reasons).toEqual([{ kind: 'question', text: 'the agent asks: Shall I use tr or sed?' }]);
    await window.request('redirect', { text: 'Use tr.', shown: shownOf(window.state, null) });
    const end = await bench.gate(window, 2);
    expect(end.gate?.reasons.map((reason) => reason.kind)).toEqual(['end']);
    expect(end.figures.visible.last).toMatchObject({ pass: 4, total: 4 });
    expect(end.figures.heldOut.last).toMatchObject({ pass: 3, total: 3 });
    await bench.accept(window);
    const ended = await bench.until(window, 'the end', (state) => state.ended !== null);
    expect(ended.ended).toMatchObject({ outcome: 'finished' });
    expect(ended.accepted).toBe(end.gate?.checkpoint);
  });
});
