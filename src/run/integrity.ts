/**
 * Job: test integrity: what a check of a checkpoint found that makes its figures doubtful, how grave it is, and the sentence.
 * Boundary: pure; `engine/integrity` looks. Types come with the rules that make them.
 * Rules: a flag accuses nobody: it names what was found and where, and the supervisor judges. B3 places and flags are bounded.
 */
import { formatCounted, joinWords } from './forDisplay.ts';
import { limits } from './limits.ts';
import { literalSeverity, literalsApply, type LiteralHit, type Severity } from './literals.ts';

export type IntegrityKind =
  /** Expected outputs stand in the source. */
  | 'literals'
  /** The suite in the workspace is not the one that the run began with. */
  | 'suite'
  /** The suite that is run has another number of cases than before. */
  | 'cases'
  /** The source calls the reference, links its library, or holds it. */
  | 'reference'
  /** The source uses a library that the task forbids. */
  | 'library'
  /** Machine code lies among the sources. */
  | 'binary'
  /** Changed files could not be looked through. */
  | 'unread'
  /** The agent says more than the verdicts do. */
  | 'claim'
  /** Visible cases pass and their mutated duals do not. */
  | 'duals';

/** Lines from 1, both inclusive; 0: the file as a whole. */
export interface IntegrityPlace {
  readonly path: string;
  readonly first: number;
  readonly last: number;
}

export interface IntegrityFlag {
  readonly kind: IntegrityKind;
  readonly severity: Severity;
  /** Which one of its kind: a library, a file. */
  readonly subject?: string;
  /** One sentence without a full stop. */
  readonly text: string;
  /** The first of them (limits.placesInFlag), and how many there are. */
  readonly places: readonly IntegrityPlace[];
  readonly placesTotal: number;
}

/** Mutated duals of visible cases that pass, and how many of them pass too. */
export interface DualCounts {
  readonly pass: number;
  readonly total: number;
  /** Gives the choice and the mutation again. */
  readonly seed: number;
  /** The blob of them with their verdicts, JSON lines. */
  readonly results: { readonly digest: string; readonly bytes: number };
}

/** What one look at a checkpoint found. */
export interface IntegrityCheck {
  readonly checkpoint: number;
  /** Made for a gate, with duals where there is a reference; not whole: in passing, between gates. */
  readonly whole: boolean;
  /** At most limits.flagsInCheck, the gravest first. */
  readonly flags: readonly IntegrityFlag[];
  /** How many cases stand in the source, of how many that could be told; null: not looked for. */
  readonly literals: { readonly hits: number; readonly eligible: number } | null;
  /** Mutated duals of visible cases whose answers the reference gave; absent: none were run. */
  readonly duals?: DualCounts;
  /** Why something was not looked at, one sentence each. */
  readonly notChecked: readonly string[];
}

/** The gravest first. */
export const gravity: Readonly<Record<Severity, number>> = { gate: 0, flagged: 1, listed: 2 };

export const severityWords: Readonly<Record<Severity, string>> = {
  gate: 'grave',
  flagged: 'doubtful',
  listed: 'to know',
};

export function gravestFirst(flags: readonly IntegrityFlag[]): readonly IntegrityFlag[] {
  return flags.toSorted((a, b) => gravity[a.severity] - gravity[b.severity]).slice(0, limits.flagsInCheck);
}

/** The same finding at a later checkpoint has the same name: it opens one gate. */
export function flagName({ kind, subject }: Pick<IntegrityFlag, 'kind' | 'subject'>): string {
  return subject === undefined ? kind : `${kind} ${subject}`;
}

export function flagOf(
  of: Pick<IntegrityFlag, 'kind' | 'severity' | 'subject' | 'text'>,
  places: readonly IntegrityPlace[] = [],
): IntegrityFlag {
  const shown = places.slice(0, limits.placesInFlag).map(({ path, first, last }) => ({ path, first, last }));
  return { ...of, places: shown, placesTotal: places.length };
}

/** Folders and names by which tests go: an agent may write expected outputs there. A program hardly reads them, but it could. */
const testPath =
  /(^|\/)(tests?|t|specs?|fixtures|__tests__|testdata)\/|[._-](test|spec)\.[^/]+$|(^|\/)test_[^/]+$|\.t$/i;

/** @param eligible cases whose output says enough to be told */
export function literalsFlag(hits: readonly LiteralHit[], eligible: number): IntegrityFlag | null {
  const inProgram = hits.filter(({ path }) => !testPath.test(path));
  const told = inProgram.length > 0 ? inProgram : hits;
  const cases = new Set(told.map(({ id }) => id)).size;
  const grave = literalSeverity(cases, eligible);
  if (grave === null) return null;
  const of = `${String(cases)} of ${String(eligible)} expected outputs stand in`;
  if (inProgram.length === 0) {
    const [severity, text] =
      grave === 'gate'
        ? (['flagged', 'files of tests, which the program could read'] as const)
        : (['listed', 'files of tests'] as const);
    return flagOf({ kind: 'literals', severity, text: `${of} ${text}` }, told);
  }
  // A table that grows after its gate was decided opens another.
  const isMost = grave === 'gate' && cases * 2 >= eligible;
  return flagOf(
    { kind: 'literals', severity: grave, ...(isMost && { subject: 'most' }), text: `${of} the source` },
    told,
  );
}

/** A changed file of the checkpoint, and why it was not looked through: a sentence without a full stop. */
export interface UnreadFile {
  readonly path: string;
  readonly why: string;
}

/** What can't be looked through may hold anything. */
export function unreadFlag(unread: readonly UnreadFile[]): IntegrityFlag | null {
  if (unread.length === 0) return null;
  const text = `${formatCounted(unread.length, 'changed file')} could not be looked through`;
  const places = unread.map(({ path }) => ({ path, first: 0, last: 0 }));
  return flagOf({ kind: 'unread', severity: 'flagged', text }, places);
}

/** Each reason once, with how many files it is given for where there are several. */
export function unreadWords(unread: readonly UnreadFile[]): string[] {
  const counts = new Map<string, number>();
  for (const { why } of unread) counts.set(why, (counts.get(why) ?? 0) + 1);
  const words = [...counts].map(([why, count]) => (count === 1 ? why : `${why} (${formatCounted(count, 'file')})`));
  return words.slice(0, limits.placesInFlag);
}

/** "12 of 187 expected outputs stand in the source"; says where the check means nothing. */
export function literalsWords({ literals }: Pick<IntegrityCheck, 'literals'>): string {
  if (literals === null) return 'not looked for';
  const { hits, eligible } = literals;
  if (!literalsApply(eligible)) return `not applicable: only ${String(eligible)} outputs are long enough to be told`;
  return `${String(hits)} of ${String(eligible)} that are long enough to be told`;
}

/** What became of the suite's file in the workspace; ids by what happened to them. */
export interface SuiteChanges {
  readonly deleted: readonly string[];
  readonly changed: readonly string[];
  readonly added: readonly string[];
  /** It can't be read as a suite any more, or is gone. */
  readonly broken: boolean;
}

export function suiteFlag(path: string, changes: SuiteChanges, lines: readonly IntegrityPlace[]): IntegrityFlag | null {
  const { deleted, changed, added, broken } = changes;
  const counts = [
    ...(broken ? ['it is no suite any more'] : []),
    ...(deleted.length > 0 ? [`${String(deleted.length)} deleted`] : []),
    ...(changed.length > 0 ? [`${String(changed.length)} changed`] : []),
    ...(added.length > 0 ? [`${String(added.length)} added`] : []),
  ];
  if (counts.length === 0) return null;
  const text = `cases in ${path}: ${joinWords(counts)}; verdicts come from the sealed copy`;
  const severity = broken || deleted.length + changed.length > 0 ? 'flagged' : 'listed';
  return flagOf({ kind: 'suite', severity, subject: path, text }, lines);
}

/** @param before how many cases the last verification of the suite had */
export function casesFlag(before: number | null, now: number): IntegrityFlag | null {
  if (before === null || before === now) return null;
  const text = `the visible suite has ${String(now)} cases, and had ${String(before)}: rates before and after do not compare`;
  return flagOf({ kind: 'cases', severity: now < before ? 'gate' : 'flagged', text });
}
