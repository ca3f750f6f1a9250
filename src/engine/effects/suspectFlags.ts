/**
 * Job: what the findings in files mean: a flag for each library and each kind of suspect.
 * Boundary: pure.
 */
import { flagOf, type IntegrityFlag, type IntegrityPlace } from '../../run/integrity.ts';
import type { ScannedFile } from './fileScans.ts';

interface MachineCode extends IntegrityPlace {
  readonly digest: string;
}

/** @param referenceDigest the git blob id of the reference's program; null: there is none */
export function suspectFlags(found: readonly ScannedFile[], referenceDigest: string | null): readonly IntegrityFlag[] {
  const code = found.flatMap(({ path, digest, findings: { machineCode } }): readonly MachineCode[] =>
    machineCode === null ? [] : [{ path, digest, first: machineCode, last: machineCode }],
  );
  const isCopy = ({ digest }: MachineCode) => digest === referenceDigest;
  return [
    ...libraryFlags(found),
    ...copyFlag(code.filter(isCopy)),
    ...callFlag(found),
    ...codeFlag(code.filter((one) => !isCopy(one))),
  ];
}

/** One for each library. */
function libraryFlags(found: readonly ScannedFile[]): readonly IntegrityFlag[] {
  const places = new Map<string, IntegrityPlace[]>();
  for (const { path, findings } of found) {
    for (const { name, line } of findings.libraries)
      places.set(name, [...(places.get(name) ?? []), { path, first: line, last: line }]);
  }
  const textOf = (name: string) => `the source uses ${name}, which the task forbids`;
  return [...places].map(([name, at]) =>
    flagOf({ kind: 'library', severity: 'gate', subject: name, text: textOf(name) }, at),
  );
}

function copyFlag(copies: readonly MachineCode[]): readonly IntegrityFlag[] {
  if (copies.length === 0) return [];
  const text = 'a copy of the reference lies in the folder';
  return [flagOf({ kind: 'reference', severity: 'gate', subject: 'copy', text }, copies)];
}

function callFlag(found: readonly ScannedFile[]): readonly IntegrityFlag[] {
  const calls = found.flatMap(({ path, findings }) =>
    findings.references.map((line): IntegrityPlace => ({ path, first: line, last: line })),
  );
  if (calls.length === 0) return [];
  const text = 'the source seems to call the reference or its library';
  return [flagOf({ kind: 'reference', severity: 'flagged', subject: 'call', text }, calls)];
}

/** What is a whole file may be a build's; what stands in a text was put there. */
function codeFlag(code: readonly MachineCode[]): readonly IntegrityFlag[] {
  if (code.length === 0) return [];
  const isHidden = code.some(({ first }) => first > 0);
  const text = isHidden ? 'machine code is hidden in the source' : 'machine code lies among the files';
  return [flagOf({ kind: 'binary', severity: isHidden ? 'flagged' : 'listed', text }, code)];
}
