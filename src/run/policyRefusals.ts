/**
 * Job: what policies refuse, each time with the policy's place and who may do it.
 * Boundary: pure. A refusal is words for a person; null: nothing is refused.
 */
import type { BudgetKind, BudgetLimits } from './entry.ts';
import { formatCount, formatTokens, formatUsdLimit, joinWords } from './forDisplay.ts';
import { policyLimits, type HeldPolicy, type Policy } from './policy.ts';

type People = 'mayRaiseLimits' | 'mayAccept' | 'mayAllowNetwork';

const kinds = Object.keys(policyLimits) as readonly BudgetKind[];

/** Limits that a run may not begin or go on with. */
export function limitsRefused(policies: readonly HeldPolicy[], limits: BudgetLimits): string | null {
  for (const held of policies) {
    for (const kind of kinds) {
      const { key, perUnit, unit } = policyLimits[kind];
      const most = held.policy.limits?.[key];
      const hard = limits[kind]?.hard;
      if (most === undefined || (hard !== undefined && hard <= most * perUnit)) continue;
      const asked = hard === undefined ? `No hard limit of ${unit}` : `A hard limit of ${inWords(kind, hard)}`;
      return `${asked} is more than the policy allows: ${inWords(kind, most * perUnit)} at most (${placeOf(held, `limits.${key}`)}). ${whoCan(held, null)}`;
    }
  }
  return null;
}

/** Limits that are changed: raising one, or taking one away, may be for some only; nobody passes the most. */
export function changeRefused(
  policies: readonly HeldPolicy[],
  user: string,
  before: BudgetLimits,
  after: BudgetLimits,
): string | null {
  const refused = raises(before, after) ? personRefused(policies, 'mayRaiseLimits', user) : null;
  return refused ?? (raises(before, after) ? limitsRefused(policies, after) : null);
}

const personWords: Readonly<Record<People, string>> = {
  mayRaiseLimits: 'raise a limit',
  mayAccept: 'accept',
  mayAllowNetwork: 'start a run whose commands can reach the network',
};

/** @param user the name of the engine's own user, which no client can choose */
export function personRefused(policies: readonly HeldPolicy[], what: People, user: string): string | null {
  const held = policies.find(({ policy }) => policy[what]?.includes(user) === false);
  return held === undefined
    ? null
    : `${user} may not ${personWords[what]} (${placeOf(held, what)}). ${whoCan(held, what)}`;
}

/** A soft limit counts too: it is where somebody is asked. */
function raises(before: BudgetLimits, after: BudgetLimits): boolean {
  return kinds.some((kind) =>
    (['soft', 'hard'] as const).some((bound) => {
      const [was, is] = [before[kind]?.[bound], after[kind]?.[bound]];
      return was !== undefined && (is === undefined || is > was);
    }),
  );
}

function placeOf({ file, lines }: HeldPolicy, key: string): string {
  return `policy ${file}:${String(lines[key] ?? 1)}`;
}

function whoCan({ policy }: HeldPolicy, what: People | null): string {
  const ask = policy.contact === undefined ? '' : ` Ask ${policy.contact}.`;
  if (what === null) return `Only who writes the policy can change that.${ask}`;
  const named = policy[what] ?? [];
  return `${named.length === 0 ? 'Nobody may.' : `${joinWords(named)} may.`}${ask}`;
}

function inWords(kind: BudgetKind, value: number): string {
  if (kind === 'costUsd') return formatUsdLimit(value);
  if (kind === 'tokens') return `${formatTokens(value)} tokens`;
  return kind === 'steps' ? `${formatCount(value)} steps` : `${String(Number((value / 3_600_000).toFixed(2)))} h`;
}

/** What holds here, for a person; a line each. */
export function policyLines(policies: readonly HeldPolicy[], user: string): readonly string[] {
  if (policies.length === 0) return ['No policy holds here.'];
  return policies.flatMap((held) => [
    held.file,
    ...kinds.flatMap((kind) => {
      const { key, perUnit } = policyLimits[kind];
      const most = held.policy.limits?.[key];
      return most === undefined ? [] : [`    A run may use ${inWords(kind, most * perUnit)} at most`];
    }),
    ...(Object.keys(personWords) as People[]).map((what) => `    ${peopleLine(held.policy, what, user)}`),
    ...(held.policy.contact === undefined ? [] : [`    Ask ${held.policy.contact}`]),
  ]);
}

function peopleLine(policy: Policy, what: People, user: string): string {
  const named = policy[what];
  const who = named === undefined ? 'everybody' : named.length === 0 ? 'nobody' : joinWords(named);
  const you = named === undefined || named.includes(user) ? '' : `; not you (${user})`;
  return `May ${personWords[what]}: ${who}${you}`;
}
