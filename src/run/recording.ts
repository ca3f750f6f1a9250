/**
 * Job: the shape of a recording: the answers of an earlier run with the supervisor's decisions, one JSON object a line in the order of that run.
 * Boundary: shape only; `engine/model/recorded.ts` plays it, `engine/recorder.ts` writes it.
 */
import { z } from 'zod';

/** Grows with each incompatible change of the format. */
export const recordingVersion = 1;

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256');

const headSchema = z.strictObject({
  recording: z.literal(recordingVersion),
  /** The task's name, and who answered. */
  task: z.string(),
  model: z.string(),
  /** The workspace when the run ended, as `contentDigest` gives it. */
  endDigest: digest,
  steps: z.int().positive(),
});

const answerSchema = z.strictObject({
  kind: z.literal('answer'),
  step: z.int().positive(),
  /** The workspace when the answer was asked for: played only where the run stands there again. */
  digest,
  text: z.string(),
  calls: z.array(z.strictObject({ name: z.string(), argumentsJson: z.string() })),
  usage: z.strictObject({
    input: z.int().nonnegative(),
    cachedInput: z.int().nonnegative(),
    cacheWriteInput: z.int().nonnegative(),
    output: z.int().nonnegative(),
  }),
  finishReason: z.string(),
});

/** What the supervisor decided at a gate. */
const decisionSchema = z.strictObject({
  kind: z.literal('decision'),
  gate: z.int().positive(),
  decision: z.enum(['accept', 'redirect', 'rollback']),
  /** A redirect's directive. */
  text: z.string().optional(),
  /** The checkpoint of a rollback. */
  to: z.int().nonnegative().optional(),
});

const lineSchema = z.discriminatedUnion('kind', [answerSchema, decisionSchema]);

export type RecordingHead = z.infer<typeof headSchema>;
export type RecordedAnswer = z.infer<typeof answerSchema>;
export type RecordedDecision = z.infer<typeof decisionSchema>;

export interface Recording {
  readonly head: RecordingHead;
  readonly answers: ReadonlyMap<number, RecordedAnswer>;
  readonly decisions: readonly RecordedDecision[];
}

export interface RecordingProblem {
  /** 1-based. */
  readonly line: number;
  readonly message: string;
}

/** A damaged recording is played not at all: what it would lead to is not what was recorded. Never throws. */
export function parseRecording(
  content: string,
): { readonly ok: true; readonly recording: Recording } | { readonly ok: false; readonly problem: RecordingProblem } {
  const lines = content.split('\n');
  const first = readLine(lines[0] ?? '', headSchema);
  if (!first.ok) return { ok: false, problem: { line: 1, message: headProblem(lines[0] ?? '', first.message) } };
  const answers = new Map<number, RecordedAnswer>();
  const decisions: RecordedDecision[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line === '') continue;
    const read = readLine(line, lineSchema);
    if (!read.ok) return { ok: false, problem: { line: index + 1, message: read.message } };
    const { value } = read;
    if (value.kind === 'answer') answers.set(value.step, value);
    else decisions.push(value);
  }
  const head = first.value;
  if (answers.size !== head.steps) {
    const message = `it has ${String(answers.size)} of ${String(head.steps)} answers: it is damaged`;
    return { ok: false, problem: { line: lines.length, message } };
  }
  return { ok: true, recording: { head, answers, decisions } };
}

/** null: it can be played. */
export function recordingProblem(content: string): RecordingProblem | null {
  const parsed = parseRecording(content);
  return parsed.ok ? null : parsed.problem;
}

export function recordingText({ head, lines }: RecordingParts): string {
  return [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export interface RecordingParts {
  readonly head: RecordingHead;
  readonly lines: readonly (RecordedAnswer | RecordedDecision)[];
}

function readLine<T>(
  line: string,
  schema: z.ZodType<T>,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // the parser's words name a column of a line that is too long to look at
    return { ok: false, message: 'is not JSON: the recording is damaged' };
  }
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  return { ok: false, message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not a line of a recording'}` };
}

/** Another version is told apart from a damaged file: it was written by another Belay. */
function headProblem(line: string, message: string): string {
  const version = /^\{"recording":(\d+)/.exec(line)?.[1];
  if (version === undefined || Number(version) === recordingVersion) return `not a recording of Belay: ${message}`;
  return `this recording is of format ${version}; this Belay plays format ${String(recordingVersion)}`;
}
