/**
 * Job: one file of ignore patterns as a matcher, by git's own rules (gitignore(5), wildmatch).
 * Boundary: pure text. Matches a path itself only, never through a folder above it: that a folder is ignored is found out
 *   on the way down, and may be overruled by another file, which a matcher that looks upwards gets wrong.
 * Rules: C5. Names are matched as bytes, as git does it: `?` is one byte.
 */
import { pathBytes } from './paths.ts';

export type PatternAnswer = 'ignored' | 'unignored' | null;

/** @param path relative to the folder of the file. */
export type PatternFile = (path: string, isFolder: boolean) => PatternAnswer;

interface Pattern {
  readonly negated: boolean;
  readonly foldersOnly: boolean;
  /** Without a slash inside it matches a name at any depth. */
  readonly nameOnly: boolean;
  readonly regex: RegExp;
}

/** Never throws: like git it passes over what is no pattern. The last pattern that matches decides. */
export function patternFile(text: string): PatternFile {
  const patterns = bytesText(text.replace(/^\uFEFF/, ''))
    .split('\n')
    .map(patternOf)
    .filter((pattern) => pattern !== null)
    .reverse();
  return (path, isFolder) => {
    if (patterns.length === 0) return null;
    const whole = bytesText(path);
    const name = whole.slice(whole.lastIndexOf('/') + 1);
    for (const pattern of patterns) {
      if (pattern.foldersOnly && !isFolder) continue;
      if (pattern.regex.test(pattern.nameOnly ? name : whole)) return pattern.negated ? 'unignored' : 'ignored';
    }
    return null;
  };
}

/** Each byte as one character. */
function bytesText(text: string): string {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return pathBytes(text).toString('latin1');
  return text;
}

function patternOf(raw: string): Pattern | null {
  let line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  if (line.startsWith('#')) return null;
  line = line.replace(/((?:[^\\ ]|\\.|\\$| +(?! |$))*) *$/s, '$1');
  const negated = line.startsWith('!');
  if (negated) line = line.slice(1);
  const foldersOnly = line.endsWith('/');
  if (foldersOnly) line = line.slice(0, -1);
  if (line === '') return null;
  const nameOnly = !line.includes('/');
  const source = regexSource(line.startsWith('/') ? line.slice(1) : line, nameOnly);
  return source === null ? null : { negated, foldersOnly, nameOnly, regex: new RegExp(`^(?:${source})$`, 's') };
}

type Token = { readonly kind: 'star' | 'folders' } | { readonly kind: 'text' | 'slash'; readonly source: string };

/** null: the pattern matches nothing (a bracket that is not closed, a lone backslash at the end). */
function tokensOf(glob: string, nameOnly: boolean): Token[] | null {
  const tokens: Token[] = [];
  for (let at = 0; at < glob.length; at++) {
    const character = glob.charAt(at);
    if (character === '\\') {
      at += 1;
      if (at >= glob.length) return null;
      tokens.push({ kind: 'text', source: escaped(glob.charAt(at)) });
    } else if (character === '?') {
      tokens.push({ kind: 'text', source: '[^/]' });
    } else if (character === '*') {
      const stars = /^\*+/.exec(glob.slice(at))?.[0].length ?? 1;
      const opens = at === 0 || glob[at - 1] === '/';
      const next = glob[at + stars];
      at += stars - 1;
      if (stars !== 2 || nameOnly || !opens || (next !== undefined && next !== '/')) tokens.push({ kind: 'star' });
      else if (next === undefined) tokens.push({ kind: 'text', source: '.*' });
      else {
        tokens.push({ kind: 'folders' });
        at += 1;
      }
    } else if (character === '[') {
      const bracket = bracketSource(glob, at);
      if (bracket === null) return null;
      tokens.push({ kind: 'text', source: bracket.source });
      at = bracket.end;
    } else {
      tokens.push({ kind: character === '/' ? 'slash' : 'text', source: escaped(character) });
    }
  }
  return tokens;
}

function regexSource(glob: string, nameOnly: boolean): string | null {
  const tokens = tokensOf(glob, nameOnly);
  return tokens && afterEach(tokens, 'folders', '(?:[^/]+/)*?', new Atoms());
}

/**
 * What stands between two wildcards of a kind is found at its first place and never looked for again: that is enough for a
 * glob, and keeps a hostile pattern such as `*a*a*a*a*b` from taking for ever.
 */
function afterEach(tokens: readonly Token[], kind: 'folders' | 'star', wildcard: string, atoms: Atoms): string {
  const parts = split(tokens, (token) => token.kind === kind).map((part) => inside(part, kind, atoms));
  const [first = '', ...others] = parts;
  return (
    first + others.map((part, at) => (at < others.length - 1 ? atoms.of(wildcard + part) : wildcard + part)).join('')
  );
}

function inside(tokens: readonly Token[], kind: 'folders' | 'star', atoms: Atoms): string {
  if (kind === 'star') return tokens.map((token) => ('source' in token ? token.source : '')).join('');
  const names = split(tokens, (token) => token.kind === 'slash');
  return names.map((name) => afterEach(name, 'star', '[^/]*?', atoms)).join('/');
}

function split(tokens: readonly Token[], isBetween: (token: Token) => boolean): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (isBetween(token)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** Groups that a regular expression does not go back into. */
class Atoms {
  private count = 0;

  of(source: string): string {
    this.count += 1;
    const name = `a${String(this.count)}`;
    return `(?=(?<${name}>${source}))\\k<${name}>`;
  }
}

const classes: Readonly<Record<string, string | undefined>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9a-fA-F',
};

function bracketSource(glob: string, start: number): { source: string; end: number } | null {
  let at = start + 1;
  const negated = glob[at] === '!' || glob[at] === '^';
  if (negated) at += 1;
  const first = at;
  let set = '';
  let previous: string | null = null;
  for (; ; at++) {
    const character = glob[at];
    if (character === undefined) return null;
    if (character === ']' && at > first) break;
    const named = /^\[:(\w*):\]/.exec(glob.slice(at));
    const toEnd = glob[at + 1];
    if (named) {
      const members = classes[named[1] ?? ''];
      if (members === undefined) return null;
      set += members;
      at += named[0].length - 1;
      previous = null;
    } else if (character === '-' && previous !== null && toEnd !== undefined && toEnd !== ']') {
      at += toEnd === '\\' ? 2 : 1;
      const end = glob[at];
      if (end === undefined) return null;
      if (previous <= end) set += `${escaped(previous)}-${escaped(end)}`;
      previous = null;
    } else {
      if (character === '\\') at += 1;
      const member = glob[at];
      if (member === undefined) return null;
      set += escaped(member);
      previous = member;
    }
  }
  // A bracket never matches a slash, whatever stands in it.
  const source = set === '' && !negated ? '(?!)' : `(?!/)[${negated ? '^' : ''}${set}]`;
  return { source, end: at };
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
