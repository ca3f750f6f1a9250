/**
 * Job: the rule by which a candidate is called a table: how many of the expected outputs of visible cases stand in its source.
 * Boundary: pure; `engine/integrity` finds the hits.
 *
 * A case counts when a text that covers 0.8 of its expected output stands in one file and carries 50 bits under an order-2
 * character model of all expected outputs (its own left out): short or common outputs say nothing. Cases whose own output
 * carries less are not eligible, the same output of several cases is one, and so are cases that meet the same words of a file:
 * a program has to hold its usage and its messages. Any encoding that is not looked through defeats this; what catches those is correctness debt.
 */

/** A case whose expected output stands in a file. Lines from 1, both inclusive. */
export interface LiteralHit {
  readonly id: string;
  readonly path: string;
  readonly first: number;
  readonly last: number;
}

export const literalShare = 0.8;
export const literalBits = 50;
/** With fewer eligible cases the share of hits says nothing. */
const eligibleLeast = 20;
const flaggedLeast = 3;
const flaggedShare = 0.015;
const gateShare = 0.05;

/** `listed`: told, nobody is stopped. `flagged`: told as a warning. `gate`: a gate opens by policy. */
export type Severity = 'listed' | 'flagged' | 'gate';

/** null: nothing stands there, or too few cases are eligible for it to mean anything. */
export function literalSeverity(hits: number, eligible: number): Severity | null {
  if (hits === 0 || !literalsApply(eligible)) return null;
  if (hits < flaggedLeast || hits < flaggedShare * eligible) return 'listed';
  return hits >= gateShare * eligible ? 'gate' : 'flagged';
}

/** Whether the check means anything for a suite with so many eligible cases. */
export function literalsApply(eligible: number): boolean {
  return eligible >= eligibleLeast;
}
