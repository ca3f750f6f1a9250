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

/** A file with a NUL among so many bytes is no text, as git has it (xdiff-interface.c, FIRST_FEW_BYTES). */
const binaryLook = 8_000;

export function findingsIn(
  path: string,
  content: Buffer,
  expected: ExpectedOutputs,
  { forbidden, reference }: Suspicions,
): FileFindings {
  const isCode = isMachineCode(content);
  // A text may begin as machine code does: a shell script with "MZ=1".
  if (isCode && content.subarray(0, binaryLook).includes(0))
    return { literals: [], libraries: [], references: [], machineCode: 0 };
  const source = content.toString('utf8');
  return {
    literals: expected.hitsIn(source),
    libraries: forbiddenIn(path, source, forbidden),
    references: reference === null ? [] : referenceCallsIn(path, source, reference),
    machineCode: isCode ? 0 : hiddenCodeAt(source),
  };
}
