/**
 * Job: finished steps that the folded state has let go of, as far as the page has asked for them.
 * Boundary: holds rows by number; asks for nothing.
 * Rules: B3 the pages that came first go first.
 */
import type { StepSummary } from '../run/state.ts';

export class PagedSteps {
  private readonly most: number;
  private readonly rows = new Map<number, StepSummary | null>();

  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.rows.size;
  }

  /** Null: there is no finished step of that number, a rollback cut it. undefined: not here. */
  get(step: number): StepSummary | null | undefined {
    return this.rows.get(step);
  }

  /** A page: every finished step from the first of these up to `before`, exclusive. */
  take(before: number, steps: readonly StepSummary[]): void {
    const known = new Map(steps.map((step) => [step.step, step]));
    const first = Math.min(before - 1, steps[0]?.step ?? before - 1);
    for (let step = first; step < before; step++) this.put(step, known.get(step) ?? null);
  }

  put(step: number, row: StepSummary | null): void {
    this.rows.delete(step);
    this.rows.set(step, row);
    for (const old of this.rows.keys()) {
      if (this.rows.size <= this.most) return;
      this.rows.delete(old);
    }
  }

  clear(): void {
    this.rows.clear();
  }
}
