/**
 * Job: the streaming fragments of the step in progress, until the entry that holds the whole replaces them.
 * Boundary: ephemeral; nothing here is a fact, nothing here survives its entry. Bounded (B3): the newest text is kept.
 */
import type { Delta, Signs } from '../run/delta.ts';
import type { Entry, SuiteName } from '../run/entry.ts';

const keptChars = 16_000;

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** For what the agent runs to end. */
  readonly waits: boolean;
}

export class LiveText {
  private step: number | null = null;
  /** The model's answer so far. */
  text = '';
  /** Output of running calls so far, by call. */
  readonly outputs = new Map<string, string>();
  /** When each part of the run was heard of last; null where the engine tells none. */
  signs: Signs | null = null;
  readonly verifying = new Map<SuiteName, Progress>();

  apply(delta: Delta): void {
    if (delta.kind === 'signs') {
      this.signs = delta.signs;
      return;
    }
    if (delta.kind === 'verification') {
      const { suite, done, total, waits } = delta;
      if (waits === false) this.verifying.delete(suite);
      else this.verifying.set(suite, { done, total, waits: waits === true });
      return;
    }
    // A fragment of a step that is over: its entry came first, and says it whole.
    if (delta.step !== this.step) return;
    if (delta.kind === 'text') {
      this.text = newest(this.text + delta.text);
      return;
    }
    this.outputs.set(delta.callId, newest((this.outputs.get(delta.callId) ?? '') + delta.text));
  }

  /** Drops what the entry makes durable or void. */
  entryCame(entry: Entry): void {
    switch (entry.type) {
      case 'step.started':
        this.reset(entry.step);
        return;
      case 'step.finished':
      case 'run.ended':
        this.reset(null);
        return;
      case 'rollback.started':
        if (entry.paths === undefined) this.reset(null); // a file that is put back cuts no step
        return;
      case 'model.requested':
      case 'model.answered':
      case 'model.failed':
        this.text = '';
        return;
      case 'tool.finished':
        this.outputs.delete(entry.callId);
        return;
      case 'verification.started':
      case 'verification.finished':
      case 'verification.sampled':
      case 'verification.failed':
        this.verifying.delete(entry.suite);
        return;
      default: // the other entries replace no fragment
    }
  }

  /** Starts from a snapshot, in whose step a fragment may still come. */
  reset(step: number | null): void {
    this.step = step;
    this.text = '';
    this.outputs.clear();
  }
}

function newest(text: string): string {
  return text.length > keptChars ? text.slice(-keptChars) : text;
}
