/**
 * Job: the shape of a recording: the answers of an earlier run, what its supervisor did and what its reference said, one JSON
 *   object a line in the order of that run.
 * Boundary: shape only; `run/playback.ts` says what comes next, `engine/model/recorded.ts` plays it, `engine/recorder.ts` writes it.
 */
import { z } from 'zod';

/** Grows with each incompatible change of the format. */
export const recordingVersion = 2;

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256');

const headSchema = z.strictObject({
  recording: z.literal(recordingVersion),
  /** The task's name, and who answered. */
  task: z.string(),
  model: z.string(),
  /** The workspace when the run ended, as `contentDigest` gives it. */
  endDigest: digest,
  /** How many answers follow, and how many lines in all: a file that was cut is found out. */
  steps: z.int().positive(),
  lines: z.int().positive(),
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

/** A file that the supervisor rejected; those before a decision belong to its gate. */
const rejectSchema = z.strictObject({ kind: z.literal('reject'), path: z.string().min(1), reason: z.string() });

/** What the supervisor decided at a gate. */
const decisionSchema = z.strictObject({
  kind: z.literal('decision'),
  gate: z.int().positive(),
  decision: z.enum(['accept', 'redirect', 'rollback']),
  /** A redirect's directive, or why a rollback. */
  text: z.string().optional(),
  /** The checkpoint of a rollback, and what the workspace is there. */
  to: z.int().nonnegative().optional(),
  toDigest: digest.optional(),
});

/** What the reference said to a question; played where it is not installed. */
const probeSchema = z.strictObject({
  kind: z.literal('probe'),
  args: z.array(z.string()),
  stdin: z.string(),
  stdout: z.string(),
  stderr: z.string(),
  /** null: a limit ended it, which `endedBy` names. */
  exit: z.int().nullable(),
  endedBy: z.string().optional(),
});

const lineSchema = z.discriminatedUnion('kind', [answerSchema, rejectSchema, decisionSchema, probeSchema]);

export type RecordingHead = z.infer<typeof headSchema>;
export type RecordedAnswer = z.infer<typeof answerSchema>;
export type RecordedReject = z.infer<typeof rejectSchema>;
export type RecordedDecision = z.infer<typeof decisionSchema>;
export type RecordedProbe = z.infer<typeof probeSchema>;
export type RecordingLine = z.infer<typeof lineSchema>;

export interface Recording {
  readonly head: RecordingHead;
  /** All that follows the head, in order. */
  readonly lines: readonly RecordingLine[];
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
  const texts = content.split('\n');
  const first = readLine(texts[0] ?? '', headSchema);
  if (!first.ok) return { ok: false, problem: { line: 1, message: headProblem(texts[0] ?? '', first.message) } };
  const head = first.value;
  const lines: RecordingLine[] = [];
  let step = 0;
  for (const [index, text] of texts.entries()) {
    if (index === 0 || text === '') continue;
    const read = readLine(text, lineSchema);
    if (!read.ok) return { ok: false, problem: { line: index + 1, message: read.message } };
    lines.push(read.value);
    if (read.value.kind !== 'answer') continue;
    // What follows a step is found by its number: one that comes again would be played for ever.
    if (read.value.step <= step)
      return {
        ok: false,
        problem: {
          line: index + 1,
          message: `step ${String(read.value.step)} follows step ${String(step)}: it is damaged`,
        },
      };
    step = read.value.step;
  }
  const answers = lines.filter(({ kind }) => kind === 'answer').length;
  if (answers === head.steps && lines.length === head.lines) return { ok: true, recording: { head, lines } };
  const [has, of, what] =
    answers === head.steps ? [lines.length, head.lines, 'lines'] : [answers, head.steps, 'answers'];
  const message = `it has ${String(has)} of ${String(of)} ${what}: it is damaged`;
  return { ok: false, problem: { line: texts.length, message } };
}

/** null: it can be played. */
export function recordingProblem(content: string): RecordingProblem | null {
  const parsed = parseRecording(content);
  return parsed.ok ? null : parsed.problem;
}

export function recordingText({ head, lines }: Recording): string {
  return [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
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
