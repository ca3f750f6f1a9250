/**
 * Job: how the verdict of each visible case changed over the checkpoints that were verified, in bounded size.
 * Boundary: pure; whoever can read the verdicts of a verification hands them over in the order of the journal.
 * Rules: H1 visible cases only. A failed build says nothing of a case, nor does an error, which may be the machine's. B3 of a case the
 *   newest changes are kept, of a report the cases that matter most; the counts beside them are whole.
 */
import type { VerdictKind } from '../entry.ts';
import { limits } from '../limits.ts';
import type { CaseChange, CaseVerdict, ChangedCase, ChangedKind, ReportCases } from './report.ts';

interface Kept {
  changes: CaseChange[];
  total: number;
  passed: boolean;
  lost: boolean;
  flaky: boolean;
}

const order: Readonly<Record<ChangedKind, number>> = { regressed: 0, flaky: 1, repaired: 2 };

export class CaseHistory {
  private readonly cases = new Map<string, Kept>();
  private newest: number | null = null;
  /** By case: a verification of a sample leaves the others as they were. */
  private readonly failing = new Map<string, VerdictKind>();
  private unread = 0;

  /** @param verdicts of a verification whose build did not fail; null: they can't be read */
  add(checkpoint: number, verdicts: readonly CaseVerdict[] | null): void {
    if (verdicts === null) {
      this.unread += 1;
      return;
    }
    this.newest = checkpoint;
    for (const { id, verdict } of verdicts) {
      if (verdict === 'pass') this.failing.delete(id);
      else if (this.failing.size < limits.followedCases) this.failing.set(id, verdict);
      if (verdict !== 'error') this.follow(id, { checkpoint, verdict });
    }
  }

  /** @param stepOf the step that made a checkpoint; null: none did */
  report(stepOf: (checkpoint: number) => number | null): ReportCases {
    const changed = [...this.cases].flatMap(([id, kept]): ChangedCase[] => {
      const kind = kindOf(kept);
      return kind === null ? [] : [{ id, kind, changes: kept.changes, total: kept.total }];
    });
    const newest = ({ changes }: ChangedCase) => changes.at(-1)?.checkpoint ?? 0;
    const sorted = changed.sort((a, b) => order[a.kind] - order[b.kind] || newest(b) - newest(a));
    const items = sorted.slice(0, limits.reportChangedCases);
    const at = new Set(items.flatMap(({ changes }) => changes.map(({ checkpoint }) => checkpoint)));
    const checkpoints = [...at].sort((a, b) => a - b).slice(-limits.reportCaseCheckpoints);
    const failing = [...this.failing].map(([id, verdict]): CaseVerdict => ({ id, verdict }));
    const wasLost = new Set(sorted.map(({ id }) => id));
    const lostFirst = [...failing.filter(({ id }) => wasLost.has(id)), ...failing.filter(({ id }) => !wasLost.has(id))];
    return {
      checkpoint: this.newest,
      failing: { items: lostFirst.slice(0, limits.reportFailingCases), total: failing.length },
      changed: { items, total: sorted.length },
      gained: [...this.cases.values()].filter(
        ({ passed, lost, flaky, total }) => passed && !lost && !flaky && total > 1,
      ).length,
      checkpoints: checkpoints.map((checkpoint) => ({ checkpoint, step: stepOf(checkpoint) })),
      unread: this.unread,
    };
  }

  private follow(id: string, change: CaseChange): void {
    const kept = this.cases.get(id) ?? { changes: [], total: 0, passed: false, lost: false, flaky: false };
    if (!this.cases.has(id)) {
      if (this.cases.size >= limits.followedCases) return;
      this.cases.set(id, kept);
    }
    const { verdict } = change;
    if (kept.changes.at(-1)?.verdict === verdict) return;
    kept.lost ||= kept.passed && verdict !== 'pass';
    kept.passed ||= verdict === 'pass';
    kept.flaky ||= verdict === 'flaky';
    kept.changes = [...kept.changes, change].slice(-limits.changesPerCase);
    kept.total += 1;
  }
}

function kindOf({ changes, passed, lost, flaky }: Kept): ChangedKind | null {
  const now = changes.at(-1)?.verdict;
  if (now === 'flaky' || (flaky && now === 'pass')) return 'flaky';
  if (now !== 'pass') return passed || flaky ? 'regressed' : null;
  return lost ? 'repaired' : null;
}

/** The verdict at a checkpoint as the kept changes tell it; null: not known then. */
export function verdictAt({ changes }: Pick<ChangedCase, 'changes'>, checkpoint: number): VerdictKind | null {
  return changes.findLast((change) => change.checkpoint <= checkpoint)?.verdict ?? null;
}

const verdicts: ReadonlySet<string> = new Set<VerdictKind>(['pass', 'fail', 'error', 'timeout', 'flaky']);

/** The verdicts in the blob of a verification, a line of JSON each; null: it is no such blob. */
export function verdictsIn(text: string): readonly CaseVerdict[] | null {
  try {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { id, verdict } = JSON.parse(line) as Partial<CaseVerdict>;
        if (typeof id !== 'string' || verdict === undefined || !verdicts.has(verdict)) throw new SyntaxError(line);
        return { id, verdict };
      });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}
