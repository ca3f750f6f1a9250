/**
 * Job: where a run that plays a recording stands in it: which answer comes next, and what the supervisor did then.
 * Boundary: pure, over the parsed recording; types only of it, so that nobody loads the schema for a look.
 */
import type { Recording, RecordedAnswer, RecordedDecision, RecordedProbe } from './recording.ts';
import type { RunState } from './state.ts';

/** A gate as it was decided in the recording, with the files that were rejected there before. */
export interface RecordedGate {
  readonly rejects: readonly { readonly path: string; readonly reason: string }[];
  readonly decision: RecordedDecision;
}

/** Where a run stands in its recording. */
export interface Position {
  /** The recorded step that was played last; 0 before the first. */
  readonly played: number;
  /** The supervisor changed the folder since: rolled back, rejected or edited. */
  readonly moved: boolean;
}

/**
 * The answer to play where the workspace is `digest`: the next one if it was given there. Where the supervisor went back by
 * themselves, the newest that was given there; without such a move none is played twice, or a step that only reads would go on
 * for ever. null: none was recorded from here.
 */
export function nextAnswer(recording: Recording, { played, moved }: Position, digest: string): RecordedAnswer | null {
  const answers = answersOf(recording);
  const next = answerAfter(recording, played);
  if (next?.digest === digest) return next;
  return moved ? (answers.findLast((answer) => answer.digest === digest) ?? null) : null;
}

/** The answer that followed in the recording, wherever it was given; null: it ends there. */
export function answerAfter(recording: Recording, played: number): RecordedAnswer | null {
  const answers = answersOf(recording);
  const index = answers.findIndex(({ step }) => step === played);
  return answers[played === 0 ? 0 : index < 0 ? answers.length : index + 1] ?? null;
}

/** Workspaces from which the recording goes on. */
export function answerDigests(recording: Recording): ReadonlySet<string> {
  return new Set(answersOf(recording).map((answer) => answer.digest));
}

/** What the supervisor did at the gate after this answer; null: there was none. */
export function gateAfter({ lines }: Recording, played: number): RecordedGate | null {
  const rejects: { readonly path: string; readonly reason: string }[] = [];
  const from = lines.findIndex((line) => line.kind === 'answer' && line.step === played);
  for (const line of from < 0 ? [] : lines.slice(from + 1)) {
    if (line.kind === 'answer') return null;
    if (line.kind === 'reject') rejects.push({ path: line.path, reason: line.reason });
    if (line.kind === 'decision') return { rejects, decision: line };
  }
  return null;
}

/** What a supervisor did at a gate, as far as words need it. */
interface Decided {
  readonly rejects: readonly { readonly path: string }[];
  readonly decision: 'accept' | 'redirect' | 'rollback';
  readonly text?: string | undefined;
  readonly to?: number | undefined;
}

/** "reject src/x.sh, then redirect “Say it shorter”" */
export function gateWords({ rejects, decision, text = '', to = 0 }: Decided): string {
  const decided = {
    accept: 'accept',
    redirect: `redirect “${text}”`,
    rollback: `roll back to checkpoint ${String(to)}`,
  };
  return [...rejects.map(({ path }) => `reject ${path}`), decided[decision]].join(', then ');
}

/** The same as far as it changed files, without numbers, which are the recording's own; empty: it changed none. */
export function gateMoves({ rejects, decision }: RecordedGate): string {
  const rejected = rejects.map(({ path }) => `reject ${path}`);
  return [...rejected, ...(decision.decision === 'rollback' ? ['roll back'] : [])].join(', then ');
}

/** Whether a run that played a recording came to the recorded tree. */
export function isRecordedEnd({ run, ended }: Pick<RunState, 'run' | 'ended'>): boolean {
  return ended?.endDigest !== undefined && ended.endDigest === run?.task.recording?.endDigest;
}

/** The same in words; null where no recording is played, or before the end. */
export function recordedEndWords(state: Pick<RunState, 'run' | 'ended'>): string | null {
  const recorded = state.run?.task.recording?.endDigest;
  const end = state.ended?.endDigest;
  if (recorded === undefined || end === undefined) return null;
  const short = (digest: string) => `${digest.slice(0, 4)}…`;
  return isRecordedEnd(state)
    ? `Same tree as recorded: ${short(recorded)}`
    : `Another tree than recorded: ${short(end)}, not ${short(recorded)}`;
}

/** What the reference said to this question; null: it was not asked. */
export function recordedProbe({ lines }: Recording, args: readonly string[], stdin: string): RecordedProbe | null {
  const key = probeKey({ args, stdin });
  return lines.find((line): line is RecordedProbe => line.kind === 'probe' && probeKey(line) === key) ?? null;
}

/** The same for the same question. */
export function probeKey({ args, stdin }: { readonly args: readonly string[]; readonly stdin: string }): string {
  return JSON.stringify([args, stdin]);
}

function answersOf({ lines }: Recording): readonly RecordedAnswer[] {
  return lines.filter((line) => line.kind === 'answer');
}
