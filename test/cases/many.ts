/** Job: the case of a long run: 1,000 checkpoints and 50 rollbacks in a repository in which a supervisor has left everything that
 *    there is to leave. */
import type { Outcome, OwnCase } from './case.ts';
import { checkStore } from './check.ts';
import { CaseEngine } from './engine.ts';
import { difference, look, lookAtGit, type Look } from './look.ts';
import type { Scene } from './scene.ts';

const stepsMost = 1_000;
const rollbacksMost = 50;

/** Branches, tags, a stash, staged work, a merge that stands still, hooks, a configuration, packed and loose objects. */
function livedIn(scene: Scene): void {
  for (let at = 0; at < 60; at++) scene.write(`src/part${at % 6}/f${at}.c`, `int f${at};\n`);
  scene.repository();
  scene.git('gc', '-q');
  scene.git('switch', '-q', '-c', 'side');
  scene.write('src/part0/f0.c', 'int side;\n');
  scene.commit('side');
  scene.git('switch', '-q', 'main');
  scene.write('src/part1/f1.c', 'stashed');
  scene.git('stash', '-q');
  scene.git('tag', '-a', 'v1', '-m', 'first');
  scene.write('src/part0/f0.c', 'int main;\n');
  scene.commit('main');
  scene.git('config', 'core.hooksPath', '.git/own-hooks');
  scene.write('.git/own-hooks/post-commit', '#!/bin/sh\nexit 1\n', 0o755);
  scene.write('staged', 'in the index');
  scene.git('add', 'staged');
}

async function thousand(scene: Scene): Promise<Outcome> {
  livedIn(scene);
  const git = lookAtGit(scene.user);
  const engine = await CaseEngine.open(scene.run, scene.workspace);
  const wrong = { undo: '', redo: '' };
  try {
    await engine.takeBaseline();
    let mark: { checkpoint: number; seen: Look } = { checkpoint: 0, seen: look(scene.workspace) };
    for (let step = 1; step <= stepsMost; step++) {
      await engine.beginStep();
      const told = edit(scene, step);
      // Every third step ran a command: it is walked.
      await engine.finishStep(step % 3 === 0 ? null : told);
      if (step % (stepsMost / (rollbacksMost / 2)) !== 0) continue;
      const now = look(scene.workspace);
      await engine.rollBack(mark.checkpoint);
      wrong.undo += difference(mark.seen, look(scene.workspace));
      await engine.undo();
      wrong.redo += difference(now, look(scene.workspace));
      mark = { checkpoint: engine.run.state.checkpoints.length - 1, seen: now };
    }
    const taken = engine.run.state.checkpoints.length;
    if (taken < stepsMost + 2 * rollbacksMost) wrong.redo += `only ${taken} checkpoints`;
    await checkStore(scene, engine);
  } finally {
    await engine.close();
  }
  return { ...wrong, git: lookAtGit(scene.user) === git ? '' : 'a .git was touched' };
}

/** @returns the paths that it touched */
function edit(scene: Scene, step: number): readonly string[] {
  const [changed, made, gone] = [`src/part${step % 6}/f${step % 60}.c`, `out/m${step % 40}`, `out/m${(step + 7) % 40}`];
  scene.write(changed, `int of_step_${step};\n`, step % 2 === 0 ? 0o644 : 0o600);
  scene.write(made, `made in step ${step}`);
  if (step % 5 !== 0 || step < 40) return [changed, made];
  scene.delete(gone);
  return [changed, made, gone];
}

export const manyCase: OwnCase = {
  name: '1,000 checkpoints and 50 rollbacks in a repository that you live in',
  does: 'Index, refs, reflogs, config, hooks, stash and objects are the same files, byte for byte, at the end',
  perform: thousand,
};
