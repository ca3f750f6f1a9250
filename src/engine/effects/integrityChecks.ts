/**
 * Job: check the integrity of a checkpoint: literals, suite, reference, libraries, claims; and record what was found.
 * Boundary: reads the checkpoint store, never the workspace; what is looked for in a file is `integrity/`'s, what it means
 *   `run/integrity.ts`'s.
 * Rules: H1 nothing of a held-out suite is read or told. B3 files, bytes and time are bounded, and what was left out is named.
 *   A check that fails is told in its entry: it holds no gate up.
 */
import { messageOf } from '../../base/assert.ts';
import { claimFlags } from '../../run/claim.ts';
import { dualsFlag } from '../../run/duals.ts';
import type { EntryBody } from '../../run/entry.ts';
import {
  casesFlag,
  flagOf,
  gravestFirst,
  literalsFlag,
  suiteFlag,
  type DualCounts,
  type IntegrityFlag,
} from '../../run/integrity.ts';
import { limits } from '../../run/limits.ts';
import type { LiteralHit } from '../../run/literals.ts';
import type { RunState } from '../../run/state.ts';
import type { ManifestEntry } from '../checkpoint/manifest.ts';
import type { FileFindings } from '../integrity/findings.ts';
import type { ScannerThread } from '../integrity/scannerThread.ts';
import { compareSuites } from '../integrity/suiteFile.ts';
import type { Run } from '../run.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { DualProbes } from './dualProbes.ts';

export interface IntegrityPorts {
  readonly run: Run;
  readonly checkpoints: Pick<Checkpoints, 'manifest' | 'contentAt'>;
  readonly scanner: Pick<ScannerThread, 'eligible' | 'find'>;
  /** The visible suite in the workspace by its relative path, and its sealed text; null: it lies elsewhere. */
  readonly suite: { readonly path: string; readonly sealed: string } | null;
  /** Relative paths that hold expected outputs by right: suites, documents, the task file. */
  readonly passedOver: readonly string[];
  /** The git blob id of the reference's program; null: there is none. */
  readonly referenceDigest: string | null;
  /** Asks duals of visible cases; null: there is no reference to ask. */
  readonly duals: Pick<DualProbes, 'ask'> | null;
}

interface Found {
  readonly path: string;
  readonly digest: string;
  readonly findings: FileFindings;
}

export class IntegrityChecks {
  private readonly ports: IntegrityPorts;
  /** By content. */
  private readonly known = new Map<string, FileFindings>();
  /** The newest checkpoint that was to be checked in passing. */
  private scheduled: number | null = null;
  private checking: Promise<void> = Promise.resolve();

  constructor(ports: IntegrityPorts) {
    this.ports = ports;
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
    const { found, notChecked } = await this.lookThrough(checkpoint, candidates);
    const hits = found.flatMap(({ path, findings }) => findings.literals.map((hit): LiteralHit => ({ ...hit, path })));
    const eligible = await scanner.eligible();
    const duals = signal === null ? null : await this.askDuals(checkpoint, signal, notChecked);
    const flags = [
      literalsFlag(hits, eligible),
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

  private async lookThrough(checkpoint: number, files: readonly ManifestEntry[]) {
    const found: Found[] = [];
    const failed: string[] = [];
    let [left, bytes, large] = [0, 0, 0];
    for (const { path, digest, size } of files) {
      let findings = this.known.get(digest);
      if (findings === undefined) {
        if (size > limits.scannedFileBytes) large += 1;
        else if (found.length >= limits.scannedFiles || bytes + size > limits.scannedBytes) left += 1;
        else {
          bytes += size;
          findings = await this.find(checkpoint, path, failed);
          if (findings !== undefined) this.remember(digest, findings);
        }
      }
      if (findings !== undefined) found.push({ path, digest, findings });
    }
    const notChecked = [
      ...failed.slice(0, limits.placesInFlag),
      ...(large === 0 ? [] : [`${String(large)} files are larger than ${String(limits.scannedFileBytes)} bytes`]),
      ...(left === 0 ? [] : [`${String(left)} files were too many to look through at once`]),
    ];
    return { found, notChecked };
  }

  private async find(checkpoint: number, path: string, failed: string[]): Promise<FileFindings | undefined> {
    try {
      const content = await this.ports.checkpoints.contentAt(checkpoint, path);
      return content === null ? undefined : await this.ports.scanner.find({ path, content });
    } catch (error) {
      failed.push(messageOf(error));
      return undefined;
    }
  }

  private remember(digest: string, findings: FileFindings): void {
    this.known.set(digest, findings);
    if (this.known.size > limits.findingsKept) this.known.delete(this.known.keys().next().value ?? '');
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

/** One flag for each library and each kind of suspect. */
function suspectFlags(found: readonly Found[], referenceDigest: string | null): readonly IntegrityFlag[] {
  const libraries = new Map<string, { path: string; first: number; last: number }[]>();
  for (const { path, findings } of found) {
    for (const { name, line } of findings.libraries)
      libraries.set(name, [...(libraries.get(name) ?? []), { path, first: line, last: line }]);
  }
  const calls = found.flatMap(({ path, findings }) =>
    findings.references.map((line) => ({ path, first: line, last: line })),
  );
  const code = found.flatMap(({ path, digest, findings: { machineCode } }) =>
    machineCode === null ? [] : [{ path, digest, first: machineCode, last: machineCode }],
  );
  const copies = code.filter(({ digest }) => digest === referenceDigest);
  const other = code
    .filter(({ digest }) => digest !== referenceDigest)
    .map(({ path, first, last }) => ({ path, first, last }));
  const hidden = other.some(({ first }) => first > 0);
  return [
    ...[...libraries].map(([name, places]) =>
      flagOf(
        { kind: 'library', severity: 'gate', subject: name, text: `the source uses ${name}, which the task forbids` },
        places,
      ),
    ),
    ...(copies.length === 0
      ? []
      : [
          flagOf(
            {
              kind: 'reference',
              severity: 'gate',
              subject: 'copy',
              text: 'a copy of the reference lies in the folder',
            },
            copies.map(({ path }) => ({ path, first: 0, last: 0 })),
          ),
        ]),
    ...(calls.length === 0
      ? []
      : [
          flagOf(
            {
              kind: 'reference',
              severity: 'flagged',
              subject: 'call',
              text: 'the source seems to call the reference or its library',
            },
            calls,
          ),
        ]),
    ...(other.length === 0
      ? []
      : [
          flagOf(
            {
              kind: 'binary',
              severity: hidden ? 'flagged' : 'listed',
              text: hidden ? 'machine code is hidden in the source' : 'machine code lies among the files',
            },
            other,
          ),
        ]),
  ];
}

/** What the verdicts of this very checkpoint say against the agent's words, and against earlier ones. */
function figureFlags({ figures, asked, notes, plan }: RunState, checkpoint: number): readonly (IntegrityFlag | null)[] {
  const { last, trend } = figures.visible;
  if (last?.checkpoint !== checkpoint) return [];
  const said = { ...(asked?.finish !== undefined && { finish: asked.finish }), notes, plan };
  return [casesFlag(trend[0]?.total ?? null, last.total), ...claimFlags(said, last)];
}
