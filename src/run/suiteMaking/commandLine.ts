/**
 * Job: read a command line as a person writes it in a document: program, arguments, and what it is fed.
 * Boundary: pure. What only a shell could do (variables, patterns, other programs) is not read: such a line gives nothing.
 */

export interface CommandLine {
  readonly args: readonly string[];
  readonly stdin: string;
}

type Token = { readonly word: string } | { readonly operator: string };

/** The line as a call of `program`; null: it is none, or none that could be asked without a shell. */
export function readCommandLine(line: string, program: string): CommandLine | null {
  const tokens = tokensOf(line.trim().replace(/^[$%>#]\s+/, ''));
  if (tokens === null) return null;
  const parts = splitAt(tokens, '|');
  const call = parts.pop() ?? [];
  if (parts.length > 1) return null;
  const here = splitAt(call, '<<<');
  const words = wordsOf(here[0] ?? []);
  if (words === null || here.length > 2 || !isProgram(words[0], program)) return null;
  const args = words.slice(1);
  if (args.some(isPlaceholder)) return null;
  const [feeder] = parts;
  if (feeder !== undefined && here.length > 1) return null;
  const said = feeder === undefined ? '' : saidBy(wordsOf(feeder));
  const given = here[1] === undefined ? '' : wordsOf(here[1])?.join(' ');
  if (said === null || given === undefined) return null;
  return { args, stdin: feeder === undefined ? (here.length > 1 ? `${given}\n` : '') : said };
}

const isProgram = (word: string | undefined, program: string): boolean =>
  word === program || word?.endsWith(`/${program}`) === true;

/** FILE, ..., …: what a synopsis has in place of a value. */
const isPlaceholder = (arg: string): boolean => /^(?:[A-Z]{2,}\d?|\.{3}|…)$/.test(arg) || arg.includes('…');

/** What echo or printf prints; null: another program, or a format that has to be filled. */
function saidBy(words: readonly string[] | null): string | null {
  const [program, ...rest] = words ?? [];
  if (program === 'echo') return rest[0] === '-n' ? rest.slice(1).join(' ') : `${rest.join(' ')}\n`;
  if (program !== 'printf' || rest.length !== 1) return null;
  const [format = ''] = rest;
  return format.includes('%') ? null : format.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
}

function wordsOf(tokens: readonly Token[]): readonly string[] | null {
  const words = tokens.map((token) => ('word' in token ? token.word : null));
  return words.includes(null) ? null : (words as string[]);
}

function splitAt(tokens: readonly Token[], operator: string): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if ('operator' in token && token.operator === operator) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** null: what is quoted does not end, or something stands for another text. */
function tokensOf(line: string): Token[] | null {
  const tokens: Token[] = [];
  let word: string | null = null;
  const end = () => {
    if (word !== null) tokens.push({ word });
    word = null;
  };
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === "'" || char === '"') {
      const quoted = char === "'" ? singleQuoted(line, at) : doubleQuoted(line, at);
      if (quoted === null) return null;
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (char === '\\') {
      at += 1;
      if (at >= line.length) return null; // goes on in the next line
      word = (word ?? '') + line.charAt(at);
    } else if (/\s/.test(char)) end();
    else if (char === '#' && word === null) break;
    else if (line.startsWith('<<<', at)) {
      end();
      tokens.push({ operator: '<<<' });
      at += 2;
    } else if (char === '|' && line.charAt(at + 1) !== '|') {
      end();
      tokens.push({ operator: '|' });
    } else if (/[|&;<>()$`*?[\]{}!]/.test(char) || (char === '~' && word === null)) return null;
    else word = (word ?? '') + char;
  }
  end();
  return tokens;
}

interface Quoted {
  readonly text: string;
  /** Of the closing quote. */
  readonly end: number;
}

function singleQuoted(line: string, start: number): Quoted | null {
  const end = line.indexOf("'", start + 1);
  return end < 0 ? null : { text: line.slice(start + 1, end), end };
}

function doubleQuoted(line: string, start: number): Quoted | null {
  let text = '';
  for (let at = start + 1; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '"') return { text, end: at };
    if (char === '$' || char === '`') return null;
    const isEscape = char === '\\' && /["\\$`]/.test(line.charAt(at + 1));
    if (isEscape) at += 1;
    text += isEscape ? line.charAt(at) : char;
  }
  return null;
}
