/**
 * Job: `bench step`: the engine's own CPU for a step of the cmark task, and the hops of a model answer.
 * Boundary: a real engine (production bundle), the loopback model, a client that accepts each gate. From the first step.started
 *   to the last step.finished, as the client is told them.
 *
 * engineCpuMsPerStep: the engine's process alone; model server, tools and verifiers are others. childCpuMsPerStep: all that it
 *   has started. engineCpuMsPerWarmStep: the same without the first steps, in which V8 compiles.
 */
import { join } from 'node:path';
import { RunConnection } from '../../src/client/connection.ts';
import { runToEnd } from '../../src/client/runToEnd.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { createCmarkWorkspace } from '../cmark/workspace.ts';
import { cpuTimes, type CpuTimes } from './cpuTimes.ts';
import { rounded, tell, type Figures } from './figures.ts';
import { followAnswer, hopsOf } from './followAnswer.ts';
import { inScene, modelKey, type Scene, type StartedEngine } from './scene.ts';

const steps = 12;
const warmUpSteps = 4;

export function benchStep(): Promise<Figures> {
  return inScene(async (scene) => {
    await scene.build({ vsix: false });
    const cpu = await cpuOfSteps(scene);
    const { hops, translatedAt } = hopsOf(await followAnswer(scene));
    for (const boundary of translatedAt) tell(`the entry is another at the boundary "${boundary}"`);
    return { ...cpu, hops };
  });
}

async function cpuOfSteps(scene: Scene): Promise<Figures> {
  const model = await ModelServer.start({ key: modelKey });
  try {
    const task = await createCmarkWorkspace(join(scene.folder, 'cmark'), {
      heldOutDir: join(scene.folder, 'heldOut'),
      modelUrl: model.url,
      gates: { everySteps: steps / 2 },
    });
    const engine = await scene.startEngine(task);
    const [before, ...after] = await timesOfSteps(engine);
    const warm = after[warmUpSteps - 1];
    const last = after.at(-1);
    if (before === undefined || warm === undefined || last === undefined) throw new Error('a step is missing');
    await engine.stop();
    after.forEach((times, index) => {
      const { ownMs, childMs } = after[index - 1] ?? before;
      tell(`step ${index + 1}: engine ${times.ownMs - ownMs} ms, children ${times.childMs - childMs} ms`);
    });
    return {
      engineCpuMsPerStep: rounded((last.ownMs - before.ownMs) / steps),
      engineCpuMsPerWarmStep: rounded((last.ownMs - warm.ownMs) / (steps - warmUpSteps)),
      childCpuMsPerStep: rounded((last.childMs - before.childMs) / steps),
      steps,
    };
  } finally {
    await model.stop();
  }
}

/** At the first step.started and at each step.finished. */
async function timesOfSteps({ run, pid }: StartedEngine): Promise<readonly CpuTimes[]> {
  const client = await RunConnection.open({ run, client: 'bench' });
  const times: CpuTimes[] = [];
  const enough = new AbortController();
  client.onEntry((entry) => {
    if (entry.type === 'step.started' && entry.step === 1) times.push(cpuTimes(pid));
    if (entry.type !== 'step.finished' || entry.step > steps) return;
    times.push(cpuTimes(pid));
    if (entry.step === steps) enough.abort();
  });
  await client.request('provideKey', { key: modelKey });
  const end = await runToEnd(client, { gates: 'accept', stopWhenPaused: true, signal: enough.signal });
  client.dispose();
  if (end.kind !== 'detached') throw new Error(`the run stopped before step ${steps}: ${JSON.stringify(end)}`);
  return times;
}
