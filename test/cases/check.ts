/**
 * Job: perform a case on the real file system and say what was wrong.
 * Boundary: what is compared is what look.ts sees, never what the product says of itself.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { storeEnvironment } from '../../src/engine/checkpoint/catFile.ts';
import { pathBytes } from '../../src/engine/checkpoint/paths.ts';
import type { Case, Outcome, Story } from './case.ts';
import { CaseEngine, type Sabotage } from './engine.ts';
import { difference, lineOf, look, lookAtGit, type Look } from './look.ts';
import { Scene } from './scene.ts';

/** Never rejects: what is thrown is what was wrong. */
export async function perform(one: Case, sabotage?: Sabotage): Promise<Outcome> {
  const scene = new Scene('acts' in one ? one.workspace : undefined);
  try {
    return 'acts' in one ? await new Telling(one, scene).tell(sabotage) : await one.perform(scene);
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { undo: said, redo: 'not reached', git: 'not reached' };
  } finally {
    scene.remove();
  }
}

class Telling {
  private readonly story: Story;
  private readonly scene: Scene;
  /** What was there when a checkpoint was taken, by its number. */
  private readonly looks = new Map<number, Look>();
  private git = '';

  constructor(story: Story, scene: Scene) {
    this.story = story;
    this.scene = scene;
  }

  async tell(sabotage?: Sabotage): Promise<Outcome> {
    const { story, scene } = this;
    await story.before?.(scene);
    const engine = await CaseEngine.open(scene.run, scene.workspace, sabotage);
    try {
      await this.take(() => engine.takeBaseline());
      const to = await this.act(engine);
      const now = look(scene.workspace);
      const then = this.looks.get(to) ?? new Map<string, string>();
      const becomes = Object.entries(story.becomes ?? {}).map(
        ([path, content]) => [path, lineOf(content, 0o644)] as const,
      );
      const rolledBack = new Map([...staying(then, now, story.stays ?? []), ...becomes]);
      const undo = [
        await this.move('rolled back', rolledBack, () => engine.rollBack(to)),
        await this.planIsDone(engine, to),
        await this.move('taken back', now, () => engine.undo()),
        await this.exported(engine),
      ];
      const redo = [
        await this.move('rolled back again', rolledBack, () => engine.undo()),
        await this.move('taken back again', now, () => engine.undo()),
        await checkStore(scene, engine),
      ];
      await story.also?.(scene, engine);
      return { undo: undo.join(''), redo: redo.join(''), git: this.git };
    } finally {
      await engine.close();
    }
  }

  /** Lets everybody do what they do. @returns the checkpoint to roll back to */
  private async act(engine: CaseEngine): Promise<number> {
    const { story, scene } = this;
    let target = 0;
    for (const [at, { by, does }] of story.acts.entries()) {
      // S2: what the supervisor did up to here becomes a checkpoint before a step begins; what follows the last one, none.
      if (by === 'run') {
        const before = look(scene.workspace);
        await this.untouched(() => engine.beginStep());
        const last = engine.run.state.checkpoints.length - 1;
        if (!this.looks.has(last)) this.looks.set(last, before);
        if (at === story.to) target = last;
      }
      await does(scene);
      if (by === 'run') await this.take(() => engine.finishStep());
      if (at + 1 === story.to) target = engine.run.state.checkpoints.length - 1;
    }
    return target;
  }

  private async take(take: () => Promise<number>): Promise<void> {
    const seen = look(this.scene.workspace);
    this.looks.set(await this.untouched(take), seen);
  }

  private async move(name: string, wanted: Look, move: () => Promise<unknown>): Promise<string> {
    await this.untouched(move);
    const wrong = difference(wanted, look(this.scene.workspace));
    return wrong === '' ? '' : `${name}: ${wrong}\n`;
  }

  /** C1 */
  private async untouched<T>(work: () => Promise<T>): Promise<T> {
    const before = lookAtGit(this.scene.user);
    const result = await work();
    if (lookAtGit(this.scene.user) !== before) this.git = 'a .git was touched';
    return result;
  }

  /** C4: after a rollback there is nothing left for another one to do, but with what an edited rule no longer protects. */
  private async planIsDone(engine: CaseEngine, to: number): Promise<string> {
    const { paths } = await engine.rollbacks.plan(to);
    const left = paths.filter(({ path, action }) => {
      const plain = pathBytes(path.replace(/\/$/, '')).toString('latin1');
      return action === 'write' || (action === 'delete' && !isAmong(plain, this.story.stays ?? []));
    });
    return left.map(({ path, action }) => `a second rollback would ${action} ${path}\n`).join('');
  }

  /** C2, C3: each checkpoint written out is what was there, but for what it says that it does not cover. */
  private async exported(engine: CaseEngine): Promise<string> {
    if (this.story.large === true) return '';
    for (const [checkpoint, seen] of this.looks) {
      const folder = join(this.scene.root, `export-${checkpoint}`);
      await engine.checkpoints.exportTo(checkpoint, folder);
      const left = (await engine.checkpoints.notCovered(checkpoint)).map(({ path }) =>
        pathBytes(path.replace(/\/$/, '')).toString('latin1'),
      );
      const written = look(folder);
      // Of a folder that is not covered as a whole some may be.
      const isLeft = (path: string) =>
        !written.has(path) && left.some((one) => path === one || path.startsWith(`${one}/`));
      const wrong = difference(new Map([...seen].filter(([path]) => !isLeft(path))), written);
      if (wrong !== '') return `checkpoint ${checkpoint} written out: ${wrong}\n`;
    }
    return '';
  }
}

/** The tree of then, with what stays as it is now. */
function staying(then: Look, now: Look, stays: readonly string[]): Look {
  const [gone, kept] = [[...then], [...now]].map((paths) => paths.filter(([path]) => isAmong(path, stays)));
  const tree = new Map(then);
  for (const [path] of gone ?? []) tree.delete(path);
  for (const [path, what] of kept ?? []) tree.set(path, what);
  return tree;
}

function isAmong(path: string, stays: readonly string[]): boolean {
  return stays.some((one) =>
    one.endsWith('/**') ? path === one.slice(0, -3) || path.startsWith(one.slice(0, -2)) : path === one,
  );
}

/** C7: the store is whole, for git too. @returns what git says against it */
export async function checkStore({ run }: Pick<Scene, 'run'>, { store }: Pick<CaseEngine, 'store'>): Promise<string> {
  const folder = join(run, 'store.git');
  await store.settle();
  execFileSync('git', ['fsck', '--full', '--strict'], { cwd: folder, env: storeEnvironment(folder), stdio: 'pipe' });
  return '';
}
