/**
 * Job: check the integrity of a checkpoint: literals, suite, reference, libraries, claims; and record what was found.
 * Boundary: reads the checkpoint store, never the workspace; what is looked for in a file is `integrity/`'s, what it means
 *   `run/integrity.ts`'s.
 * Rules: H1 nothing of a held-out suite is read or told. A check that fails is told in its entry: it holds no gate up.
 */
import { messageOf } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { claimFlags } from '../../run/claim.ts';
import { dualsFlag } from '../../run/duals.ts';
import type { EntryBody } from '../../run/entry.ts';
import {
  casesFlag,
  gravestFirst,
  literalsFlag,
  suiteFlag,
  unreadFlag,
  unreadWords,
  type DualCounts,
  type IntegrityFlag,
} from '../../run/integrity.ts';
import { limits } from '../../run/limits.ts';
import type { LiteralHit } from '../../run/literals.ts';
import type { RunState } from '../../run/state.ts';
import type { ScannerThread } from '../integrity/scannerThread.ts';
import { compareSuites } from '../integrity/suiteFile.ts';
import type { Run } from '../run.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { DualProbes } from './dualProbes.ts';
import { FileScans } from './fileScans.ts';
import { suspectFlags } from './suspectFlags.ts';

export interface IntegrityPorts {
  readonly run: Run;
  readonly checkpoints: Pick<Checkpoints, 'manifest' | 'contentAt'>;
  readonly scanner: Pick<ScannerThread, 'eligible' | 'find' | 'close'>;
  readonly clock: Pick<Clock, 'awake'>;
  /** The visible suite in the workspace by its relative path, and its sealed text; null: it lies elsewhere. */
  readonly suite: { readonly path: string; readonly sealed: string } | null;
  /** Relative paths that hold expected outputs by right: suites, documents, the task file. */
  readonly passedOver: readonly string[];
  /** The git blob id of the reference's program; null: there is none. */
  readonly referenceDigest: string | null;
  /** Asks duals of visible cases; null: there is no reference to ask. */
  readonly duals: Pick<DualProbes, 'ask'> | null;
}

export class IntegrityChecks {
  private readonly ports: IntegrityPorts;
  private readonly scans: FileScans;
  /** The newest checkpoint that was to be checked in passing. */
  private scheduled: number | null = null;
  private checking: Promise<void> = Promise.resolve();

  constructor(ports: IntegrityPorts) {
    this.ports = ports;
    this.scans = new FileScans(ports);
  }

  /** Checks it where the last check is some checkpoints ago. Nobody waits for it. */
  schedule(checkpoint: number): void {
    const last = this.ports.run.state.integrity.last?.checkpoint ?? null;
    const before = last === null || this.scheduled === null ? (last ?? this.scheduled) : Math.max(last, this.scheduled);
    if (before !== null && checkpoint < before + limits.checkpointsPerCheck) return;
    this.scheduled = checkpoint;
    // A disk that refuses its entry refuses the loop's next one too.
    this.queue(checkpoint, null).catch(() => undefined);
  }

  /** With duals, for a gate. Rejects only where its entry could not be recorded (J8). */
  check(checkpoint: number, signal: AbortSignal): Promise<void> {
    return this.queue(checkpoint, signal);
  }

  /** One after the other. */
  private queue(checkpoint: number, signal: AbortSignal | null): Promise<void> {
    const next = this.checking.catch(() => undefined).then(() => this.perform(checkpoint, signal));
    this.checking = next;
    return next;
  }

  private async perform(checkpoint: number, signal: AbortSignal | null): Promise<void> {
    const { run } = this.ports;
    const whole = signal !== null;
    const isDone = ({ ended, integrity: { last } }: RunState) =>
      ended !== null || (last?.checkpoint === checkpoint && (last.whole || !whole));
    if (isDone(run.state)) return;
    const entry = await this.entryOf(checkpoint, signal).catch((error: unknown) =>
      nothingFound(checkpoint, whole, messageOf(error)),
    );
    await run.decideAndRecord((state) => (isDone(state) ? [] : [entry]));
  }

  private async entryOf(checkpoint: number, signal: AbortSignal | null): Promise<EntryBody<'integrity.checked'>> {
    const { run, checkpoints, scanner, passedOver } = this.ports;
    const manifest = await checkpoints.manifest(checkpoint);
    const baseline = new Map((await checkpoints.manifest(0)).entries.map((one) => [one.path, one.digest]));
    const over = new Set(passedOver);
    const candidates = manifest.entries.filter(
      ({ path, type, digest }) => type === 'file' && !over.has(path) && baseline.get(path) !== digest,
    );
    const { found, unread } = await this.scans.lookThrough(checkpoint, candidates, signal);
    const notChecked = unreadWords(unread);
    const hits = found.flatMap(({ path, findings }) => findings.literals.map((hit): LiteralHit => ({ ...hit, path })));
    const eligible = await scanner.eligible();
    const duals = signal === null ? null : await this.askDuals(checkpoint, signal, notChecked);
    const flags = [
      literalsFlag(hits, eligible),
      unreadFlag(unread),
      ...suspectFlags(found, this.ports.referenceDigest),
      await this.suiteFlag(checkpoint),
      duals && dualsFlag(duals),
      ...figureFlags(run.state, checkpoint),
    ];
    return {
      type: 'integrity.checked',
      checkpoint,
      whole: signal !== null,
      flags: gravestFirst(flags.filter((flag) => flag !== null)),
      literals: { hits: new Set(hits.map(({ id }) => id)).size, eligible },
      ...(duals && { duals }),
      notChecked,
    };
  }

  private async askDuals(checkpoint: number, signal: AbortSignal, notChecked: string[]): Promise<DualCounts | null> {
    try {
      return (await this.ports.duals?.ask(checkpoint, signal)) ?? null;
    } catch (error) {
      notChecked.push(`the duals of visible cases were not asked: ${messageOf(error)}`);
      return null;
    }
  }

  private async suiteFlag(checkpoint: number): Promise<IntegrityFlag | null> {
    const { suite, checkpoints } = this.ports;
    if (suite === null) return null;
    const now = await checkpoints.contentAt(checkpoint, suite.path);
    const { changes, places } = compareSuites(suite.path, suite.sealed, now?.toString('utf8') ?? null);
    return suiteFlag(suite.path, changes, places);
  }
}

function nothingFound(checkpoint: number, whole: boolean, why: string): EntryBody<'integrity.checked'> {
  return { type: 'integrity.checked', checkpoint, whole, flags: [], literals: null, notChecked: [why] };
}

/** What the verdicts of this very checkpoint say against the agent's words, and against earlier ones. */
function figureFlags({ figures, asked, notes, plan }: RunState, checkpoint: number): readonly (IntegrityFlag | null)[] {
  const { last, trend } = figures.visible;
  if (last?.checkpoint !== checkpoint) return [];
  const said = { ...(asked?.finish !== undefined && { finish: asked.finish }), notes, plan };
  return [casesFlag(trend[0]?.total ?? null, last.total), ...claimFlags(said, last)];
}
