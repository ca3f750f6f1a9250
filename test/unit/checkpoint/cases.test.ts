/** Rules: the quick ones of `npm run cases -- checkpoint`, and that its eyes see a store which loses something. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { checkpointCases } from '../../cases/all.ts';
import type { Case } from '../../cases/case.ts';
import { perform } from '../../cases/check.ts';
import type { Sabotage } from '../../cases/engine.ts';
import { killedAtEach } from '../../cases/killed.ts';
import { gitAt, Scene } from '../../cases/scene.ts';

const all = Object.values(checkpointCases).flat();
const exact = { undo: '', redo: '', git: '' };

function named(name: string): Case {
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`no case is named ${name}`);
  return found;
}

/** The store with one of its answers replaced. */
function changed(change: Partial<CheckpointStore>): Sabotage {
  return (store) =>
    new Proxy(store, {
      get: (target, key) => {
        const own: unknown = Reflect.get(change, key) ?? Reflect.get(target, key, target);
        return typeof own === 'function' ? (...args: unknown[]): unknown => Reflect.apply(own, target, args) : own;
      },
    });
}

describe('cases of the documentation', () => {
  it('are many, and each has a name of its own', () => {
    expect(all.length).toBeGreaterThanOrEqual(45);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(all.filter(({ quick }) => quick))('C1, C2, C4: $name', async (one) => {
    expect(await perform(one)).toEqual(exact);
  });

  it('C2, sabotaged: a store that forgets modes is seen', async () => {
    const forgets: Sabotage = (store) =>
      changed({
        applyRollback: (plan, to, more) => {
          const entries = to.entries.map((entry) => (entry.type === 'file' ? { ...entry, mode: 0o644 } : entry));
          return store.applyRollback(plan, { ...to, entries }, more);
        },
      })(store);
    const { undo } = await perform(named('mode 0600'), forgets);
    expect(undo).not.toBe('');
  });

  it('C6, sabotaged: a plan that does not know who changed what is seen', async () => {
    const forgets: Sabotage = (store) =>
      changed({
        planRollback: (params) =>
          store.planRollback({ ...params, history: params.history.map((item) => ({ ...item, author: 'run' })) }),
      })(store);
    const { undo } = await perform(named('you and the run edit the same place of a file'), forgets);
    expect(undo).toContain('"a" is file 644');
  });

  it('C1, sabotaged: a checkpoint that goes through the user’s index is seen', async () => {
    const { git } = await perform(named('tracked files are changed, made and deleted'), (store) =>
      changed({
        take: async (params) => {
          const taken = await store.take(params);
          gitAt(String(Reflect.get(store, 'workspace')), 'add', '-A');
          return taken;
        },
      })(store),
    );
    expect(git).toBe('a .git was touched');
  });

  it('C4: an engine that is killed at a write of a rollback finishes it at the next start', async () => {
    const { points, ...outcome } = await killed((scene) => killedAtEach('rollback', scene, 15));
    expect(outcome).toEqual(exact);
    expect(points).toBeGreaterThan(50);
  }, 60_000);

  it('C4, sabotaged: one that leaves it as it is, is seen', async () => {
    const { undo } = await killed((scene) => killedAtEach('rollback', scene, 40, () => Promise.resolve()));
    expect(undo).toMatch(/killed at write \d+ of \d+: /);
  }, 60_000);
});

async function killed<T>(work: (scene: Scene) => Promise<T>): Promise<T> {
  const scene = new Scene();
  onTestFinished(() => {
    scene.remove();
  });
  return work(scene);
}
