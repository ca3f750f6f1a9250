/** Job: cases of an engine that is killed, at every single write of a checkpoint and of a rollback. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnCase, Outcome } from './case.ts';
import { checkStore } from './check.ts';
import { CaseEngine } from './engine.ts';
import { difference, look, lookAtGit, type Look } from './look.ts';
import type { Scene } from './scene.ts';

type What = 'take' | 'open' | 'rollback';

/** A workspace in which everything that a rollback can do is to be done. */
function before(scene: Scene): void {
  scene.write('edited', 'one', 0o600);
  scene.write('deleted/deep/x', 'one');
  scene.write('mode', 'one', 0o644);
  scene.write('kind', 'one');
  scene.link('edited', 'link');
  scene.folder('empty', 0o750);
  scene.repository();
}

function step(scene: Scene): void {
  scene.write('edited', 'two');
  scene.delete('deleted');
  scene.chmod('mode', 0o755);
  scene.delete('kind');
  scene.write('kind/made', 'two');
  scene.delete('link');
  scene.link('mode', 'link');
  scene.delete('empty');
  scene.write('made/a', 'two');
  scene.write('made/b', 'two');
}

/** What a killed engine left, and what was there before. */
interface Left {
  readonly run: string;
  readonly workspace: string;
  readonly then: Look;
  readonly now: Look;
}

/**
 * @param every only each so many-th write is died at: 1 is all of them.
 * @param opened how the next engine goes on: a test gives one that does not.
 */
export async function killedAtEach(
  what: What,
  scene: Scene,
  every = 1,
  opened: (engine: CaseEngine) => Promise<void> = (engine) => engine.finishRollback(),
): Promise<Outcome & { readonly points: number }> {
  before(scene);
  const then = look(scene.workspace);
  const engine = await CaseEngine.open(scene.run, scene.workspace);
  await engine.takeBaseline();
  await engine.beginStep();
  step(scene);
  if (what !== 'take') await engine.finishStep();
  await engine.close();
  const now = look(scene.workspace);
  const git = lookAtGit(scene.user);

  const wrong = { undo: '', redo: '' };
  const points = await writesOf(what, scene);
  const tries = Array.from({ length: points }, (_, before) => before + 1).filter((at) => at % every === 0);
  const work = async () => {
    for (let at = tries.pop(); at !== undefined; at = tries.pop()) {
      const left = { ...copyOf(scene), then, now };
      const output = await child(what, left, at);
      if (output !== 'SIGKILL') wrong.undo += `write ${at}: it was not killed: ${output}\n`;
      const found = await (what === 'rollback' ? afterRollback(left, opened) : afterTake(left));
      if (found.undo !== '') wrong.undo += `killed at write ${at} of ${points}: ${found.undo}\n`;
      if (found.redo !== '') wrong.redo += `killed at write ${at} of ${points}: ${found.redo}\n`;
      rmSync(join(left.run, '..'), { recursive: true });
    }
  };
  await Promise.all([work(), work(), work()]);
  return { ...wrong, points, git: lookAtGit(scene.user) === git ? '' : 'a .git was touched' };
}

/** A killed rollback has either not begun, or is finished now; then it is taken back. */
async function afterRollback(
  { run, workspace, then, now }: Left,
  opened: (engine: CaseEngine) => Promise<void>,
): Promise<Pick<Outcome, 'undo' | 'redo'>> {
  const engine = await CaseEngine.open(run, workspace);
  try {
    const { state } = engine.run;
    const isBegun = state.rollback !== null || state.lastRollback !== null;
    if (!isBegun) {
      const untouched = difference(now, look(workspace));
      if (untouched !== '') return { undo: `no rollback is journalled, but ${untouched}`, redo: 'not reached' };
      await engine.rollBack(0);
    } else await opened(engine);
    const open = engine.run.state.rollback === null ? '' : 'the rollback is not finished\n';
    const undo = `${open}${difference(then, look(workspace))}`;
    if (undo !== '') return { undo, redo: 'not reached' };
    await engine.undo();
    return { undo, redo: difference(now, look(workspace)) };
  } finally {
    await engine.close();
  }
}

/** A killed checkpoint is taken again, and so is one of a killed start; every one that the journal names is whole. */
async function afterTake({ run, workspace, then, now }: Left): Promise<Pick<Outcome, 'undo' | 'redo'>> {
  const engine = await CaseEngine.open(run, workspace);
  try {
    const untouched = difference(now, look(workspace));
    if (engine.run.state.step !== null) await engine.finishStep();
    for (const [checkpoint, wanted] of [then, now].entries()) {
      const folder = join(run, '..', `export-${checkpoint}`);
      await engine.checkpoints.exportTo(checkpoint, folder);
      const wrong = difference(wanted, look(folder));
      if (wrong !== '') return { undo: `checkpoint ${checkpoint}: ${wrong}`, redo: 'not reached' };
    }
    await checkStore({ run }, engine);
    await engine.rollBack(0);
    const undo = difference(then, look(workspace));
    await engine.undo();
    return { undo: `${untouched}${undo}`, redo: difference(now, look(workspace)) };
  } finally {
    await engine.close();
  }
}

async function writesOf(what: What, scene: Scene): Promise<number> {
  const copy = copyOf(scene);
  const output = await child(what, copy, 0);
  rmSync(join(copy.run, '..'), { recursive: true });
  if (!/^\d+\n$/.test(output)) throw new Error(output);
  return Number(output);
}

let copies = 0;

function copyOf(scene: Scene): Pick<Left, 'run' | 'workspace'> {
  const folder = join(scene.root, `copy-${++copies}`);
  const [run, workspace] = [join(folder, 'run'), join(folder, 'workspace')];
  mkdirSync(folder);
  cpSync(scene.run, run, { recursive: true, preserveTimestamps: true });
  cpSync(scene.workspace, workspace, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  return { run, workspace };
}

/** What it printed, or the signal that ended it. */
async function child(what: What, { run, workspace }: Pick<Left, 'run' | 'workspace'>, at: number): Promise<string> {
  const script = join(import.meta.dirname, 'killedChild.ts');
  const process_ = spawn(process.execPath, [script, what, run, workspace, String(at)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [process_.stdout, process_.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const signal = await new Promise((resolve) => {
    process_.on('close', (_code, name) => {
      resolve(name);
    });
  });
  return typeof signal === 'string' ? signal : output;
}

export const killedCases: readonly OwnCase[] = [
  {
    name: 'SIGKILL at every write of a checkpoint',
    does: 'The store opens whole; what the journal names is complete; the checkpoint is taken again',
    perform: (scene) => killedAtEach('take', scene),
  },
  {
    name: 'SIGKILL at every write of a start that finds checkpoints in the log',
    does: 'The next start finds all of them; none is lost, none is half in a pack',
    perform: (scene) => killedAtEach('open', scene),
  },
  {
    name: 'SIGKILL at every write of a rollback',
    does: 'Before its intent is journalled nothing is touched; from then on the next start finishes it, and it can be taken back',
    perform: (scene) => killedAtEach('rollback', scene),
  },
];
