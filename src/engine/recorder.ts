/**
 * Job: make a recording of a run from its entries.
 * Boundary: follows entries; what stood in the workspace at a checkpoint, and the whole of a long output, is asked for when the
 *   recording is read.
 */
import type { BlobRef, Entry, TaskFacts, ToolCall } from '../run/entry.ts';
import { probeKey } from '../run/playback.ts';
import { probeOfText } from '../run/probeText.ts';
import {
  recordingText,
  recordingVersion,
  type RecordedAnswer,
  type RecordedDecision,
  type RecordedProbe,
  type RecordedReject,
  type RecordingLine,
} from '../run/recording.ts';
import type { RunState } from '../run/state.ts';
import { probeArguments } from './agent/otherTools.ts';

type Line =
  | { readonly kind: 'answer'; readonly head: number; readonly answer: Omit<RecordedAnswer, 'digest'> }
  | { readonly kind: 'probe'; readonly call: ToolCall; readonly output: string; readonly whole?: BlobRef }
  | { readonly kind: 'kept'; readonly line: RecordedReject | RecordedDecision };

export interface RecorderPorts {
  /** The content digest of a checkpoint. */
  readonly digestOf: (checkpoint: number) => Promise<string>;
  readonly readBlob: (digest: string) => Promise<string>;
}

export class Recorder {
  private readonly lines: Line[] = [];
  private askedAt = 0;
  /** Of the newest answer. */
  private calls: readonly ToolCall[] = [];

  /** @param state as it stands after the entry */
  follow(entry: Entry, state: RunState): void {
    switch (entry.type) {
      case 'model.requested':
        this.askedAt = state.head ?? 0;
        return;
      case 'model.answered':
        this.answered(entry);
        return;
      case 'tool.finished':
        this.toolFinished(entry);
        return;
      case 'file.rejected':
        this.keep({ kind: 'reject', path: entry.path, reason: entry.reason });
        return;
      case 'rollback.started':
        if (entry.paths && entry.undo && !entry.part) this.takeBackReject(entry.paths);
        if (entry.reason !== undefined) this.said('rollback', entry.reason);
        return;
      case 'gate.decided': {
        const { gate, decision, to } = entry;
        this.keep({ kind: 'decision', gate, decision, ...(to !== undefined && { to }) });
        return;
      }
      case 'directive.added':
        this.said('redirect', entry.text);
        return;
      default: // the other entries are facts of one run and come again when it is played
    }
  }

  /** null where no step is finished. */
  async recording(task: TaskFacts, { head, stepsFinished }: RunState, ports: RecorderPorts): Promise<string | null> {
    if (head === null || stepsFinished === 0) return null;
    const lines: RecordingLine[] = [];
    const probed = new Set<string>();
    for (const line of this.lines) {
      const written = await writtenLine(line, ports);
      if (written === null) continue;
      // The same question has the same answer, and is kept once.
      if (written.kind === 'probe') {
        if (probed.has(probeKey(written))) continue;
        probed.add(probeKey(written));
      }
      lines.push(written);
    }
    const steps = lines.filter(({ kind }) => kind === 'answer').length;
    const endDigest = await ports.digestOf(head);
    const { name } = task;
    const model = task.model.name;
    return recordingText({
      head: { recording: recordingVersion, task: name, model, endDigest, steps, lines: lines.length },
      lines,
    });
  }

  private keep(line: RecordedReject | RecordedDecision): void {
    this.lines.push({ kind: 'kept', line });
  }

  private answered({ step, text, calls, usage, finishReason }: Entry<'model.answered'>): void {
    this.calls = calls;
    const made = calls.map(({ name, argumentsJson }) => ({ name, argumentsJson }));
    this.lines.push({
      kind: 'answer',
      head: this.askedAt,
      answer: { kind: 'answer', step, text, calls: made, usage, finishReason },
    });
  }

  private toolFinished({ callId, status, output, whole }: Entry<'tool.finished'>): void {
    const call = this.calls.find((one) => one.callId === callId);
    if (call?.name !== 'probe_reference' || status === 'interrupted') return;
    this.lines.push({ kind: 'probe', call, output, ...(whole && { whole }) });
  }

  private takeBackReject(paths: readonly string[]): void {
    const last = this.lines.findLastIndex(
      (one) => one.kind === 'kept' && one.line.kind === 'reject' && paths.includes(one.line.path),
    );
    if (last >= 0) this.lines.splice(last, 1);
  }

  /** A redirect's words, and a rollback's reason, follow the decision. */
  private said(decision: 'redirect' | 'rollback', text: string): void {
    const last = this.lines.at(-1);
    if (last?.kind !== 'kept' || last.line.kind !== 'decision') return;
    if (last.line.decision !== decision || last.line.text !== undefined) return;
    this.lines[this.lines.length - 1] = { kind: 'kept', line: { ...last.line, text } };
  }
}

/** null: nothing that could be played, such as a question that was refused. */
async function writtenLine(line: Line, { digestOf, readBlob }: RecorderPorts): Promise<RecordingLine | null> {
  if (line.kind === 'answer') return { ...line.answer, digest: await digestOf(line.head) };
  if (line.kind === 'probe') return probeLine(line.call, line.whole ? await readBlob(line.whole.digest) : line.output);
  const { line: kept } = line;
  return kept.kind === 'decision' && kept.to !== undefined ? { ...kept, toDigest: await digestOf(kept.to) } : kept;
}

function probeLine(call: ToolCall, output: string): RecordedProbe | null {
  const asked = probeArguments(call);
  const answer = probeOfText(output);
  if (asked === null || answer === null) return null;
  const { stdout, stderr, exitCode, endedBy } = answer;
  return { kind: 'probe', ...asked, stdout, stderr, exit: exitCode, ...(endedBy !== undefined && { endedBy }) };
}
