/**
 * Job: say whether git's ignore rules match a path: `.gitignore` of each folder, then `.git/info/exclude`.
 * Boundary: pure; who reads the rule files is the walker (present) or the store (a checkpoint).
 * Rules: C5 the rules of then and of now are asked with the same code. Deeper rules come before outer ones; a negated
 *   pattern ends the search; the user's global ignore file is not read.
 */
import { patternFile, type PatternFile } from './ignorePattern.ts';
import { ancestorsOf, parentOf } from './paths.ts';

interface Level {
  /** The folder that the patterns are relative to; '' for the root. */
  readonly folder: string;
  /** For a rule file above the root: the way from its folder to the root, with a slash at its end. */
  readonly way?: string;
  readonly patterns: PatternFile;
}

/** The rules that hold inside one folder, outermost first. */
export type IgnoreScope = readonly Level[];

/** Whether two scopes say the same. Those of one `IgnoreRules` share what they compiled; false where it was let go between. */
export function sameScope(a: IgnoreScope, b: IgnoreScope): boolean {
  const isSame = (level: Level, at: number) =>
    level.folder === b[at]?.folder && level.way === b[at].way && level.patterns === b[at].patterns;
  return a === b || (a.length === b.length && a.every(isSame));
}

/** Compiles each text once, for a walk meets the same rule files every time. */
export class IgnoreRules {
  private readonly compiled = new Map<string, PatternFile>();

  /**
   * The scope inside `folder`, which itself is not ignored in `outer`.
   * @param texts rule files of that folder, weakest first.
   */
  enter(outer: IgnoreScope, folder: string, texts: readonly string[]): IgnoreScope {
    return texts.length === 0 ? outer : [...outer, ...texts.map((text) => ({ folder, patterns: this.compile(text) }))];
  }

  /** The scope in which the root lies: of rule files above it, outermost first. */
  above(files: readonly { readonly way: string; readonly texts: readonly string[] }[]): IgnoreScope {
    return files.flatMap(({ way, texts }) => texts.map((text) => ({ folder: '', way, patterns: this.compile(text) })));
  }

  /** Whether the rules match a path whose parents are not ignored. */
  matches(scope: IgnoreScope, path: string, isFolder: boolean): boolean {
    for (let at = scope.length - 1; at >= 0; at--) {
      const level = scope[at];
      if (level === undefined) continue;
      const { folder, way = '' } = level;
      const answer = level.patterns(`${way}${folder === '' ? path : path.slice(folder.length + 1)}`, isFolder);
      if (answer !== null) return answer === 'ignored';
    }
    return false;
  }

  private compile(text: string): PatternFile {
    const known = this.compiled.get(text);
    if (known) return known;
    if (this.compiled.size >= compiledMost) this.compiled.clear();
    const patterns = patternFile(text);
    this.compiled.set(text, patterns);
    return patterns;
  }
}

const compiledMost = 500;

/**
 * A matcher for any path of a tree whose rule files are known as text.
 * @param ruleFiles texts by folder, weakest first.
 * @param above the scope in which the tree lies.
 * @returns true when the path, or a folder above it, is ignored.
 */
export function ignoreMatcher(
  rules: IgnoreRules,
  ruleFiles: ReadonlyMap<string, readonly string[]>,
  above: IgnoreScope = [],
): (path: string, isFolder: boolean) => boolean {
  const root = rules.enter(above, '', ruleFiles.get('') ?? []);
  const scopes = new Map<string, IgnoreScope | 'ignored'>([['', root]]);
  const scopeOf = (folder: string): IgnoreScope | 'ignored' => {
    const known = scopes.get(folder);
    if (known) return known;
    const outer = scopeOf(parentOf(folder));
    const cut = outer === 'ignored' || rules.matches(outer, folder, true);
    const scope = cut ? 'ignored' : rules.enter(outer, folder, ruleFiles.get(folder) ?? []);
    scopes.set(folder, scope);
    return scope;
  };
  return (path, isFolder) => {
    for (const folder of ancestorsOf(path)) if (scopeOf(folder) === 'ignored') return true;
    const scope = scopeOf(parentOf(path));
    return scope === 'ignored' || rules.matches(scope, path, isFolder);
  };
}

/** Rule files of one folder in the order of their strength. */
export function ruleTexts(exclude: string | null | undefined, gitignore: string | null | undefined): string[] {
  return [exclude, gitignore].filter((text) => typeof text === 'string');
}
