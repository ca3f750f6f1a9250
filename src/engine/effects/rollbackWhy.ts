/**
 * Job: why the supervisor rolled back, as a directive that tells the agent, and what an undo does to it.
 * Boundary: pure; `rollbacks.ts` puts these facts into one commit with the rollback's intent.
 * Rules: G2 the reason stands in every prompt from then on, until the rollback is undone or the directive withdrawn.
 */
import type { EntryBody } from '../../run/entry.ts';
import { formatCount } from '../../run/forDisplay.ts';
import { somePathsInWords } from '../../run/pathWords.ts';
import type { RollbackWhy, RunState } from '../../run/state.ts';

export interface WhyFacts {
  /** For the rollback's own entry; null: nothing was said, or it is withdrawn with this undo. */
  readonly why: RollbackWhy | null;
  readonly facts: readonly EntryBody[];
}

/** @param reason may be empty; of an undo it is not asked */
export function whyFacts(
  state: RunState,
  {
    to,
    undo,
    reason,
    by,
    paths,
  }: {
    readonly to: number;
    readonly undo: boolean;
    readonly reason: string;
    readonly by: string;
    /** Only these; absent: the whole workspace. */
    readonly paths?: readonly string[] | undefined;
  },
): WhyFacts {
  if (!undo)
    return reason === '' ? { why: null, facts: [] } : said(state, reason, directiveText(state, to, reason, paths), by);
  const { why, undo: undone } = state.lastRollback ?? {};
  const before = state.directives.find(({ directive }) => directive === why?.directive);
  if (why === undefined || before === undefined) return { why: null, facts: [] };
  if (!before.withdrawn)
    return { why: null, facts: [{ type: 'directive.withdrawn', directive: before.directive, by }] };
  // What was undone is done again: its reason holds again. One that the supervisor had withdrawn by hand stays so.
  return undone === true ? said(state, why.reason, before.text, by) : { why: null, facts: [] };
}

function said(state: RunState, reason: string, text: string, by: string): WhyFacts {
  const directive = state.directives.length + 1;
  return { why: { reason, directive }, facts: [{ type: 'directive.added', directive, text, by }] };
}

/** What the agent reads from then on; it must understand it without having seen the rollback. */
function directiveText({ checkpoints }: RunState, to: number, reason: string, paths?: readonly string[]): string {
  const step = checkpoints.get(to)?.step ?? null;
  const where = step === null ? '' : `the end of step ${formatCount(step)}, `;
  const why = `${reason}${/[.!?…]$/.test(reason) ? '' : '.'}`;
  if (paths !== undefined)
    return `Rolled ${somePathsInWords(paths)} back to ${where}checkpoint ${formatCount(to)}: ${why} Do not make there what was undone again.`;
  return `Rolled back to ${where}checkpoint ${formatCount(to)}: ${why} What came after it is undone; do not go that way again.`;
}
