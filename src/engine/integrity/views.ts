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

/** Between two literals that are one text: "a" + "b", 'a' . 'b', "a" "b", ["a", "b"]; `+` may stand at a line's end. */
const joint = /(["'`])\s*(?:\+\+?|\.\.?|,|&|<>|\|\||\\)?\s*(?:[bruf]{1,2}(?=["'`]))?["'`]/iy;
const base64Run = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
/** A run that is wrapped over lines or literals is one. */
const base64Wrapped = /(?<=[A-Za-z0-9+/_-])(?:["'`]\s*[+.,]?\s*\r?\n\s*["'`]|[ \t]*\r?\n[ \t]*)(?=[A-Za-z0-9+/_-])/g;
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

/** One pass with escapes resolved; with `joins` what stands between adjacent literals is left out. */
function rewritten(source: string, { joins }: { readonly joins: boolean }): View {
  const parts: string[] = [];
  /** Where each part begins in the text, and in the source. */
  const starts: number[] = [];
  const origins: number[] = [];
  let length = 0;
  const add = (text: string, origin: number) => {
    if (text === '') return;
    parts.push(text);
    starts.push(length);
    origins.push(origin);
    length += text.length;
  };
  let from = 0;
  const special = joins ? /[\\"'`]/g : /\\/g;
  let found: RegExpExecArray | null;
  while ((found = special.exec(source)) !== null) {
    const at = found.index;
    const [text, end] = found[0] === '\\' ? escapeAt(source, at) : jointAt(source, at);
    if (end === at) continue;
    add(source.slice(from, at), from);
    add(text, at);
    from = end;
    special.lastIndex = end;
  }
  add(source.slice(from), from);
  const lineOf = lineFinder(source);
  const lineAt = (offset: number) => {
    const part = lastAtMost(starts, offset);
    return lineOf((origins[part] ?? 0) + offset - (starts[part] ?? 0));
  };
  return { text: parts.join(''), lineAt };
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
  joint.lastIndex = at;
  const found = joint.exec(source);
  return ['', found === null ? at : at + found[0].length];
}

function* decoded(source: string): Generator<View> {
  const lineOf = lineFinder(source);
  // Wrapped runs are joined in place, so that offsets stay those of the source.
  const joined = source.replace(base64Wrapped, '');
  const isSame = joined === source;
  for (const found of joined.matchAll(base64Run)) {
    const text = Buffer.from(found[0].replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString('utf8');
    if (!isText(text)) continue;
    const line = isSame ? lineOf(found.index) : lineOf(Math.max(0, source.indexOf(found[0].slice(0, 24))));
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

function lineFinder(text: string): (offset: number) => number {
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
