/**
 * Job: which entries are a row between the steps of the log, and their words: who did what, and what held the run up.
 * Boundary: pure; reads the state as it was before the entry. When it happened is drawn by who has a clock's face.
 */
import { askedWords, compactedWords, freshenedWords } from './contextWords.ts';
import type { BudgetKind, BudgetLimits, Decision, Entry, EntryType } from './entry.ts';
import {
  capitalised,
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatDurationLong,
  formatTokens,
  formatUsdLimit,
  forkWords,
  saidLast,
} from './forDisplay.ts';
import { flagName } from './integrity.ts';
import { rungDone, settledWords } from './ladder.ts';
import { limits } from './limits.ts';
import { pathInWords, pathsInWords, somePathsInWords } from './pathWords.ts';
import { placeWords } from './standing.ts';
import { rollbackWords } from './status.ts';
import type { Happening, HappeningKind, RunState } from './state.ts';

interface Row {
  readonly kind: HappeningKind;
  readonly by?: string | undefined;
  readonly text: string;
  readonly checkpoint?: number;
  readonly summary?: true;
}
type Rows = { readonly [K in EntryType]?: (before: RunState, entry: Entry<K>) => Row | null };

/** The row that an entry is; null for those of a step's own course. */
export function happeningOf(before: RunState, entry: Entry): Happening | null {
  const row = (rows[entry.type] as ((before: RunState, entry: Entry) => Row | null) | undefined)?.(before, entry);
  if (row === null || row === undefined) return null;
  const { seq, at } = entry;
  const { kind, by = null, text, checkpoint = before.head, summary } = row;
  const words = text.slice(0, limits.happeningChars);
  return { seq, at, kind, by, text: words, checkpoint, ...(summary && { summary }) };
}

const rows: Rows = {
  'run.created': (_, { forkedFrom }) =>
    forkedFrom === undefined ? null : { kind: 'engine', text: capitalised(forkWords(forkedFrom)) },
  'directive.added': (_, { directive, text, by }) => ({
    kind: 'redirect',
    by,
    text: `Directive ${formatCount(directive)}: ${text}`,
  }),
  'directive.withdrawn': (_, { directive, by }) => ({
    kind: 'withdraw',
    by,
    text: `Directive ${formatCount(directive)} withdrawn`,
  }),
  'gate.decided': ({ gate }, { decision, by }) => {
    // A rollback's row comes when it is done, and names the gate.
    if (gate === null || decision === 'rollback') return null;
    const { step, checkpoint } = gate;
    const text = `Gate at step ${formatCount(step)} · checkpoint ${formatCount(checkpoint)} ${decided[decision]}`;
    return { kind: decision, by, text, checkpoint };
  },
  'files.accepted': (_, { paths, checkpoint, by }) => {
    const what = paths.length === 1 ? (paths[0] ?? '') : formatCounted(paths.length, 'file');
    return { kind: 'accept', by, text: `Accepted ${what} at checkpoint ${formatCount(checkpoint)}`, checkpoint };
  },
  'commit.finished': ({ commit: begun }, { commit }) => ({
    kind: 'accept',
    by: begun?.by,
    text: `Committed ${formatCounted(begun?.files ?? 0, 'file')} to ${begun?.branch ?? ''} as ${commit.slice(0, 8)}`,
  }),
  'commit.failed': ({ commit: begun }, { message }) => ({
    kind: 'refused',
    by: begun?.by,
    text: `Not committed: ${saidLast(message, 3)}`,
  }),
  'commit.undone': (_, { commit, by }) => ({ kind: 'withdraw', by, text: `Commit ${commit.slice(0, 8)} taken back` }),
  'acceptance.withdrawn': (_, { by }) => ({ kind: 'withdraw', by, text: 'Last acceptance withdrawn' }),
  'rollback.finished': (before, { to }) => {
    if (before.rollback === null) return null;
    const { by, undo, gate, paths, part } = before.rollback;
    if (part !== undefined) {
      const { done } = rollbackWords(before.rollback, placeWords(before, to));
      return { kind: 'rollback', by, text: done.replace(/\.$/, '') };
    }
    // Why it was put back stands in its directive.
    if (paths !== undefined)
      return {
        kind: 'reject',
        by,
        text: `${pathsInWords(paths)} ${undo ? 'as before its rejection' : 'put back as accepted'}`,
      };
    const back = `rolled back to ${placeWords(before, to)}`;
    const text = gate === null ? back : `gate at step ${formatCount(gate.step)} ${back}`;
    return undo
      ? { kind: 'rollback', by, text: `Rollback undone${gate === null ? '' : ', its gate is open again'}` }
      : { kind: 'rollback', by, text: capitalised(text), checkpoint: to };
  },
  'tool.finished': (_, { quarantined, quarantineProblem }) => {
    if (quarantined === undefined && quarantineProblem === undefined) return null;
    const moved =
      quarantined && `Quarantined ${somePathsInWords(quarantined)}: a command made what steers your editor or git`;
    const problem = quarantineProblem && `Of what steers your editor or git: ${quarantineProblem}`;
    return { kind: 'refused', text: [moved, problem].filter((part) => part !== undefined).join('. ') };
  },
  'checkpoint.created': (_, { kind, title, checkpoint }) =>
    kind === 'supervisor' ? { kind: 'edit', text: title, checkpoint } : null,
  'checkpoints.thinned': (_, { checkpoints, by }) => {
    const why = by === undefined ? ': the checkpoint store was over its quota' : '';
    return { kind: 'thin', by, text: `Thinned ${formatCounted(checkpoints.length, 'checkpoint')}${why}` };
  },
  'quota.changed': ({ store }, { storeBytes, by }) => ({
    kind: 'limits',
    by,
    text: `Quota of the checkpoint store ${formatBytes(store.quotaBytes)} → ${formatBytes(storeBytes)}`,
  }),
  'run.forked': (_, { checkpoint, workspace, branch, by }) => {
    const on = branch === undefined ? '' : `, on branch ${branch}`;
    return { kind: 'engine', by, text: `Forked into ${pathInWords(workspace)}${on}`, checkpoint };
  },
  'run.paused': (_, { reason, message, by }) => {
    if (reason === 'rollback') return null; // its own row says it
    return reason === 'supervisor'
      ? { kind: 'pause', by, text: 'Paused' }
      : { kind: 'wait', by, text: waited(message) };
  },
  // While a gate holds, nothing goes on.
  'run.resumed': ({ gate }, { by }) =>
    gate === null ? { kind: 'resume', by, text: by === undefined ? 'Went on by itself' : 'Resumed' } : null,
  'budget.changed': ({ budget }, entry) => ({
    kind: 'limits',
    by: entry.by,
    text: changedLimits(budget.limits, entry.limits),
  }),
  'stall.detected': ({ head }, { rung, signs, to, skipped }) => {
    const why = signs.map(({ text }) => text).join('; ');
    const without = skipped === undefined ? '' : ` (${skipped})`;
    return { kind: 'stall', text: `Stalled: ${why}. ${rungDone(rung, to)}${without}`, checkpoint: to ?? head ?? 0 };
  },
  'stall.settled': (_, entry) => ({ kind: 'stall', text: settledWords(entry) }),
  'stall.dismissed': (_, { by }) => ({ kind: 'resume', by, text: 'Alarm dismissed: this is no stall' }),
  'model.changed': ({ run }, { model, by }) => ({
    kind: 'context',
    by,
    text: `${model.name} answers from here on, in place of ${run?.task.model.name ?? 'another model'}`,
  }),
  'context.asked': (_, { way, by }) => ({ kind: 'context', by, text: askedWords[way] }),
  'context.compacted': (before, entry) => ({
    kind: 'context',
    by: entry.by,
    text: compactedWords(before, entry),
    summary: true,
  }),
  'context.freshened': (before, entry) => ({ kind: 'context', by: entry.by, text: freshenedWords(before, entry) }),
  'stop.requested': (_, { by }) => ({ kind: 'stop', by, text: 'Asked to stop' }),
  'heldOut.viewed': (before, { checkpoint, by, rate }) => ({
    kind: 'look',
    by,
    text: `Looked at held-out: ${(rate * 100).toFixed(1)} % at ${placeWords(before, checkpoint)}`,
    checkpoint,
  }),
  'integrity.checked': ({ integrity }, { checkpoint, flags }) => {
    const told = new Set(integrity.last?.flags.map(flagName));
    const fresh = flags.filter((flag) => flag.severity !== 'listed' && !told.has(flagName(flag)));
    const text = capitalised(fresh.map((flag) => flag.text).join('; '));
    return fresh.length === 0 ? null : { kind: 'flag', text, checkpoint };
  },
  'clock.jumped': (_, { byMs }) => {
    const how = formatDurationLong(Math.abs(byMs));
    const text = byMs > 0 ? `Slept ${how}: it is not counted as running` : `The clock was put back by ${how}`;
    return { kind: 'engine', text };
  },
  'engine.started': (before, { generation, at }) =>
    generation === 1
      ? null
      : {
          kind: 'engine',
          text: `Engine started again, ${formatDuration(Math.max(0, at - before.at))} after it was last heard of`,
        },
};

const decided: Readonly<Record<Exclude<Decision, 'rollback'>, string>> = { accept: 'accepted', redirect: 'redirected' };

function waited(message: string): string {
  return message === '' ? 'Paused' : `Paused: ${message}`;
}

const kinds: Readonly<Record<BudgetKind, (value: number) => string>> = {
  costUsd: formatUsdLimit,
  tokens: (value) => `${formatTokens(value)} tokens`,
  wallMs: (value) => `${String(Number((value / 3_600_000).toFixed(2)))} h`,
  steps: (value) => `${formatCount(value)} steps`,
};

/** "Hard limit $60 → $80, soft limit of … gone" */
function changedLimits(before: BudgetLimits, after: BudgetLimits): string {
  const changes = (Object.keys(kinds) as BudgetKind[]).flatMap((kind) =>
    (['hard', 'soft'] as const).flatMap((bound) => {
      const [was, is] = [before[kind]?.[bound], after[kind]?.[bound]];
      const words = (value: number | undefined) => (value === undefined ? 'none' : kinds[kind](value));
      return was === is ? [] : [`${bound} limit ${words(was)} → ${words(is)}`];
    }),
  );
  return changes.length === 0 ? 'Limits as before' : capitalised(changes.join(', '));
}
