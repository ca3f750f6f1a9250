/**
 * Job: a source file as the texts that it may put out: as it stands, with escapes resolved, with adjacent literals joined, and
 *   what its base64 runs decode to. Each knows the line that a character is from.
 * Boundary: pure; knows no language, only what string literals have in common.
 */

export interface View {
  readonly text: string;
  /** The 1-based line of the file that a character of the text is from. */
  readonly lineAt: (offset: number) => number;
}

/**
 * What stands between two literals that are one text: "a" + "b", 'a' . 'b', "a" "b", ["a", "b"]; `+` may stand at a line's end.
 * Blanks are matched apart from the operator that they surround: one pattern for all of it takes quadratic time on a file of blanks.
 */
const blanks = /\s*/y;
const operator = /(?:\+\+?|\.\.?|,|&|<>|\|\||\\)?/y;
const opening = /(?:[bruf]{1,2}(?=["'`]))?["'`]/iy;
const base64Run = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
/** A run that is wrapped over lines or literals is one. */
const base64Wrapped =
  /(?<=[A-Za-z0-9+/_-])(?:["'`][ \t]{0,40}[+.,]?[ \t]{0,40}\r?\n[ \t]*["'`]|[ \t]*\r?\n[ \t]*)(?=[A-Za-z0-9+/_-])/g;
const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', '0': '\0', '\n': '',
}; // prettier-ignore
const coded = /\\(?:x([0-9a-f]{2})|x?\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\})/iy;

export function* viewsOf(source: string): Generator<View> {
  // What a program says stands there with its escapes resolved: that first, for there whole messages are found.
  if (source.includes('\\')) yield rewritten(source, { joins: false });
  yield { text: source, lineAt: lineFinder(source) };
  yield rewritten(source, { joins: true });
  yield* decoded(source);
}

/** A text that is put together from parts of a source, and where each part is from. */
class Rewriting {
  private readonly source: string;
  private readonly parts: string[] = [];
  /** Where each part begins in the text, and in the source. */
  private readonly starts: number[] = [];
  private readonly origins: number[] = [];
  private length = 0;

  constructor(source: string) {
    this.source = source;
  }

  add(text: string, origin: number): void {
    if (text === '') return;
    this.parts.push(text);
    this.starts.push(this.length);
    this.origins.push(origin);
    this.length += text.length;
  }

  view(): View {
    const lineOf = lineFinder(this.source);
    const lineAt = (offset: number) => {
      const part = lastAtMost(this.starts, offset);
      return lineOf((this.origins[part] ?? 0) + offset - (this.starts[part] ?? 0));
    };
    return { text: this.parts.join(''), lineAt };
  }
}

/** One pass with escapes resolved; with `joins` what stands between adjacent literals is left out. */
function rewritten(source: string, { joins }: { readonly joins: boolean }): View {
  const made = new Rewriting(source);
  let from = 0;
  const special = joins ? /[\\"'`]/g : /\\/g;
  let found: RegExpExecArray | null;
  while ((found = special.exec(source)) !== null) {
    const at = found.index;
    const [text, end] = found[0] === '\\' ? escapeAt(source, at) : jointAt(source, at);
    if (end === at) continue;
    made.add(source.slice(from, at), from);
    made.add(text, at);
    from = end;
    special.lastIndex = end;
  }
  made.add(source.slice(from), from);
  return made.view();
}

/** With base64 runs that are wrapped over lines or literals in one piece. */
function unwrapped(source: string): View {
  const made = new Rewriting(source);
  let from = 0;
  for (const { index, 0: wrap } of source.matchAll(base64Wrapped)) {
    made.add(source.slice(from, index), from);
    from = index + wrap.length;
  }
  made.add(source.slice(from), from);
  return made.view();
}

/** What an escape stands for and where it ends. An escaped quote, backslash or other sign stands for itself. */
function escapeAt(source: string, at: number): readonly [text: string, end: number] {
  coded.lastIndex = at;
  const found = coded.exec(source);
  if (found !== null) {
    const code = parseInt(found[1] ?? found[2] ?? found[3] ?? found[4] ?? '', 16);
    if (code <= 0x10ffff) return [String.fromCodePoint(code), at + found[0].length];
  }
  const next = source.charAt(at + 1);
  return next === '' ? ['\\', at + 1] : [simpleEscapes[next] ?? next, at + 2];
}

/** After a joint the second literal's text follows: nothing of it is in the output. No joint: nothing is left out. */
function jointAt(source: string, at: number): readonly [text: string, end: number] {
  const afterOperator = endOf(operator, source, endOf(blanks, source, at + 1) ?? at);
  const end = endOf(opening, source, endOf(blanks, source, afterOperator ?? at) ?? at);
  return ['', end ?? at];
}

/** Where a match that begins at `at` ends; null: none does. @param pattern sticky */
function endOf(pattern: RegExp, source: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : null;
}

function* decoded(source: string): Generator<View> {
  const { text: joined, lineAt } = unwrapped(source);
  for (const found of joined.matchAll(base64Run)) {
    const text = Buffer.from(found[0].replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString('utf8');
    if (!isText(text)) continue;
    const line = lineAt(found.index);
    yield { text, lineAt: () => line };
    // A whole table may be in it, as JSON.
    if (text.includes('\\')) yield { ...rewritten(text, { joins: false }), lineAt: () => line };
  }
}

/** Any run of letters decodes to something; what was text before hardly holds characters that are none. */
function isText(text: string): boolean {
  let odd = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0xfffd || (code < 32 && code !== 9 && code !== 10 && code !== 13)) odd += 1;
  }
  return text !== '' && odd * 20 <= text.length;
}

/** The 1-based line that an offset is in. */
export function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => lastAtMost(starts, offset) + 1;
}

/** The index of the last number that is at most `value`; the numbers rise. */
function lastAtMost(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((numbers[middle] ?? Infinity) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
