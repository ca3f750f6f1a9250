/**
 * Job: the rows of the Checkpoints tree: days, newest first, then Accepted and Best.
 * Boundary: pure but for the local time zone, in which a day begins and ends; checkpointsTree.ts draws them.
 */
import { formatChangeset, formatCount, formatCounted, formatRate } from '../../run/forDisplay.ts';
import type { Baseline, CheckpointKind } from '../../run/entry.ts';
import type { CheckpointSummary, RunState } from '../../run/state.ts';

export const pageRows = 500;

export interface CheckpointRow {
  readonly kind: 'checkpoint';
  /** Unique in the tree: a checkpoint may stand in several groups. */
  readonly id: string;
  readonly checkpoint: number;
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  /** A codicon's name. */
  readonly icon: string;
  /** Words that `viewItem` clauses match: checkpoint, previous, notCovered. */
  readonly context: string;
}

export interface MoreRow {
  readonly kind: 'more';
  readonly id: string;
  readonly label: string;
}

export interface CheckpointGroup {
  readonly kind: 'group';
  readonly id: string;
  readonly label: string;
  readonly open: boolean;
  readonly rows: readonly (CheckpointRow | MoreRow)[];
}

/** Groups of at most `rowsMost` dated rows in all; what is left out stands in one more row. */
export function checkpointGroups(state: RunState, now: number, rowsMost: number): readonly CheckpointGroup[] {
  const newestFirst = [...state.checkpoints].reverse();
  if (newestFirst.length === 0) return [];
  const days = byDay(newestFirst.slice(0, rowsMost), now);
  const groups = days.map(([label, day], index): CheckpointGroup => {
    const id = `day/${label}`;
    return { kind: 'group', id, label, open: index === 0, rows: day.map((c) => rowOf(c, state, id)) };
  });
  const hidden = newestFirst.length - rowsMost;
  const last = groups.at(-1);
  if (hidden > 0 && last !== undefined) {
    const more: MoreRow = { kind: 'more', id: 'more', label: `Show ${formatCount(Math.min(hidden, pageRows))} More` };
    groups[groups.length - 1] = { ...last, rows: [...last.rows, more] };
  }
  return [...groups, ...singled('Accepted', state, acceptedOf(state)), ...singled('Best', state, bestOf(state))];
}

function acceptedOf(state: RunState): CheckpointSummary | undefined {
  return state.checkpoints.find((c) => c.checkpoint === state.accepted);
}

/** The best visible rate, the newest of equals (H3: never by held-out). */
export function bestOf(state: RunState): CheckpointSummary | undefined {
  let best: CheckpointSummary | undefined;
  for (const c of state.checkpoints) if (rateOf(c) >= 0 && rateOf(c) >= rateOf(best)) best = c;
  return best;
}

function rateOf(c: CheckpointSummary | undefined): number {
  return c?.visible === undefined || c.visible.total === 0 ? -1 : c.visible.pass / c.visible.total;
}

function singled(
  label: string,
  state: RunState,
  checkpoint: CheckpointSummary | undefined,
): readonly CheckpointGroup[] {
  if (checkpoint === undefined) return [];
  const id = label.toLowerCase();
  const icon = label === 'Best' ? 'star-full' : 'check';
  return [{ kind: 'group', id, label, open: true, rows: [{ ...rowOf(checkpoint, state, id), icon }] }];
}

function rowOf(c: CheckpointSummary, state: RunState, group: string): CheckpointRow {
  const words = [
    c.visible === undefined ? '' : formatRate(c.visible),
    c.gate === undefined ? '' : 'gate',
    c.checkpoint === state.head ? 'here' : '',
  ];
  const context = ['checkpoint', c.checkpoint > 0 ? 'previous' : '', c.notCovered > 0 ? 'notCovered' : ''];
  return {
    kind: 'checkpoint',
    id: `${group}/${String(c.checkpoint)}`,
    checkpoint: c.checkpoint,
    label: `${String(c.checkpoint)}  ${titleOf(c)}`,
    description: filled(words).join('  '),
    tooltip: tooltipOf(c, state),
    icon: iconOf(c),
    context: filled(context).join(' '),
  };
}

function titleOf(c: CheckpointSummary): string {
  return c.kind === 'supervisor' && !c.title.startsWith('You') ? `You: ${c.title}` : c.title;
}

function tooltipOf(c: CheckpointSummary, { run }: RunState): string {
  const visible =
    c.visible === undefined ? '' : `visible ${formatCount(c.visible.pass)} of ${formatCount(c.visible.total)}`;
  const lines = [
    `Checkpoint ${String(c.checkpoint)}${c.step === null ? '' : `, step ${String(c.step)}`}`,
    new Date(c.at).toLocaleString(),
    c.kind === 'baseline' ? baselineWords(run?.baseline) : formatChangeset(c.changeset),
    visible,
    c.notCovered > 0 ? `${formatCounted(c.notCovered, 'path')} not covered` : '',
    c.continues !== null && c.continues !== c.checkpoint - 1 ? `goes on from ${String(c.continues)}` : '',
  ];
  return filled(lines).join('\n');
}

/** "main at 1a2b3c4, with changes that are not committed", or that there is no repository. */
function baselineWords(baseline: Baseline | undefined): string {
  if (baseline === undefined) return '';
  if (baseline.git === null) return 'The folder is no git repository; Belay keeps its checkpoints outside of it';
  const { branch, head, dirty } = baseline.git;
  const at = head === null ? 'without a commit' : `at ${head.slice(0, 7)}`;
  return `${branch ?? 'detached'} ${at}${dirty ? ', with changes that are not committed' : ''}`;
}

const icons: Readonly<Record<CheckpointKind, string>> = {
  baseline: 'home',
  step: 'circle-filled',
  supervisor: 'account',
  safety: 'shield',
  rollback: 'discard',
  reject: 'circle-slash',
};

function iconOf(c: CheckpointSummary): string {
  if (c.gate !== undefined) return 'milestone';
  return icons[c.kind];
}

function filled(words: readonly string[]): string[] {
  return words.filter((word) => word !== '');
}

/** Label and checkpoints of each day, in the order given. */
function byDay(checkpoints: readonly CheckpointSummary[], now: number): [string, CheckpointSummary[]][] {
  const days: [string, CheckpointSummary[]][] = [];
  for (const c of checkpoints) {
    const label = dayLabel(c.at, now);
    const last = days.at(-1);
    if (last?.[0] === label) last[1].push(c);
    else days.push([label, [c]]);
  }
  return days;
}

const dayFormat = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;

/** "Today", "Yesterday", "Tue, 18 Nov 2026" */
export function dayLabel(at: number, now: number): string {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  if (at >= midnight.getTime()) return 'Today';
  midnight.setDate(midnight.getDate() - 1);
  return at >= midnight.getTime() ? 'Yesterday' : new Date(at).toLocaleDateString('en-GB', dayFormat);
}
