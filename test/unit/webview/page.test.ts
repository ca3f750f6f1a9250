import { describe, expect, it } from 'vitest';
import { FollowTail } from '../../../src/webview/followTail.ts';
import { rowMove, sends, type KeyPress } from '../../../src/webview/keyboard.ts';
import { Looks, seenOf } from '../../../src/webview/looks.ts';
import type { StepSummary } from '../../../src/run/state.ts';
import { happeningsAt } from '../../../src/webview/slots.ts';
import { keptOf } from '../../../src/webview/transport.ts';
import { FixtureRun } from '../../ui/webview/fixtures.ts';

describe('following the tail', () => {
  const at = (top: number, content: number) => ({ top, content, window: 100 });

  it('stops when one scrolls up and goes on when one comes back to the end', () => {
    const tail = new FollowTail();
    tail.scrolled(at(900, 1000));
    tail.scrolled(at(700, 1000));
    tail.appended(3);
    expect([tail.following, tail.unseen]).toEqual([false, 3]);
    tail.scrolled(at(895, 1000));
    expect([tail.following, tail.unseen]).toEqual([true, 0]);
  });

  it('goes on while the content grows under it: that is not the supervisor', () => {
    const tail = new FollowTail();
    tail.scrolled(at(900, 1000));
    tail.scrolled(at(900, 2000));
    tail.scrolled(at(950, 2000));
    tail.appended(5);
    expect([tail.following, tail.unseen]).toEqual([true, 0]);
  });

  it('goes on when the content shrinks and the browser moves it up', () => {
    const tail = new FollowTail();
    tail.scrolled(at(900, 1000));
    tail.scrolled(at(400, 500));
    expect(tail.following).toBe(true);
  });
});

describe('following while the page changes around it', () => {
  /** A step's fragments go, and before the browser tells that it moved, the gate's box takes room too. */
  function goesOn(scrolled: (tail: FollowTail, top: number, content: number, window: number) => void): boolean {
    const tail = new FollowTail();
    scrolled(tail, 900, 1_000, 100);
    scrolled(tail, 500, 600, 60);
    return tail.following;
  }

  it('goes on when the content shrank and the window with it', () => {
    const measured = (tail: FollowTail, top: number, content: number, window: number) => {
      tail.scrolled({ top, content, window });
    };
    expect(goesOn(measured)).toBe(true);
  });

  it('would be caught: by the position alone it looks as if one had scrolled up', () => {
    const positionOnly = (tail: FollowTail, top: number, _: number, window: number) => {
      tail.scrolled({ top, content: 1_000, window });
    };
    expect(goesOn(positionOnly)).toBe(false);
  });
});

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  ...held,
});

describe('keys', () => {
  /** What the redirect box promises of Enter. */
  const keepsItsPromise = (send: (p: KeyPress) => boolean): boolean =>
    send(press('Enter')) &&
    send(press('Enter', { ctrlKey: true })) &&
    !send(press('Enter', { shiftKey: true })) &&
    !send(press('Enter', { isComposing: true })) &&
    !send(press('a'));

  it('Enter sends, Shift+Enter breaks the line, and an input method keeps its Enter', () => {
    expect(keepsItsPromise(sends)).toBe(true);
  });

  it('would be caught sending half a word of Japanese', () => {
    expect(keepsItsPromise((p) => p.key === 'Enter' && !p.shiftKey)).toBe(false);
  });

  it('arrows move between rows and open them, within the ends', () => {
    const moves = (key: string, index: number, expanded = false) => rowMove(press(key), index, 3, expanded);
    expect([
      moves('ArrowUp', 0),
      moves('ArrowDown', 1),
      moves('ArrowDown', 2),
      moves('Home', 2),
      moves('End', 0),
    ]).toEqual([{ to: 0 }, { to: 2 }, { to: 2 }, { to: 0 }, { to: 2 }]);
    expect([
      moves('ArrowRight', 1),
      moves('ArrowRight', 1, true),
      moves('ArrowLeft', 1, true),
      moves('ArrowLeft', 1),
    ]).toEqual(['expand', null, 'collapse', null]);
    expect(rowMove(press('ArrowUp', { altKey: true }), 1, 3, false)).toBeNull();
  });
});

describe('since you last looked', () => {
  const started = () => new FixtureRun(1_000_000).create().step('Links', '', []).verify('visible', 100, 200);

  it('compares with what the window kept, of the same run only', () => {
    const run = started();
    const kept: unknown = JSON.parse(JSON.stringify(seenOf(run.state)));
    run.step('Lists', '', []).verify('visible', 120, 200).step('Code', '', []).verify('visible', 130, 200);
    expect(new Looks(kept).baselineOf(run.state, 'visible')).toEqual({ checkpoint: 1, pass: 100, total: 200 });
    expect(new Looks({ ...(kept as object), runId: 'another' }).baselineOf(run.state, 'visible')?.pass).toBe(120);
  });

  it('compares with the verification before when nothing was kept, and with nothing when there is none', () => {
    const run = started();
    expect(new Looks(undefined).baselineOf(run.state, 'visible')).toBeNull();
    run.step('Lists', '', []).verify('visible', 120, 200);
    expect(new Looks('of an older version').baselineOf(run.state, 'visible')?.pass).toBe(100);
  });

  it('counts as away only from a minute on', () => {
    const run = started();
    const looks = new Looks(seenOf(run.state));
    run.step('Lists', '', []).verify('visible', 120, 200);
    looks.leave(run.state, 0);
    looks.comeBack(30_000);
    expect(looks.baselineOf(run.state, 'visible')?.pass).toBe(100);
    looks.leave(run.state, 40_000);
    looks.comeBack(100_000);
    expect(looks.baselineOf(run.state, 'visible')?.pass).toBe(120);
  });
});

describe('rows', () => {
  it('put what came between the steps where it came, and a step where it began', () => {
    const run = new FixtureRun(1_000_000)
      .create()
      .step('One', '', [])
      .checkpoint('supervisor', null, 'You: edited a')
      .ask(2)
      .redirect('Faster.')
      .answer(2, '', [])
      .checkpoint('step', 2, 'Two')
      .add({ type: 'step.finished', step: 2, checkpoint: 3, title: 'Two' })
      .rollBack(1);
    const { steps, happenings } = run.state;
    const of = (known: readonly StepSummary[]) => ({
      lastStep: steps.length,
      stepAt: (number: number) => known.find(({ step }) => step === number),
    });
    const texts = (known: readonly StepSummary[]) =>
      [0, 1, 2, 3].flatMap((slot) => [
        ...(of(known).stepAt(slot) === undefined ? [] : [`step ${String(slot)}`]),
        ...happeningsAt(of(known), slot, happenings, Infinity).map(({ text }) => text),
      ]);
    const later = ['step 2', 'Directive 1: Faster.', 'Rolled back to step 1 · checkpoint 1'];
    expect(texts(steps)).toEqual(['step 1', 'You: edited a', ...later]);
    expect(texts(steps.slice(1)), 'of the steps that are there').toEqual(later);
  });
});

describe('what the window kept', () => {
  it('takes nothing that does not fit', () => {
    expect([keptOf(null), keptOf(7), keptOf({ draft: 3 }), keptOf({ draft: 'a', other: 1 })]).toEqual([
      {},
      {},
      {},
      { draft: 'a' },
    ]);
  });
});
