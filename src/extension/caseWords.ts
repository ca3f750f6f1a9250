/**
 * Job: the visible cases as the Test Explorer shows them: in groups, at their lines, with what is said of one that fails.
 * Boundary: no vscode; views/testExplorer.ts draws it.
 */
import type { Tried, VisibleCase } from '../protocol/messages.ts';

export interface CaseGroup {
  readonly label: string;
  readonly cases: readonly VisibleCase[];
}

/** By first tag, in the order of the suite. */
export function caseGroups(cases: readonly VisibleCase[]): readonly CaseGroup[] {
  const groups = new Map<string, VisibleCase[]>();
  for (const one of cases) {
    const [tag = 'No tag'] = one.tags;
    const group = groups.get(tag);
    if (group === undefined) groups.set(tag, [one]);
    else group.push(one);
  }
  return [...groups].map(([label, members]) => ({ label, cases: members }));
}

/** The 0-based lines of a suite file on which its ids stand. */
export function linesOfCases(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  text.split('\n').forEach((line, number) => {
    for (const [, id = ''] of line.matchAll(/"id"\s*:\s*("(?:[^"\\]|\\.)*")/g)) {
      const name = readName(id);
      if (name !== null && !lines.has(name)) lines.set(name, number);
    }
  });
  return lines;
}

function readName(literal: string): string | null {
  try {
    return String(JSON.parse(literal));
  } catch {
    return null; // no JSON: the case has no line then
  }
}

/** What the output of a test run says of a case: its verdict, what was put in, and of one that failed what came out. */
export function outputWords(tried: Tried): string {
  const { id, verdict, detail = '', expected, actual } = tried;
  const parts = [
    `${verdict} ${id}${detail === '' ? '' : `: ${detail}`}`,
    inputWords(tried),
    expected === undefined ? '' : `expected:\n${expected}`,
    actual === undefined ? '' : `actual:\n${actual}`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** "args: …", "stdin: …". */
function inputWords({ args, command, stdin }: Tried): string {
  const parts = [
    ...(command === undefined ? [] : [`command: ${command}`]),
    ...(args === undefined || args.length === 0 ? [] : [`args: ${JSON.stringify(args)}`]),
    ...(stdin === undefined ? [] : [`stdin:\n${stdin}`]),
  ];
  return parts.join('\n');
}

/** What a failed case says: what differs, of which checkpoint, and what was put in. */
export function failureWords(tried: Tried, checkpoint: number): string {
  const { verdict, detail = '' } = tried;
  const what = detail === '' ? verdict : verdict === 'fail' ? detail : `${verdict}: ${detail}`;
  const input = inputWords(tried);
  return `At checkpoint ${String(checkpoint)}: ${what}${input === '' ? '' : `\n\n${input}`}`;
}

/** What is known of a case that did not pass when nobody has run it again. */
export function verdictWords({ verdict }: VisibleCase, checkpoint: number): string {
  const words = { fail: 'failed', error: 'could not be run', timeout: 'took too long', flaky: 'passed only once' };
  const what = verdict === null || verdict === 'pass' ? 'passed' : words[verdict];
  return `It ${what} at checkpoint ${String(checkpoint)}. Run it to see what it gave.`;
}
