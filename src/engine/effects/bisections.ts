/**
 * Job: the step that broke a visible case: what earlier verifications said of it, and as few new runs of this one case as it takes.
 * Boundary: a look, not a figure: nothing of it is journalled. `run/bisect.ts` says which checkpoint is asked.
 * Rules: H1 knows the visible suite only. H5 what could not be run is neither pass nor failure: the search stops and says so.
 *   B3 about log2 of the checkpoints are verified.
 */
import type { Bisection } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { nextBisectStep } from '../../run/bisect.ts';
import type { BlobRef } from '../../run/entry.ts';
import { story } from '../../run/standing.ts';
import type { CheckpointSummary } from '../../run/state.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import type { VisibleResult } from '../verification/messages.ts';
import type { VerdictOfCase } from './verifications.ts';

export interface BisectionPorts {
  readonly run: Pick<Run, 'state'>;
  readonly blobs: Pick<Blobs, 'getBlob'>;
  /** The verdicts of each verification of the visible suite, by checkpoint. */
  readonly results: () => ReadonlyMap<number, BlobRef>;
  /** Builds the checkpoint where that is needed and runs these cases; null for a run that has ended. */
  readonly verify: Verify | null;
}

type Verify = (
  checkpoint: number,
  ids: readonly string[],
) => Promise<Pick<VisibleResult, 'build' | 'cases' | 'failing'>>;

export class Bisections {
  private readonly ports: BisectionPorts;
  private last: Promise<unknown> = Promise.resolve();

  constructor(ports: BisectionPorts) {
    this.ports = ports;
  }

  /** One at a time. @throws RequestRefused with words for a person */
  find(id: string): Promise<Bisection> {
    const turn = this.last.then(() => bisectCase(id, this.ports));
    this.last = turn.catch(() => undefined); // who asked for it is told
    return turn;
  }
}

async function bisectCase(id: string, ports: BisectionPorts): Promise<Bisection> {
  const places = placesOf(ports.run.state);
  if (places.length === 0) throw new RequestRefused('The run has no checkpoint yet.');
  const known = await knownOf(id, places, ports);
  let verified = 0;
  for (;;) {
    const step = nextBisectStep(places.length, known);
    if (step.kind !== 'ask') return told(step, places, verified);
    known.set(step.at, await passesAt(id, checkpointAt(places, step.at), ports));
    verified += 1;
  }
}

/** What was at a place: the checkpoints one after another that hold the same tree, the oldest first. */
type Place = readonly CheckpointSummary[];

/** The story that the workspace stands in, oldest first, without what was thinned. */
function placesOf(state: BisectionPorts['run']['state']): readonly Place[] {
  const places: CheckpointSummary[][] = [];
  for (const checkpoint of [...story(state)].reverse()) {
    if (checkpoint.thinned === true) continue;
    const last = places.at(-1);
    if (last?.[0]?.tree === checkpoint.tree) last.push(checkpoint);
    else places.push([checkpoint]);
  }
  return places;
}

async function knownOf(id: string, places: readonly Place[], { blobs, results }: BisectionPorts) {
  const known = new Map<number, boolean>();
  const of = results();
  for (const [at, place] of places.entries()) {
    for (const { checkpoint } of place) {
      const blob = of.get(checkpoint);
      const verdict = blob && (await verdictIn(blob, id, blobs));
      // An error may be the machine's; of a flaky case nothing is known.
      if (verdict === 'pass' || verdict === 'fail' || verdict === 'timeout') known.set(at, verdict === 'pass');
    }
  }
  return known;
}

async function verdictIn({ digest }: BlobRef, id: string, blobs: BisectionPorts['blobs']) {
  const lines = (await blobs.getBlob(digest)).toString('utf8').split('\n');
  const key = JSON.stringify(id);
  const line = lines.find((text) => text.includes(key) && (JSON.parse(text) as VerdictOfCase).id === id);
  return line === undefined ? undefined : (JSON.parse(line) as VerdictOfCase).verdict;
}

async function passesAt(id: string, { checkpoint }: CheckpointSummary, { verify }: BisectionPorts): Promise<boolean> {
  if (verify === null) throw new RequestRefused('The run has ended: its program is not run any more.');
  const { build, cases, failing } = await verify(checkpoint, [id]);
  if (!build.ok) return false;
  const verdict = cases.find((one) => one.id === id)?.verdict;
  if (verdict === undefined) throw new RequestRefused(`The visible suite has no case "${id}".`);
  if (verdict !== 'error') return verdict === 'pass';
  const why = failing[0]?.detail ?? 'no reason was given';
  throw new RequestRefused(`The case could not be run at checkpoint ${String(checkpoint)}: ${why}`);
}

function told(
  step: Exclude<ReturnType<typeof nextBisectStep>, { kind: 'ask' }>,
  places: readonly Place[],
  verified: number,
): Bisection {
  if (step.kind === 'passes')
    return { kind: 'passes', checkpoint: checkpointAt(places, places.length - 1).checkpoint, verified };
  if (step.kind === 'neverPassed') return { kind: 'neverPassed', since: checkpointAt(places, 0).checkpoint, verified };
  const before = places[step.passed]?.at(-1);
  const { checkpoint, step: number, title } = checkpointAt(places, step.broken);
  return { kind: 'found', passed: before?.checkpoint ?? 0, broken: checkpoint, step: number, title, verified };
}

function checkpointAt(places: readonly Place[], at: number): CheckpointSummary {
  const found = places[at]?.[0];
  if (found === undefined) throw new Error(`there is no place ${String(at)}`);
  return found;
}
