/**
 * Job: what a self-test of the sandbox found, and its words for a person.
 * Boundary: pure; the attacks are the engine's.
 * Rules: H2 "passed" is said only where nothing came through that should not; what was not tried is counted apart.
 */
import { formatCounted, joinWords } from './forDisplay.ts';

/** `not tried`: what it needs is not on this machine. `flagged`: not prevented, but found and told before it can do harm. */
export type AttackOutcome = 'blocked' | 'flagged' | 'through' | 'not tried';

export interface TriedAttack {
  readonly name: string;
  readonly group: string;
  /** What of Belay stops it, a phrase. */
  readonly stoppedBy: string;
  /** `through` only for what nothing can hide: the names in the table of mounts. */
  readonly expected: Exclude<AttackOutcome, 'not tried'>;
  readonly outcome: AttackOutcome;
  /** Why it could not be tried, where that was a failure. */
  readonly why?: string;
}

export interface SandboxCheck {
  readonly passed: boolean;
  /** Such as "bubblewrap 0.8.0"; null: there is none, and `reasons` says why. */
  readonly sandbox: string | null;
  readonly attacks: readonly TriedAttack[];
  /** What speaks against the seal before an attack is made, one sentence each without a full stop. */
  readonly reasons: readonly string[];
}

/** A line of the engine's process that tests; the last one has the check. */
export type SandboxCheckLine = { readonly done: number; readonly total: number } | { readonly check: SandboxCheck };

/** A name in the table of mounts may be hidden as well; nothing else may be other than expected. */
export const isAsExpected = ({ expected, outcome }: TriedAttack): boolean =>
  outcome === expected || outcome === 'not tried' || (expected === 'through' && outcome === 'blocked');

/** "197 attacks: 181 blocked, 14 flagged, 1 known, 1 not tried" */
export function checkCounts({ attacks }: SandboxCheck): string {
  const count = (is: (one: TriedAttack) => boolean) => attacks.filter(is).length;
  const parts = [
    [count(({ outcome }) => outcome === 'blocked'), 'blocked'],
    [count(({ outcome }) => outcome === 'flagged'), 'flagged'],
    [count((one) => one.outcome === 'through' && one.expected === 'through'), 'known'],
    [count((one) => !isAsExpected(one)), 'CAME THROUGH'],
    [count(({ outcome }) => outcome === 'not tried'), 'not tried'],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${String(number)} ${word}`);
  return `${formatCounted(attacks.length, 'attack')}: ${joinWords(told)}`;
}

/** Why a run would be NOT sealed by this check, a sentence without a full stop; null: nothing speaks against it. */
export function checkReason(check: SandboxCheck): string | null {
  if (check.passed) return null;
  const through = check.attacks.filter((one) => !isAsExpected(one)).length;
  if (through === 0) return check.reasons[0] ?? 'the sandbox was not found to hold';
  return `${formatCounted(through, 'attack')} came through the sandbox when it was checked (Belay: Check Sandbox lists them)`;
}

/** The whole result as Markdown. @param at when, in words */
export function sandboxCheckMarkdown(check: SandboxCheck, at: string): string {
  const verdict = check.passed ? 'The sandbox holds' : 'NOT sealed: the sandbox does not hold';
  const lines = [`# ${verdict}`, '', `${check.sandbox ?? 'No sandbox'}, ${at}. ${checkCounts(check)}.`, ''];
  for (const reason of check.reasons) lines.push(`- ${reason}.`, '');
  const wrong = check.attacks.filter((one) => !isAsExpected(one));
  if (wrong.length > 0) lines.push('## What came through', '', ...tableOf(wrong));
  const groups = [...new Set(check.attacks.map(({ group }) => group))];
  for (const group of groups)
    lines.push(`## ${group}`, '', ...tableOf(check.attacks.filter((one) => one.group === group)));
  if (check.attacks.length > 0) lines.push(meaning, '');
  return lines.join('\n');
}

const meaning =
  '“Flagged” is not prevented but found and told before it can do harm. “Known” are names in the table of mounts, which nothing can hide; they name no case. “Not tried” needs a program or a kernel that is not here.';

function tableOf(attacks: readonly TriedAttack[]): string[] {
  const rows = attacks.map((one) => `| ${one.name} | ${outcomeWords(one)} | ${cell(one.why ?? one.stoppedBy)} |`);
  return ['| attack | outcome | what stops it |', '|---|---|---|', ...rows, ''];
}

function outcomeWords(one: TriedAttack): string {
  if (!isAsExpected(one)) return '**came through**';
  return one.outcome === 'through' ? 'known' : one.outcome;
}

const cell = (text: string) => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
