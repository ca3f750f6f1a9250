/**
 * Job: what the newest check of integrity found, as rows of the Review view: each finding with the lines that it points at.
 * Boundary: pure; reviewItems.ts draws the rows, commands/findings.ts opens them. A finding accuses nobody: the words are the check's.
 */
import { capitalised, formatCount, visibleControls } from '../../run/forDisplay.ts';
import { flagName, gravestFirst, severityWords, type IntegrityCheck, type IntegrityFlag } from '../../run/integrity.ts';
import { placeText } from '../../run/report/words.ts';

export interface ReviewFinding {
  readonly kind: 'finding';
  /** The same at a later checkpoint: what the row is known by. */
  readonly name: string;
  readonly flag: IntegrityFlag;
  /** Whose check found it. */
  readonly checkpoint: number;
}

/** One of several places of a finding. */
export interface ReviewPlace {
  readonly kind: 'place';
  readonly finding: ReviewFinding;
  readonly index: number;
}

export function findingsOf(check: Pick<IntegrityCheck, 'flags' | 'checkpoint'> | null): readonly ReviewFinding[] {
  if (check === null) return [];
  const { flags, checkpoint } = check;
  return gravestFirst(flags).map((flag) => ({ kind: 'finding', name: flagName(flag), flag, checkpoint }));
}

/** None where the finding itself leads to the only one. */
export function placesOf(finding: ReviewFinding): readonly ReviewPlace[] {
  const { places } = finding.flag;
  return places.length < 2 ? [] : places.map((_, index) => ({ kind: 'place', finding, index }));
}

/** "src/a.js:12–40 and 7 more"; empty where it points at no file. */
export function whereWords({ flag: { places, placesTotal } }: ReviewFinding): string {
  const [first] = places;
  if (first === undefined) return '';
  const more = placesTotal - 1;
  return `${visibleControls(placeText(first))}${more === 0 ? '' : ` and ${formatCount(more)} more`}`;
}

/** "Grave: 12 of 187 expected outputs stand in the source, src/a.js:12 and 7 more, as of checkpoint 31" */
export function spokenFinding(finding: ReviewFinding): string {
  const { flag, checkpoint } = finding;
  const parts = [visibleControls(flag.text), whereWords(finding), `as of checkpoint ${formatCount(checkpoint)}`];
  return `${capitalised(severityWords[flag.severity])}: ${parts.filter((part) => part !== '').join(', ')}`;
}
