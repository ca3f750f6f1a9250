/**
 * Job: the two kinds of suites as types that cannot be mistaken for each other, and reading one from disk.
 * Boundary: reading a held-out suite is for the verifier's process only.
 * Rules: H1 what takes a VisibleSuite cannot be handed a HeldOutSuite.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../base/assert.ts';
import type { Case } from '../../run/case.ts';
import { parseSuite, type ParsedSuite } from '../../run/suite.ts';

/** Cases that the agent may see. */
export interface VisibleSuite {
  readonly kind: 'visible';
  readonly file: string;
}

/** Cases that the agent may never learn of; the file is the sealed copy in the run directory. */
export interface HeldOutSuite {
  readonly kind: 'heldOut';
  readonly file: string;
  /** H1: only tags that this visible suite has too are counted by name; absent: none. */
  readonly visible?: string;
}

/** Which of the cases: those with one of the tags or one of the ids. Both absent: all. */
export interface CaseFilter {
  readonly tags?: readonly string[];
  readonly ids?: readonly string[];
}

/** A suite that cannot be read; the message names file and line. */
export class SuiteUnreadable extends Error {
  override readonly name = 'SuiteUnreadable';
}

/** Reads a suite. @throws SuiteUnreadable when it is missing, empty or malformed. */
export function readSuite(file: string): ParsedSuite {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SuiteUnreadable(`the suite ${file} could not be read: ${messageOf(error)}`);
  }
  const suite = parseSuite(content);
  const [first] = suite.problems;
  if (first === undefined) return suite;
  const more = suite.problems.length > 1 ? ` (and ${String(suite.problems.length - 1)} more)` : '';
  throw new SuiteUnreadable(`${file}:${String(first.line)}: ${first.message}${more}`);
}

/** Beside the sealed copy of a suite stands what its cases need. */
export const sharedFolder = (file: string): string => join(dirname(file), 'files');

export interface SealedSuite extends Pick<ParsedSuite, 'cases' | 'report'> {
  /** A folder whose content stands in each case's folder; null: none. */
  readonly shared: string | null;
}

/** Reads the copy that `sealSuites` made. @throws SuiteUnreadable */
export function loadSuite(file: string): SealedSuite {
  const { cases, report } = readSuite(file);
  const shared = sharedFolder(file);
  return { cases, report, shared: existsSync(shared) ? shared : null };
}

export function chosenCases(cases: readonly Case[], filter: CaseFilter | undefined): readonly Case[] {
  if (filter?.tags === undefined && filter?.ids === undefined) return cases;
  const tags = new Set(filter.tags);
  const ids = new Set(filter.ids);
  return cases.filter((one) => ids.has(one.id) || one.tags.some((tag) => tags.has(tag)));
}
