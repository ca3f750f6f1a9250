/**
 * Job: `bench step`: the engine's own CPU for a step of the cmark task, and the hops of a model answer.
 * Boundary: a real engine (production bundle), the loopback model, a client that accepts each gate. From the first step.started
 *   to the last step.finished, as the client is told them.
 *
 * engineCpuMsPerStep: the engine's process outside model, tools and verifier: while no model call and no tool call is under
 *   way; the verifiers are processes of their own, and what they make the engine do counts wherever it falls.
 * engineCpuMsPerStepInAll: the same process at all times: also reading the model's stream, starting and watching the tools'
 *   processes. engineCpuMsPerWarmStep: of these the steps after the first, in which V8 compiles.
 * childCpuMsPerStep: all that the engine has started.
 */
import { join } from 'node:path';
import { RunConnection } from '../../src/client/connection.ts';
import { runToEnd } from '../../src/client/runToEnd.ts';
import type { EntryType } from '../../src/run/entry.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { createCmarkWorkspace } from '../cmark/workspace.ts';
import { childCpuMs, ownCpuMs } from './cpuTimes.ts';
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
    const samples = await samplesOf(engine);
    await engine.stop();
    return figuresOf(samples);
  } finally {
    await model.stop();
  }
}

interface Sample {
  readonly type: EntryType;
  readonly ownMs: number;
  /** Looked up at the ends of steps only: looking at each entry would make the next samples late. */
  readonly childMs: number;
}

/** At each entry from the first step.started to the last step.finished. */
async function samplesOf({ run, pid }: StartedEngine): Promise<readonly Sample[]> {
  const client = await RunConnection.open({ run, client: 'bench' });
  const samples: Sample[] = [];
  const enough = new AbortController();
  client.onEntry((entry) => {
    const { type } = entry;
    if (enough.signal.aborted || (samples.length === 0 && type !== 'step.started')) return;
    const ownMs = ownCpuMs(pid);
    const childMs = type === 'step.finished' || samples.length === 0 ? childCpuMs(pid) : (samples.at(-1)?.childMs ?? 0);
    samples.push({ type, ownMs, childMs });
    if (type === 'step.finished' && entry.step === steps) enough.abort();
  });
  await client.request('provideKey', { key: modelKey });
  const end = await runToEnd(client, { gates: 'accept', stopWhenPaused: true, signal: enough.signal });
  client.dispose();
  if (end.kind !== 'detached') throw new Error(`the run stopped before step ${steps}: ${JSON.stringify(end)}`);
  return samples;
}

const begins: ReadonlySet<EntryType> = new Set(['model.requested', 'tool.started']);
const ends: ReadonlySet<EntryType> = new Set(['model.answered', 'model.failed', 'tool.finished']);

function figuresOf(samples: readonly Sample[]): Figures {
  const finished = samples.filter(({ type }) => type === 'step.finished');
  const [first, warm, last] = [samples[0], finished[warmUpSteps - 1], finished[steps - 1]];
  if (first === undefined || warm === undefined || last === undefined) throw new Error('a step is missing');
  let outsideMs = 0;
  let underWay = false;
  let before = first;
  let told = first;
  for (const sample of samples) {
    if (!underWay) outsideMs += sample.ownMs - before.ownMs;
    underWay = begins.has(sample.type) || (underWay && !ends.has(sample.type));
    before = sample;
    if (sample.type !== 'step.finished') continue;
    const [ownMs, childMs] = [sample.ownMs - told.ownMs, sample.childMs - told.childMs];
    tell(`step ${finished.indexOf(sample) + 1}: engine ${ownMs.toFixed(0)} ms in all, children ${childMs} ms`);
    told = sample;
  }
  return {
    engineCpuMsPerStep: rounded(outsideMs / steps),
    engineCpuMsPerStepInAll: rounded((last.ownMs - first.ownMs) / steps),
    engineCpuMsPerWarmStep: rounded((last.ownMs - warm.ownMs) / (steps - warmUpSteps)),
    childCpuMsPerStep: rounded((last.childMs - first.childMs) / steps),
    steps,
  };
}
