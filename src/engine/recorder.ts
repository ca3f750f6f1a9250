/**
 * Job: make a recording of a run from its entries.
 * Boundary: follows entries; what stood in the workspace at a checkpoint is asked for when the recording is read.
 */
import type { Entry, TaskFacts } from '../run/entry.ts';
import { recordingText, recordingVersion, type RecordedAnswer, type RecordedDecision } from '../run/recording.ts';
import type { RunState } from '../run/state.ts';

type Line =
  | { readonly kind: 'answer'; readonly head: number; readonly answer: Omit<RecordedAnswer, 'digest'> }
  | { readonly kind: 'decision'; readonly decision: RecordedDecision };

export class Recorder {
  private readonly lines: Line[] = [];
  private askedAt = 0;

  /** @param state as it stands after the entry */
  follow(entry: Entry, state: RunState): void {
    if (entry.type === 'model.requested') this.askedAt = state.head ?? 0;
    else if (entry.type === 'model.answered') this.answered(entry);
    else if (entry.type === 'gate.decided') {
      const { gate, decision, to } = entry;
      this.lines.push({
        kind: 'decision',
        decision: { kind: 'decision', gate, decision, ...(to !== undefined && { to }) },
      });
    } else if (entry.type === 'directive.added') this.directed(entry.text);
  }

  /** null where no step is finished. */
  async recording(
    task: TaskFacts,
    { head, stepsFinished }: RunState,
    digestOf: (checkpoint: number) => Promise<string>,
  ): Promise<string | null> {
    if (head === null || stepsFinished === 0) return null;
    const lines: (RecordedAnswer | RecordedDecision)[] = [];
    for (const line of this.lines) {
      if (line.kind === 'decision') lines.push(line.decision);
      else lines.push({ ...line.answer, digest: await digestOf(line.head) });
    }
    const steps = lines.filter(({ kind }) => kind === 'answer').length;
    return recordingText({
      head: {
        recording: recordingVersion,
        task: task.name,
        model: task.model.name,
        endDigest: await digestOf(head),
        steps,
      },
      lines,
    });
  }

  private answered({ step, text, calls, usage, finishReason }: Entry<'model.answered'>): void {
    const made = calls.map(({ name, argumentsJson }) => ({ name, argumentsJson }));
    this.lines.push({
      kind: 'answer',
      head: this.askedAt,
      answer: { kind: 'answer', step, text, calls: made, usage, finishReason },
    });
  }

  /** A redirect's words follow its decision. */
  private directed(text: string): void {
    const last = this.lines.at(-1);
    if (last?.kind !== 'decision' || last.decision.decision !== 'redirect' || last.decision.text !== undefined) return;
    this.lines[this.lines.length - 1] = { kind: 'decision', decision: { ...last.decision, text } };
  }
}
