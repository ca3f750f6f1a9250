/**
 * Job: compare the suite in the workspace with the sealed copy that it was at the start.
 * Boundary: pure. A suite of cases is compared case by case; one that is not made of cases only as a whole.
 */
import type { Case } from '../../run/case.ts';
import type { IntegrityPlace, SuiteChanges } from '../../run/integrity.ts';
import { parseSuite } from '../../run/suite.ts';

const none: SuiteChanges = { deleted: [], changed: [], added: [], broken: false };

export interface ComparedSuite {
  readonly changes: SuiteChanges;
  /** Of what was changed or added. */
  readonly places: readonly IntegrityPlace[];
}

/** @param now null: the file is gone */
export function compareSuites(path: string, sealed: string, now: string | null): ComparedSuite {
  if (now === null) return { changes: { ...none, broken: true }, places: [] };
  const before = parseSuite(sealed);
  const after = parseSuite(now);
  const whole = [{ path, first: 1, last: 1 }];
  if (after.problems.length > 0) return { changes: { ...none, broken: true }, places: whole };
  const then = new Map(before.cases.map((one) => [one.id, contentOf(one)]));
  const lines = now.split('\n');
  const changed = after.cases.filter((one) => then.has(one.id) && then.get(one.id) !== contentOf(one));
  const added = after.cases.filter((one) => !then.has(one.id));
  const present = new Set(after.cases.map(({ id }) => id));
  const ids = (cases: readonly Case[]) => cases.map(({ id }) => id);
  const places = [...changed, ...added].map(({ id }) => {
    const line = lines.findIndex((text) => text.includes(JSON.stringify(id))) + 1;
    return { path, first: line, last: line };
  });
  const deleted = [...then.keys()].filter((id) => !present.has(id));
  return {
    changes: { deleted, changed: ids(changed), added: ids(added), broken: false },
    places: places.length > 0 || deleted.length === 0 ? places : whole,
  };
}

/** What is asked and expected, in the order of the schema. */
const contentOf = (one: Case): string => JSON.stringify(one);
