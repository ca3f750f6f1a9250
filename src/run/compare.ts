/**
 * Job: the ways in which an output may be held against what a case expects, and whether an expectation suits its way.
 * Boundary: texts only. Bytes, time limits and verdicts are the verifier's; a regular expression is matched by whoever can
 *   bound it (B3).
 */

/** `exact` is byte for byte, and what holds where a case names nothing. */
export const comparators = ['exact', 'trimmed', 'json', 'numbers', 'regex'] as const;
export type Comparator = (typeof comparators)[number];

/** How far a number may be from the expected one: whichever of the two allows more. */
export interface Tolerance {
  readonly absolute?: number | undefined;
  /** Of the expected number. */
  readonly relative?: number | undefined;
}

/** How outputs of a case are compared. Absent: exactly. */
export interface Comparison {
  readonly compare?: Comparator | undefined;
  readonly tolerance?: Tolerance | undefined;
}

/** Whether all of the text matches the pattern; null: it took too long to say. */
export type Match = (pattern: string, text: string) => boolean | null;

/** Where the text is as expected; null: it can't be said. */
export function isSame(
  { compare = 'exact', tolerance = {} }: Comparison,
  expected: string,
  actual: string,
  match: Match,
): boolean | null {
  switch (compare) {
    case 'exact':
      return expected === actual;
    case 'trimmed':
      return trimmed(expected) === trimmed(actual);
    case 'json': {
      const wanted = canonicalJson(expected);
      return wanted !== null && wanted === canonicalJson(actual);
    }
    case 'numbers':
      return sameNumbers(expected, actual, tolerance);
    case 'regex':
      return match(expected, actual);
  }
}

/** For a verdict: how it was compared where it wasn't byte for byte, such as " (compared as JSON)". */
export function comparedAs({ compare = 'exact', tolerance = {} }: Comparison): string {
  const words: Readonly<Record<Comparator, string>> = {
    exact: '',
    trimmed: 'without white space at the ends',
    json: 'as JSON',
    numbers: `with numbers within ${toleranceText(tolerance)}`,
    regex: 'with a regular expression',
  };
  return compare === 'exact' ? '' : ` (compared ${words[compare]})`;
}

function toleranceText({ absolute, relative }: Tolerance): string {
  const parts = [
    ...(absolute === undefined ? [] : [String(absolute)]),
    ...(relative === undefined ? [] : [`${String(relative * 100)} %`]),
  ];
  return parts.join(' or ');
}

const patternCharsMost = 10_000;

/** What is wrong with an expected text for its comparator; null: nothing. Says nothing of what the text is. */
export function expectationProblem(compare: Comparator, expected: string): string | null {
  if (compare === 'json' && canonicalJson(expected) === null)
    return 'must be JSON, or one JSON value a line, to be compared as "json"';
  if (compare !== 'regex') return null;
  if (expected.length > patternCharsMost)
    return `is too long for a regular expression (at most ${String(patternCharsMost)} characters)`;
  try {
    new RegExp(expected, 'u');
    return null;
  } catch {
    return 'is not a regular expression (of JavaScript, with the flag u)';
  }
}

/** A line at a time, as a pattern for white space at line ends takes quadratic time on long runs of it. */
function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** One text for all ways to write a value: keys sorted, numbers by their digits. null: neither JSON nor JSON lines. */
function canonicalJson(text: string): string | null {
  const whole = canonicalValue(text);
  if (whole !== null) return whole;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const values = lines.map(canonicalValue);
  return lines.length === 0 || values.includes(null) ? null : values.join('\n');
}

function canonicalValue(text: string): string | null {
  try {
    // Numbers are read from their source: as doubles 9007199254740992 and …993 would be the same.
    const revive = (_key: string, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' ? { [numberKey]: canonicalNumber(context?.source ?? String(value)) } : value;
    return written(JSON.parse(text, revive));
  } catch {
    return null; // no JSON, or nested so deep that nothing could read it
  }
}

const numberKey = Symbol('number');

function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (numberKey in value) return String(value[numberKey]);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${written(member)}`).join(',')}}`;
}

/** "1.50", "15e-1" and "1.5" as "15e-1". */
function canonicalNumber(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = withoutZerosAtEnd(digits);
  if (significant === '') return '0';
  const scale = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${String(scale)}`;
}

function withoutZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

const numeral = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/g;

/** Between the numbers the texts are equal but for the amount of white space, since columns move with their width. */
function sameNumbers(expected: string, actual: string, { absolute = 0, relative = 0 }: Tolerance): boolean {
  const words = (text: string) =>
    text
      .trim()
      .split(numeral)
      .map((part) => part.replace(/\s+/g, ' '));
  const [wantedWords, givenWords] = [words(expected), words(actual)];
  if (wantedWords.length !== givenWords.length || wantedWords.some((word, at) => word !== givenWords[at])) return false;
  const given = actual.match(numeral) ?? [];
  return (expected.match(numeral) ?? []).every((text, at) => {
    const other = given[at] ?? '';
    const wanted = Number(text);
    return text === other || Math.abs(Number(other) - wanted) <= Math.max(absolute, relative * Math.abs(wanted));
  });
}
