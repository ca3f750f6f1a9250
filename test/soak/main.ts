/**
 * Job: `npm run soak`: 20,000 simulated steps through one engine's journal, folds, conversation, prompt view and snapshots; its last
 *   line is `{"name": "soak", "figures": {…}}`. Exit 1 when a figure is over its limit.
 * Boundary: the checkpoint store, the verifiers and the model are not in it: what grows in them is measured by their benches.
 *
 * rssRatio, stepCpuRatio: resident set and CPU per step of the last 1,000 steps against steps 1,001 to 2,000. rssMb, stepCpuMs: of
 *   the last 1,000.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Blobs } from '../../src/engine/journal/blobs.ts';
import { openFolds } from '../../src/engine/openFolds.ts';
import { promptView } from '../../src/run/promptView.ts';
import { overLimit, rounded, tell, type Figures } from '../bench/figures.ts';
import { HurriedDisk } from '../bench/hurriedDisk.ts';
import { stepCommits } from '../bench/longRun.ts';
import { checkpoint, created } from '../unit/run/builders.ts';

const steps = 20_000;
const span = 1_000;
const most: Figures = { rssRatio: 1.15, stepCpuRatio: 1.15 };
const place = { commit: 'c'.repeat(40), tree: 'd'.repeat(40) };

interface Span {
  readonly cpuMs: number;
  readonly rssMb: number;
}

async function soak(folder: string): Promise<readonly Span[]> {
  const clock = { now: () => Date.now(), awake: () => performance.now(), sleep: () => Promise.resolve() };
  const disk = new HurriedDisk();
  const blobs = new Blobs(folder);
  // The prompts and verdicts that the made entries name are not there, and nobody reads them.
  blobs.has = () => Promise.resolve(true);
  const closing: (() => Promise<void>)[] = [];
  const { run } = await openFolds({ folder, blobs, clock, disk }, closing);
  await run.record(created(), checkpoint(0, place));
  const spans: Span[] = [];
  let before = process.cpuUsage();
  for (let step = 1; step <= steps; step++) {
    await run.recall();
    promptView(run.state, run.conversation, (text) => text.length / 4);
    for (const bodies of stepCommits(step, place)) await run.record(...bodies);
    if (step % span !== 0) continue;
    const { user, system } = process.cpuUsage(before);
    spans.push({ cpuMs: (user + system) / 1_000 / span, rssMb: process.memoryUsage.rss() / 1e6 });
    tell(
      `${String(step)} steps: ${spans.at(-1)?.cpuMs.toFixed(2) ?? ''} ms CPU a step, ${spans.at(-1)?.rssMb.toFixed(0) ?? ''} MB`,
    );
    before = process.cpuUsage();
  }
  for (const end of closing.toReversed()) await end();
  return spans;
}

const folder = mkdtempSync(join(tmpdir(), 'belay-soak-'));
try {
  const spans = await soak(folder);
  const [early, late] = [spans[1], spans.at(-1)];
  if (!early || !late) throw new Error('the soak was too short');
  const figures: Figures = {
    rssRatio: rounded(late.rssMb / early.rssMb),
    stepCpuRatio: rounded(late.cpuMs / early.cpuMs),
    rssMb: rounded(late.rssMb),
    stepCpuMs: rounded(late.cpuMs),
  };
  const faults = overLimit(figures, most);
  for (const fault of faults) tell(fault);
  console.log(JSON.stringify({ name: 'soak', figures }));
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
