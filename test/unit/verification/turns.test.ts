/** Job: held-out cases run when nothing runs that the agent can hear of, and nothing of it begins beside them. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from '../../../src/engine/effects/turns.ts';

/** What has entered until now, in order; `leave` ends the turn of a name. */
function watched(turns: Turns) {
  const entered: string[] = [];
  const leaves = new Map<string, () => void>();
  const ask = (name: string, kind: 'shared' | 'alone', signal?: AbortSignal) => {
    void turns[kind](signal).then((leave) => {
      entered.push(leave === null ? `${name} gave up` : name);
      if (leave !== null) leaves.set(name, leave);
    });
  };
  const settled = async () => {
    await setImmediate();
    return entered.splice(0);
  };
  return { ask, settled, leave: (name: string) => leaves.get(name)?.() };
}

it('H1: one alone waits for all that run, and those that come later wait for it, in their order', async () => {
  const { ask, settled, leave } = watched(new Turns());
  ask('command', 'shared');
  ask('visible', 'shared');
  ask('heldOut', 'alone');
  ask('next', 'shared');
  expect(await settled()).toEqual(['command', 'visible']);
  leave('command');
  leave('command');
  expect(await settled()).toEqual([]);
  leave('visible');
  expect(await settled()).toEqual(['heldOut']);
  ask('another', 'alone');
  leave('heldOut');
  expect(await settled()).toEqual(['next']);
  leave('next');
  expect(await settled()).toEqual(['another']);
});

it('B3: who gives up is forgotten, and those behind it go on', async () => {
  const { ask, settled, leave } = watched(new Turns());
  const cancel = new AbortController();
  ask('command', 'shared');
  ask('heldOut', 'alone', cancel.signal);
  ask('next', 'shared');
  expect(await settled()).toEqual(['command']);
  cancel.abort();
  expect(await settled()).toEqual(['heldOut gave up', 'next']);
  ask('late', 'alone', cancel.signal);
  leave('command');
  leave('next');
  ask('last', 'alone');
  expect(await settled()).toEqual(['late gave up', 'last']);
});

it('H1: where both took the same kind of turn they would run side by side (sabotaged: the check can fail)', async () => {
  const { ask, settled } = watched(new Turns());
  ask('command', 'shared');
  ask('heldOut', 'shared');
  expect(await settled()).toEqual(['command', 'heldOut']);
});
