/**
 * Job: find in a file what a candidate should not have: calls of the reference, its libraries, forbidden libraries, machine code.
 * Boundary: pure; text patterns over many languages, no parser: what is found is told with its line, and a person judges.
 * Rules: B3 each pattern is bounded where it could meet blanks or a path of any length, and places are counted up to a limit.
 */
import { limits } from '../../run/limits.ts';
import { lineFinder } from './views.ts';

export interface Suspicions {
  /** Names of libraries that the task forbids. */
  readonly forbidden: readonly string[];
  /** The reference's program by its plain name; null: there is none, or the name is too common to tell. */
  readonly reference: string | null;
}

export interface FoundLibrary {
  readonly name: string;
  readonly line: number;
}

/** What is imported, by the many words for it. */
const imports: readonly RegExp[] = [
  /\b(?:require|import)\s{0,20}\(?\s{0,20}["'`]([^"'`\n]+)["'`]/g,
  /\bfrom\s+["']([^"'\n]+)["']/g,
  /^[ \t]*(?:from\s+([\w.]+)\s+import\b|(?:import|using)\s+(?:static\s+|qualified\s+)?([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*))/gm,
  /^[ \t]*(?:pub\s+)?(?:use|require|extern\s+crate)\s+([A-Za-z_][\w:\\]*)/gm,
  /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]/gm,
  /^[ \t]*(?:[\w.]+[ \t]+)?"([\w.-]+\.[\w.-]+\/[^"\s]+)"[ \t]*$/gm,
];
const manifests =
  /(^|\/)(package\.json|requirements[^/]*\.txt|pyproject\.toml|Pipfile|Cargo\.toml|go\.mod|Gemfile|cpanfile|composer\.json|pom\.xml|build\.gradle(\.kts)?|[^/]+\.(cabal|gemspec|csproj))$/;

export function forbiddenIn(path: string, source: string, forbidden: readonly string[]): readonly FoundLibrary[] {
  if (forbidden.length === 0) return [];
  const found: FoundLibrary[] = [];
  const lineAt = lineFinder(source);
  for (const pattern of imports) {
    for (const match of source.matchAll(pattern)) {
      const named = match.slice(1).join(',').split(',');
      const name = forbidden.find((one) => named.some((imported) => isOf(imported.trim(), one)));
      if (name !== undefined) found.push({ name, line: lineAt(match.index) });
      if (found.length >= limits.placesInFile) return found;
    }
  }
  if (manifests.test(path)) {
    for (const name of forbidden) {
      const at = source.search(new RegExp(`(^|["'\\s/])${escaped(name)}(["'\\s=<>~^@;:/]|$)`, 'im'));
      if (at >= 0) found.push({ name, line: lineAt(at + 1) });
    }
  }
  return found;
}

/** "markdown" is imported as `markdown`, `markdown/x`, `markdown.ext`, `Markdown::X`, `github.com/a/markdown`. */
function isOf(imported: string, name: string): boolean {
  const [one, other] = [imported.toLowerCase(), name.toLowerCase()];
  if (one === other || one.endsWith(`/${other}`)) return true;
  return one.startsWith(other) && /^(?:[/.:\\]|\.h$)/.test(one.slice(other.length));
}

/** Too common to be told from the candidate's own words, and interpreters. */
const commonNames = new Set(['sh', 'bash', 'python', 'python3', 'node', 'perl', 'ruby', 'java', 'php', 'lua', 'main', 'run', 'env', 'test', 'ref', 'bin']); // prettier-ignore

/** The name to look for; null where it would be found everywhere. @param ours words of the candidate's own command */
export function referenceName(command: readonly string[], ours: readonly string[]): string | null {
  const [program = ''] = command;
  const name = program.split('/').at(-1) ?? '';
  const own = new Set(ours.flatMap((word) => [word, word.split('/').at(-1) ?? '']));
  return name.length < 2 || commonNames.has(name) || own.has(name) ? null : name;
}

const callers =
  '\\b(?:system|exec\\w*|p?open\\d?|spawn\\w*|qx|subprocess\\.\\w+|check_output|Command|Popen|ProcessBuilder|Process\\.Start|proc_open|shell_exec|passthru|execFile\\w*|ShellExecute|createProcess|readProcess\\w*)\\b';

/** Lines that run the reference, or load a library that bears its name. */
export function referenceCallsIn(path: string, source: string, name: string): readonly number[] {
  const word = escaped(name);
  const program = `(?:[\\w./-]{0,200}/)?${word}(?![\\w-])`;
  const patterns = [
    new RegExp(`${callers}[^\\n]{0,60}?["'\`\\[{(/ ]${program}`, 'g'),
    new RegExp(`\`[ \\t]*${program}[^\`\\n]*\``, 'g'),
    new RegExp(`["'\`/<]lib${word}(?:[-.\\w]*)\\.(?:so|dylib|a|dll)\\b|[ "']-l${word}\\b`, 'g'),
    ...(isShell(path, source)
      ? [
          new RegExp(
            `(?:^|[;|&(]|\\$\\(|\\b(?:exec|then|do|else|env|xargs))[ \\t]*${program}(?=[ \\t\\n|;)&<>]|$)`,
            'gm',
          ),
        ]
      : []),
  ];
  const lineAt = lineFinder(source);
  const lines = new Set<number>();
  for (const pattern of patterns) {
    let left = limits.placesInFile;
    for (const { index, 0: text } of source.matchAll(pattern)) {
      if (left-- === 0) break;
      lines.add(lineAt(index + text.search(/\S/)));
    }
  }
  return [...lines].sort((a, b) => a - b).slice(0, limits.placesInFile);
}

const isShell = (path: string, source: string): boolean =>
  /\.(sh|bash|zsh)$|(^|\/)(Makefile|makefile)$/.test(path) || /^#!.*\b(ba|da|z|k)?sh\b/.test(source.slice(0, 200));

/** Beginnings of machine code: ELF, Mach-O, PE, WebAssembly, a static archive. */
const codeBeginnings = ['7f454c46', 'cffaedfe', 'cefaedfe', 'cafebabe', '4d5a', '0061736d', '213c617263683e'];

export function isMachineCode(content: Buffer): boolean {
  const start = content.subarray(0, 8).toString('hex');
  return codeBeginnings.some((beginning) => start.startsWith(beginning));
}

/** Machine code in base64 or hex: the line where it begins; null: none. */
export function hiddenCodeAt(source: string): number | null {
  const at = source.search(/\bf0VMRg[A-Za-z0-9+/]{40,}|\b7f454c46[0-9a-f]{60,}|(?:\\x7f|\\177)ELF/i);
  return at < 0 ? null : lineFinder(source)(at);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
