/**
 * Job: what this window asked of its run, and how gates were decided: to tell its own decisions from another window's.
 * Boundary: memory of this window, of one run at a time; numbers of gates and checkpoints begin anew with another run.
 */
import type { Disposable } from '../base/disposable.ts';
import type { RunSession } from './runSession.ts';

export class Asked implements Disposable {
  readonly gates = new Set<number>();
  /** Rollbacks from the palette, which are answered by a toast; the panel's are answered in the panel. */
  readonly rollbacks = new Set<number>();
  /** "gate 3 was accepted by anna@desk (window)" */
  readonly decisions = new Map<number, string>();
  private readonly subscription: Disposable;

  constructor(session: RunSession) {
    let { runId } = session;
    this.subscription = session.onReplaced(() => {
      if (session.runId === runId) return;
      ({ runId } = session);
      for (const memory of [this.gates, this.rollbacks, this.decisions]) memory.clear();
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }
}
