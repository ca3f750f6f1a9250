/**
 * Job: split one suite into a visible and a held-out part, the same way every time, tag by tag.
 * Boundary: pure but for hashing; `seal.ts` reads and writes the files.
 */
import { createHash } from 'node:crypto';
import { inputOf, type Case } from '../../run/case.ts';

export interface SplitSuite {
  readonly visible: readonly Case[];
  readonly heldOut: readonly Case[];
}

/**
 * Within each group of cases with the same tags, those with the smallest digests are held out. Groups give by largest
 * remainder, so that the whole comes out at the share and each group within one case of it. Order of the file and ids do
 * not matter: a case stays on its side when others are added to other groups.
 * @param share 0–1, of cases held out.
 */
export function splitCases(cases: readonly Case[], share: number): SplitSuite {
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    const key = [...one.tags].sort().join('\0');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const quotas = [...groups].map(([key, members]) => {
    const exact = members.length * share;
    return { key, members, whole: Math.floor(exact), remainder: exact - Math.floor(exact) };
  });
  const missing = Math.round(cases.length * share) - quotas.reduce((sum, quota) => sum + quota.whole, 0);
  const byRemainder = [...quotas].sort(
    (a, b) => b.remainder - a.remainder || compare(digestOf(a.key), digestOf(b.key)),
  );
  const rounded = new Set(byRemainder.slice(0, Math.max(0, missing)).map((quota) => quota.key));
  const heldOut = new Set<Case>();
  for (const { key, members, whole } of quotas) {
    const ordered = [...members].sort((a, b) => compare(digestOfCase(a), digestOfCase(b)));
    for (const one of ordered.slice(0, whole + (rounded.has(key) ? 1 : 0))) heldOut.add(one);
  }
  return { visible: cases.filter((one) => !heldOut.has(one)), heldOut: cases.filter((one) => heldOut.has(one)) };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
/** By what the case puts in; the id only tells twins apart. */
const digestOfCase = (one: Case) => digestOf(inputOf(one)) + one.id;
