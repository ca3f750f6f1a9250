/**
 * Job: all that is looked for in one file, and what was found.
 * Boundary: pure; a file is known by its content alone, so what was found once holds wherever it lies.
 */
import type { LiteralHit } from '../../run/literals.ts';
import type { ExpectedOutputs } from './literals.ts';
import {
  forbiddenIn,
  hiddenCodeAt,
  isMachineCode,
  referenceCallsIn,
  type FoundLibrary,
  type Suspicions,
} from './suspects.ts';

export interface FileFindings {
  readonly literals: readonly Omit<LiteralHit, 'path'>[];
  readonly libraries: readonly FoundLibrary[];
  /** Lines that call the reference or load its library. */
  readonly references: readonly number[];
  /** Machine code: the whole file (0), or in text from this line on; null: none. */
  readonly machineCode: number | null;
}

export function findingsIn(
  path: string,
  content: Buffer,
  expected: ExpectedOutputs,
  { forbidden, reference }: Suspicions,
): FileFindings {
  const nothing: FileFindings = { literals: [], libraries: [], references: [], machineCode: null };
  if (isMachineCode(content)) return { ...nothing, machineCode: 0 };
  const source = content.toString('utf8');
  return {
    literals: expected.hitsIn(source),
    libraries: forbiddenIn(path, source, forbidden),
    references: reference === null ? [] : referenceCallsIn(path, source, reference),
    machineCode: hiddenCodeAt(source),
  };
}
