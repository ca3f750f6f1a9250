/**
 * Job: from the questions that were found to those that are asked, family by family, and from the answers to the two suites.
 * Boundary: pure; the same seed gives the same plan.
 * Rules: H1 no input is in both suites, and of a family each visible case has a held-out dual where one can be made.
 */
import type { Draw } from '../../base/draw.ts';
import { inputOf } from '../case.ts';
import { poolOf, variedDual, type Pool } from '../duals.ts';
import { tagged, type Question } from './question.ts';

/** Questions of one tag: those that were found, and duals of them. */
export interface PlannedFamily {
  readonly tag: string;
  /** So many cases are wanted in each of the two suites. */
  readonly quota: number;
  readonly found: readonly Question[];
  /** More than are wanted, since not every question makes a case. */
  readonly duals: readonly Question[];
}

/** Duals are made for so many times what is wanted; where none is new any more, fewer. */
const room = 1.6;
const triesPerDual = 12;

/** @param cases how many are wanted in each suite, over all families */
export function planFamilies(questions: readonly Question[], cases: number, draw: Draw): readonly PlannedFamily[] {
  const taken = new Set<string>();
  const fresh = (question: Question) => {
    const key = inputOf({ command: undefined, env: undefined, files: undefined, ...question });
    const isFresh = !taken.has(key);
    taken.add(key);
    return isFresh;
  };
  const found = tagged(questions).filter(fresh);
  const families = Map.groupBy(found, ({ tags }) => tags[0] ?? '');
  const pool = poolOf(found);
  // Whoever gave many questions of a family wants many: half of the share goes by that.
  const share = (members: number) => cases * (0.5 / families.size + (0.5 * members) / found.length);
  return [...families].map(([tag, members]) => {
    const quota = Math.max(1, Math.round(share(members.length)));
    const wanted = Math.ceil(Math.max(quota, 2 * quota - members.length) * room);
    return { tag, quota, found: members, duals: dualsOf(members, wanted, { pool, fresh, draw }) };
  });
}

interface Making {
  readonly pool: Pool;
  readonly fresh: (question: Question) => boolean;
  readonly draw: Draw;
}

function dualsOf(members: readonly Question[], wanted: number, { pool, fresh, draw }: Making): readonly Question[] {
  const duals: Question[] = [];
  for (let tries = 0; duals.length < wanted && tries < wanted * triesPerDual; tries += 1) {
    const source = members[tries % members.length];
    const dual = source === undefined ? null : variedDual(source, pool, draw);
    if (dual !== null && fresh(dual)) duals.push(dual);
  }
  return duals;
}

/** A question that makes a case. */
export interface Kept {
  readonly question: Question;
  readonly exit: number;
  readonly output: string;
}

export interface SplitFamily {
  readonly visible: readonly Kept[];
  readonly heldOut: readonly Kept[];
}

/** How much of a side may be duals that fail where what was found succeeds: errors are worth testing, but not mostly them. */
const failuresMost = 0.25;

/** Found questions are visible; duals are dealt to both sides, held-out first, until both have the family's quota. */
export function splitFamily({ quota }: PlannedFamily, found: readonly Kept[], duals: readonly Kept[]): SplitFamily {
  const visible = found.slice(0, quota);
  const heldOut: Kept[] = [];
  const exits = new Set(found.map(({ exit }) => exit));
  const outputs = new Set(visible.map(({ output }) => output));
  // What a table of the visible outputs would not know comes first.
  const isTelling = ({ exit, output }: Kept) => (found.length === 0 || exits.has(exit)) && !outputs.has(output);
  const isFailure = ({ exit }: Kept) => found.length > 0 && !exits.has(exit);
  const ordered = [...duals.filter(isTelling), ...duals.filter((one) => !isTelling(one) && !isFailure(one))];
  const failures = duals.filter(isFailure).slice(0, Math.floor(2 * quota * failuresMost));
  for (const dual of [...ordered, ...failures]) {
    const side = heldOut.length <= visible.length && heldOut.length < quota ? heldOut : visible;
    if (side.length < quota) side.push(dual);
  }
  return { visible, heldOut };
}
