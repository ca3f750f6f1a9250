/**
 * Rules: C2, C4, C6 on random trees: whatever a run did, a rollback gives the tree of then and its undo the tree of now;
 *   whatever the supervisor did stays.
 */
import fc from 'fast-check';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RollbackPlan, RollbackPlanPath } from '../../../src/protocol/messages.ts';
import type { Manifest } from '../../../src/engine/checkpoint/manifest.ts';
import { planDigest } from '../../../src/engine/checkpoint/plan.ts';
import { git, Workbench } from './fixture.ts';

type Node =
  | { readonly kind: 'file'; readonly content: string; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder'; readonly mode: number };
type Tree = readonly (readonly [path: string, node: Node])[];

const pathOf = fc
  .array(fc.constantFrom('a', 'b', 'c', 'a b', ':x'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const nodeOf: fc.Arbitrary<Node> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('file'),
      content: fc.constantFrom('', 'x', 'y\r\n', '\0z'),
      mode: fc.constantFrom(0o644, 0o600, 0o755),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('link'), target: fc.constantFrom('a', '/etc', '../..', 'nowhere') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('folder'), mode: fc.constantFrom(0o755, 0o700) }) },
);
const treeOf: fc.Arbitrary<Tree> = fc.array(fc.tuple(pathOf, nodeOf), { maxLength: 12 });

/** Makes the workspace this tree; a path below a file, or on a folder with content, is passed over. */
function make(bench: Workbench, tree: Tree): void {
  for (const name of readdirSync(bench.workspace)) rmSync(bench.path(name), { recursive: true });
  const leaves = new Set<string>();
  const folders = new Set<string>();
  for (const [path, node] of tree) {
    const parts = path.split('/');
    const above = parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join('/'));
    if (leaves.has(path) || folders.has(path) || above.some((folder) => leaves.has(folder))) continue;
    for (const folder of above) {
      mkdirSync(bench.path(folder), { recursive: true });
      folders.add(folder);
    }
    (node.kind === 'folder' ? folders : leaves).add(path);
    if (node.kind === 'file') bench.write(path, node.content, node.mode);
    else if (node.kind === 'link') symlinkSync(node.target, bench.path(path));
    else {
      mkdirSync(bench.path(path));
      chmodSync(bench.path(path), node.mode);
    }
  }
}

/** Changes single paths of the workspace as it stands. */
function edit(bench: Workbench, tree: Tree): void {
  for (const [path, node] of tree) {
    try {
      if (node.kind === 'file') bench.write(path, `by you: ${node.content}`, node.mode);
      else if (node.kind === 'link') rmSync(bench.path(path), { recursive: true });
      else mkdirSync(bench.path(path));
    } catch {
      // A file where a folder is needed, nothing to remove: this edit is not possible here.
    }
  }
}

/** More in a soak: FAST_CHECK_RUNS. */
const numRuns = Number(process.env['FAST_CHECK_RUNS'] ?? 8);

const leavesOf = (seen: Record<string, string>) =>
  Object.entries(seen).filter(([, what]) => !what.startsWith('folder'));

describe('random trees', () => {
  it('C2, C4: back to the first, undo, back to the second, undo', async () => {
    const check = fc.asyncProperty(treeOf, treeOf, treeOf, async (first, second, third) => {
      const bench = await Workbench.open();
      const seen: Record<string, string>[] = [];
      for (const tree of [first, second, third]) {
        make(bench, tree);
        seen.push(bench.look());
        await bench.take(seen.length === 1 ? 'baseline' : 'step');
      }
      for (const target of [0, 1]) {
        const { safety } = await bench.rollBack(target);
        expect(bench.look()).toEqual(seen[target]);
        await bench.rollBack(safety);
        expect(bench.look()).toEqual(seen[2]);
      }
    });
    await fc.assert(check, { numRuns });
  }, 60_000);

  it('C6: what the supervisor changed stays, and the undo gives everything back', async () => {
    await fc.assert(
      supervisorKeepsTheirs((plan) => plan),
      { numRuns },
    );
  }, 60_000);

  it('C6, sabotaged: the same check fails for a plan that deletes and overwrites what it should keep', async () => {
    const naive = (plan: RollbackPlan, to: Manifest, now: Manifest): RollbackPlan => {
      const there = new Set(to.entries.map((entry) => (entry.type === 'directory' ? `${entry.path}/` : entry.path)));
      const paths = plan.paths.map(({ path, bytes }): RollbackPlanPath => ({
        path,
        bytes,
        action: there.has(path) ? 'write' : 'delete',
      }));
      return { ...plan, paths, digest: planDigest({ checkpoint: plan.to, to, now }, paths) };
    };
    await expect(fc.assert(supervisorKeepsTheirs(naive), { numRuns: 100 })).rejects.toThrow(/Property failed/);
  }, 120_000);
});

function supervisorKeepsTheirs(change: (plan: RollbackPlan, to: Manifest, now: Manifest) => RollbackPlan) {
  return fc.asyncProperty(treeOf, treeOf, treeOf, async (first, second, edits) => {
    const bench = await Workbench.open();
    make(bench, first);
    await bench.take('baseline');
    make(bench, second);
    await bench.take('step');
    const agents = bench.look();
    edit(bench, edits);
    const yours = bench.look();

    const { plan } = await bench.plan(0);
    const safety = await bench.take('safety');
    const now = bench.manifest(safety);
    await bench.store.applyRollback(change(plan, bench.manifest(0), now), bench.manifest(0), { now });
    const after = bench.look();
    for (const [path, what] of leavesOf(yours))
      if (agents[path] !== what) expect([path, after[path]]).toEqual([path, what]);
    const back = leavesOf(after).map(([path]) => path);
    for (const [path] of leavesOf(agents)) if (yours[path] === undefined) expect(back).not.toContain(path);
    await bench.take('rollback');
    await bench.rollBack(safety);
    expect(bench.look()).toEqual(yours);
  });
}

describe('the look itself', () => {
  it('C2, sabotaged: a restore through git with its conversions is seen', async () => {
    const bench = await Workbench.open();
    git(bench.workspace, 'init', '-q');
    bench.write('.gitattributes', '* text=auto eol=lf\n');
    bench.write('x', 'a\r\nb\r\n', 0o600);
    mkdirSync(bench.path('empty'));
    const before = bench.look();
    git(bench.workspace, 'add', '-A');
    for (const name of ['x', 'empty']) rmSync(bench.path(name), { recursive: true });
    git(bench.workspace, 'checkout', '-q', '--', '.');
    expect(bench.look()).not.toEqual(before);
    expect(bench.look()['x']).toBe('file 644 a\nb\n');
  });
});
