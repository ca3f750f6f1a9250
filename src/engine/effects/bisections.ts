/**
 * Job: the step that broke a visible case: what earlier verifications said of it, and as few new runs of this one case as it takes.
 * Boundary: a look, not a figure: nothing of it is journalled. `run/bisect.ts` says which checkpoint is asked; the client asks move
 *   by move, so that it shows each and gives up by asking no more.
 * Rules: H1 knows the visible suite only. H5 what could not be run is neither pass nor failure: the search stops and says so.
 *   B3 about log2 of the checkpoints are verified; what was seen is kept for limits.searchedCases cases.
 */
import type { Requests } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { nextBisectStep, questionsLeft, type Bisection, type BisectStep } from '../../run/bisect.ts';
import type { BlobRef } from '../../run/entry.ts';
import { formatCount } from '../../run/forDisplay.ts';
import { limits } from '../../run/limits.ts';
import { story } from '../../run/standing.ts';
import type { CheckpointSummary, RunState } from '../../run/state.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import type { VisibleResult } from '../verification/messages.ts';
import type { VerdictOfCase } from './verifierResult.ts';

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

/** What was at a place: the checkpoints one after another that hold the same tree, the oldest first. */
type Place = readonly CheckpointSummary[];
type Known = Map<number, boolean>;
type Move = Requests['bisect']['params'];

export class Bisections {
  private readonly ports: BisectionPorts;
  private last: Promise<unknown> = Promise.resolve();
  /** Whether a case passed, by case and tree: only what was run for a search. */
  private readonly seen = new Map<string, Map<string, boolean>>();
  /** Of a case in the verdicts of a verification, by case and blob: reading hundreds again for each move is slow. */
  private readonly told = new Map<string, Map<string, boolean | null>>();

  constructor(ports: BisectionPorts) {
    this.ports = ports;
  }

  /** One at a time. @throws RequestRefused with words for a person */
  move(move: Move): Promise<Bisection> {
    const turn = this.last.then(() => this.perform(move));
    this.last = turn.catch(() => undefined); // who asked for it is told
    return turn;
  }

  private async perform({ id, verify }: Move): Promise<Bisection> {
    const places = placesOf(this.ports.run.state);
    if (places.length === 0) throw new RequestRefused('The run has no checkpoint yet.');
    const known = await this.known(id, places);
    const at = verify === undefined ? -1 : places.findIndex((place) => place.some((c) => c.checkpoint === verify));
    if (at >= 0 && !known.has(at)) {
      const passes = await this.passesAt(id, checkpointAt(places, at), known, places);
      keep(this.seen, id).set(checkpointAt(places, at).tree, passes);
      known.set(at, passes);
    }
    // The run goes on meanwhile: what it adds is not asked once the newest that is known was.
    const asked = at < 0 ? places : places.slice(0, Math.max(...known.keys()) + 1);
    const step = nextBisectStep(asked.length, known);
    if (step.kind === 'ask' && this.ports.verify === null) throw whyEnded(id, known, places);
    const verified = this.seen.get(id)?.size ?? 0;
    if (step.kind !== 'ask') return { ...found(step, asked, this.ports.run.state), verified };
    const { checkpoint } = checkpointAt(places, step.at);
    return { kind: 'searching', checkpoint, left: questionsLeft(asked.length, known), verified };
  }

  private async known(id: string, places: readonly Place[]): Promise<Known> {
    const known: Known = new Map();
    const results = this.ports.results();
    const seen = this.seen.get(id);
    for (const [at, place] of places.entries()) {
      for (const { checkpoint, tree } of place) {
        const blob = results.get(checkpoint);
        const passes = seen?.get(tree) ?? (blob && (await this.passesIn(blob, id)));
        if (typeof passes === 'boolean') known.set(at, passes);
      }
    }
    return known;
  }

  /** null: it says nothing of the case: an error may be the machine's, of a flaky case nothing is known, the verdicts can be gone. */
  private async passesIn({ digest }: BlobRef, id: string): Promise<boolean | null> {
    const read = keep(this.told, id);
    const before = read.get(digest);
    if (before !== undefined) return before;
    const text = await this.ports.blobs.getBlob(digest).catch(() => null); // `belay verify-audit` names what is damaged
    const verdict = text === null ? null : verdictIn(text.toString('utf8'), id);
    const passes = verdict === 'pass' ? true : verdict === 'fail' || verdict === 'timeout' ? false : null;
    read.set(digest, passes);
    return passes;
  }

  private async passesAt(id: string, { checkpoint }: CheckpointSummary, known: Known, places: readonly Place[]) {
    const { verify } = this.ports;
    if (verify === null) throw whyEnded(id, known, places);
    const { build, cases, failing } = await verify(checkpoint, [id]);
    if (!build.ok) return false;
    const verdict = cases.find((one) => one.id === id)?.verdict;
    if (verdict === undefined) throw new RequestRefused(`The visible suite has no case "${id}".`);
    if (verdict === 'flaky')
      throw new RequestRefused(
        `The case is flaky at checkpoint ${String(checkpoint)}: it failed and passed on the same files. No step can be blamed for it.`,
      );
    if (verdict !== 'error') return verdict === 'pass';
    const why = failing[0]?.detail ?? 'no reason was given';
    throw new RequestRefused(`The case could not be run at checkpoint ${String(checkpoint)}: ${why}`);
  }
}

/** The story that the workspace stands in, oldest first, without what was thinned. */
function placesOf(state: RunState): readonly Place[] {
  const places: CheckpointSummary[][] = [];
  for (const checkpoint of [...story(state)].reverse()) {
    if (checkpoint.thinned === true) continue;
    const last = places.at(-1);
    if (last?.[0]?.tree === checkpoint.tree) last.push(checkpoint);
    else places.push([checkpoint]);
  }
  return places;
}

function verdictIn(text: string, id: string): VerdictOfCase['verdict'] | undefined {
  const key = JSON.stringify(id);
  const line = text.split('\n').find((one) => one.includes(key) && (JSON.parse(one) as VerdictOfCase).id === id);
  return line === undefined ? undefined : (JSON.parse(line) as VerdictOfCase).verdict;
}

/** B3: what is kept of the case, which is the newest of those that are kept. */
function keep<T>(all: Map<string, Map<string, T>>, id: string): Map<string, T> {
  const of = all.get(id) ?? new Map<string, T>();
  all.delete(id);
  all.set(id, of);
  if (all.size > limits.searchedCases) all.delete(all.keys().next().value ?? '');
  return of;
}

/** The program of a run that has ended is not run any more: what its verifications say of the case stands all the same. */
function whyEnded(id: string, known: Known, places: readonly Place[]): RequestRefused {
  const at = (place: number) => formatCount(checkpointAt(places, place).checkpoint);
  const passed = [...known.keys()].filter((place) => known.get(place) === true).at(-1);
  const broken = [...known.keys()].find((place) => known.get(place) === false && place > (passed ?? -1));
  const between =
    passed === undefined
      ? 'no verification of it saw the case pass'
      : broken === undefined
        ? `"${id}" passed last at checkpoint ${at(passed)}`
        : `"${id}" broke after checkpoint ${at(passed)} and by ${at(broken)}`;
  return new RequestRefused(`The run has ended, so its program is not run any more; ${between}.`);
}

type Found = Exclude<BisectStep, { kind: 'ask' }>;

function found(step: Found, places: readonly Place[], state: RunState) {
  switch (step.kind) {
    case 'passes':
      return { kind: 'passes', checkpoint: checkpointAt(places, places.length - 1).checkpoint } as const;
    case 'neverPassed':
      return { kind: 'neverPassed', since: checkpointAt(places, 0).checkpoint } as const;
    case 'found': {
      const passed = places[step.passed]?.at(-1)?.checkpoint ?? 0;
      const { checkpoint: broken, step: number, title } = checkpointAt(places, step.broken);
      const between = [...story(state)].filter(({ checkpoint }) => checkpoint > passed && checkpoint < broken);
      return { kind: 'found', passed, broken, step: number, title, thinned: between.length } as const;
    }
  }
}

function checkpointAt(places: readonly Place[], at: number): CheckpointSummary {
  const found = places[at]?.[0];
  if (found === undefined) throw new Error(`there is no place ${String(at)}`);
  return found;
}
