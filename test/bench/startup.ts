/**
 * Job: `bench startup`: what Belay costs before it does anything: activation, an engine's start, a window's attach, the package.
 * Boundary: all of it as it is shipped (production bundles). CPU where there is a limit; wall times are medians.
 *
 * activationCpuMs: CPU of the extension host while it loads the bundle and `activate` runs, median of fresh hosts, in a
 *   workspace with a belay.json and no run. enginesStartedAtActivation: engines alive and state folders made by then.
 * engineReadyMs: spawn to start report on a tiny task. attachMs: connect, attach and snapshot to an engine with the whole
 *   cmark run.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunConnection } from '../../src/client/connection.ts';
import { runToEnd } from '../../src/client/runToEnd.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { createCmarkWorkspace } from '../cmark/workspace.ts';
import { median, rounded, tell, type Figures } from './figures.ts';
import { inScene, modelKey, type Scene } from './scene.ts';
import { withWindows } from './window.ts';

const hosts = 5;
const starts = 5;
const attaches = 20;
/** Cases that the long run is tested with: it is its steps and entries that an attach carries, not its cases. */
const casesKept = 16;

export function benchStartup(): Promise<Figures> {
  return inScene(async (scene) => {
    const vsixMb = rounded(await scene.build({ vsix: true }));
    const model = await ModelServer.start({ key: modelKey });
    try {
      const activation = await activations(scene, model.url);
      const engineReadyMs = await engineStarts(scene, model.url);
      const attach = await attachTimes(scene, model.url);
      return { ...activation, engineReadyMs, ...attach, vsixMb };
    } finally {
      await model.stop();
    }
  });
}

async function activations(scene: Scene, modelUrl: string): Promise<Figures> {
  const { dir } = scene.tinyWorkspace('activation', modelUrl);
  const cpuMs: number[] = [];
  const started = await withWindows(scene, dir, async (windows) => {
    let most = 0;
    for (let host = 0; host < hosts; host++) {
      const { workbench, activation } = await windows.open();
      cpuMs.push(activation.cpuMs);
      most = Math.max(most, scene.enginesAlive() + (existsSync(scene.state) ? 1 : 0));
      tell(
        `activation ${host + 1}: ${activation.cpuMs.toFixed(1)} ms CPU, ${activation.wallMs.toFixed(1)} ms, then "${activation.connection}"`,
      );
      await workbench.close();
    }
    return most;
  });
  return { activationCpuMs: rounded(median(cpuMs)), activationHosts: hosts, enginesStartedAtActivation: started };
}

async function engineStarts(scene: Scene, modelUrl: string): Promise<number> {
  const readyMs: number[] = [];
  for (let start = 0; start < starts; start++) {
    const engine = await scene.startEngine(scene.tinyWorkspace(`start-${start}`, modelUrl));
    // What counted none at activation must see this one.
    if (scene.enginesAlive() !== 1) throw new Error('the count of engines does not see an engine that is there');
    await engine.stop();
    tell(`engine ${start + 1}: ready in ${engine.readyMs.toFixed(0)} ms`);
    readyMs.push(engine.readyMs);
  }
  return rounded(median(readyMs));
}

async function attachTimes(scene: Scene, modelUrl: string): Promise<Figures> {
  const task = await createCmarkWorkspace(join(scene.folder, 'cmark'), {
    heldOutDir: join(scene.folder, 'heldOut'),
    modelUrl,
    gates: {},
  });
  for (const suite of [task.visibleFile, task.heldOutFile]) shorten(suite);
  const engine = await scene.startEngine(task);
  const worker = await RunConnection.open({ run: engine.run, client: 'bench' });
  await worker.request('provideKey', { key: modelKey });
  const end = await runToEnd(worker, { gates: 'stop', stopWhenPaused: true });
  if (end.kind !== 'gate') throw new Error(`the run came to no gate: ${JSON.stringify(end)}`);
  const wallMs: number[] = [];
  for (let attach = 0; attach < attaches; attach++) {
    const startedAt = performance.now();
    const window = await RunConnection.open({ run: engine.run, client: 'bench' });
    wallMs.push(performance.now() - startedAt);
    if (window.state.seq !== worker.state.seq) throw new Error('the attached window is behind');
    window.dispose();
  }
  const { state } = worker;
  worker.dispose();
  await engine.stop();
  tell(`attach: ${wallMs.map((ms) => ms.toFixed(1)).join(' ')} ms`);
  return {
    attachMs: rounded(median(wallMs)),
    attachSteps: state.stepsFinished,
    attachEntries: state.seq,
    attachSnapshotKb: rounded(JSON.stringify(state).length / 1000),
  };
}

function shorten(file: string): void {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, casesKept);
  writeFileSync(file, `${lines.join('\n')}\n`);
}
