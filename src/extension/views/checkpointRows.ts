/**
 * Job: the rows of the Checkpoints tree: days, newest first, then Accepted and Best.
 * Boundary: pure but for the local time zone, in which a day begins and ends; checkpointsTree.ts draws them.
 */
import { bestVisible } from '../../run/bestVisible.ts';
import { formatChangeset, formatCount, formatCounted, formatRate } from '../../run/forDisplay.ts';
import type { Baseline, CheckpointKind } from '../../run/entry.ts';
import type { CheckpointSummary, RunState } from '../../run/state.ts';
import { thinnedWords } from '../../run/thinning.ts';

/** Rows of a group that are drawn at first, and by which it grows. */
export const pageRows = 200;

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
  /** Words that `viewItem` clauses match: checkpoint or thinned, previous. */
  readonly context: string;
  /** What a screen reader says. */
  readonly spoken: string;
}

export interface MoreRow {
  readonly kind: 'more';
  readonly id: string;
  readonly label: string;
  readonly group: string;
}

export interface CheckpointGroup {
  readonly kind: 'group';
  readonly id: string;
  readonly label: string;
  readonly open: boolean;
  /** Newest first; drawn by `rowsOf` when somebody looks. */
  readonly checkpoints: readonly CheckpointSummary[];
  /** An icon for all of its rows in place of their own. */
  readonly icon?: string;
}

/** The days, newest first, then what is accepted and the best. */
export function checkpointGroups(state: RunState, now: number): readonly CheckpointGroup[] {
  const days = byDay(state.checkpoints, now).map(([label, checkpoints], index): CheckpointGroup => {
    return { kind: 'group', id: `day/${label}`, label, open: index === 0, checkpoints };
  });
  return [
    ...days,
    ...singled('Accepted', 'check', acceptedOf(state)),
    ...singled('Best', 'star-full', bestVisible(state)),
  ];
}

/** The first `most` rows of a group, and one that says how many follow. */
export function rowsOf(group: CheckpointGroup, state: RunState, most: number): readonly (CheckpointRow | MoreRow)[] {
  const { id, icon, checkpoints } = group;
  const rows = checkpoints.slice(0, most).map((c) => {
    const row = rowOf(c, state, id);
    return icon === undefined ? row : { ...row, icon };
  });
  const hidden = checkpoints.length - rows.length;
  if (hidden === 0) return rows;
  const label = `Show ${formatCount(Math.min(hidden, pageRows))} More of ${formatCount(hidden)}`;
  return [...rows, { kind: 'more', id: `more/${id}`, label, group: id }];
}

function acceptedOf(state: RunState): CheckpointSummary | undefined {
  return state.checkpoints.get(state.accepted); // numbers are dense
}

function singled(label: string, icon: string, checkpoint: CheckpointSummary | undefined): readonly CheckpointGroup[] {
  if (checkpoint === undefined) return [];
  return [{ kind: 'group', id: label.toLowerCase(), label, open: true, checkpoints: [checkpoint], icon }];
}

function rowOf(c: CheckpointSummary, state: RunState, group: string): CheckpointRow {
  const rate = c.visible === undefined ? '' : formatRate(c.visible);
  // Numbers of steps and checkpoints drift apart: the other one is said where it is another.
  const step = c.step === null || c.step === c.checkpoint ? '' : `step ${String(c.step)}`;
  const files = group === 'accepted' ? Object.keys(state.acceptedFiles).length : 0;
  const words = [
    c.gate === undefined ? '' : 'gate',
    step,
    c.checkpoint === state.head ? 'here' : '',
    c.thinned ? 'thinned' : '',
    files === 0 ? '' : `and ${formatCounted(files, 'file')} since`,
  ];
  const context = [c.thinned ? 'thinned' : 'checkpoint', c.checkpoint > 0 ? 'previous' : ''];
  const title = titleOf(c);
  return {
    kind: 'checkpoint',
    id: `${group}/${String(c.checkpoint)}`,
    checkpoint: c.checkpoint,
    label: `${String(c.checkpoint)}  ${title}`,
    description: filled([rate, ...words]).join('  '),
    tooltip: tooltipOf(c, state),
    icon: iconOf(c),
    context: filled(context).join(' '),
    spoken: filled([`Checkpoint ${String(c.checkpoint)}`, title, rate === '' ? '' : `visible ${rate}`, ...words]).join(
      ', ',
    ),
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
    c.thinned ? thinnedWords(c.checkpoint) : '',
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
  supervisor: 'circle-outline',
  safety: 'shield',
  rollback: 'discard',
  reject: 'circle-slash',
};

function iconOf(c: CheckpointSummary): string {
  if (c.thinned) return 'dash';
  if (c.gate !== undefined) return 'debug-breakpoint-log'; // a filled diamond
  return icons[c.kind];
}

function filled(words: readonly string[]): string[] {
  return words.filter((word) => word !== '');
}

/** Label and checkpoints of each day, newest first. A clock that was set back gives no day twice. */
function byDay(checkpoints: RunState['checkpoints'], now: number): [string, CheckpointSummary[]][] {
  const days = new Map<string, CheckpointSummary[]>();
  let [start, end, day] = [0, 0, [] as CheckpointSummary[]];
  for (const c of checkpoints.reversed()) {
    // A label costs as much as a thousand comparisons.
    if (c.at < start || c.at >= end) {
      [start, end] = dayAround(c.at);
      const label = dayLabel(c.at, now);
      day = days.get(label) ?? [];
      days.set(label, day);
    }
    day.push(c);
  }
  return [...days];
}

/** From midnight to midnight where the person is, ms since the epoch. */
function dayAround(at: number): [start: number, end: number] {
  const midnight = new Date(at);
  midnight.setHours(0, 0, 0, 0);
  const start = midnight.getTime();
  midnight.setDate(midnight.getDate() + 1);
  return [start, midnight.getTime()];
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
