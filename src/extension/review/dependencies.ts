/**
 * Job: the names of the dependencies that a list of dependencies gained.
 * Boundary: pure text; a reader for each common format, good enough to point at a name, never the ground of a decision.
 */
import { formatCount } from '../../run/forDisplay.ts';
import { nameOf } from './fileKinds.ts';

type Reader = (text: string) => readonly string[];

const readers: readonly (readonly [RegExp, Reader])[] = [
  [/^(package|composer|vcpkg)\.json$/, jsonNames],
  [/^go\.mod$/, (text) => matches(text, /^\s*(?:require\s+)?([\w.~-]+\.[\w./~-]+)\s+v\d/gm)],
  [/^(Cargo|pyproject)\.toml$/, tomlNames],
  [/^requirements.*\.(txt|in)$/, (text) => matches(text, /^([A-Za-z0-9][\w.-]*)/gm)],
  [/^cpanfile$/, (text) => matches(text, /^\s*requires\s+['"]([\w:]+)['"]/gm)],
  [/^(Gemfile|.+\.gemspec)$/, (text) => matches(text, /^\s*(?:gem|\w+\.add_\w*dependency)\s*\(?['"]([\w-]+)['"]/gm)],
];

/** "new dependency: left-pad"; null where none is new, or the format is not known. */
export function newDependencyWords(path: string, before: string, after: string): string | null {
  const reader = readers.find(([name]) => name.test(nameOf(path)))?.[1];
  if (reader === undefined) return null;
  const old = new Set(reader(before));
  const fresh = [...new Set(reader(after))].filter((name) => !old.has(name));
  if (fresh.length === 0) return null;
  const more = fresh.length > 2 ? ` and ${formatCount(fresh.length - 2)} more` : '';
  return `${fresh.length === 1 ? 'new dependency' : 'new dependencies'}: ${fresh.slice(0, 2).join(', ')}${more}`;
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), ([, name = '']) => name);
}

function jsonNames(text: string): readonly string[] {
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    const lists = Object.entries(value ?? {}).filter(([key]) => /dependencies$|^require(-dev)?$/i.test(key));
    return lists.flatMap(([, list]) => (typeof list === 'object' && list !== null ? Object.keys(list) : []));
  } catch (error) {
    if (error instanceof SyntaxError) return []; // half written: the next version says it
    throw error;
  }
}

/** The keys of every table whose name ends with "dependencies", and the quoted names of such a list. */
function tomlNames(text: string): readonly string[] {
  const names: string[] = [];
  let inTable = false;
  let inList = false;
  for (const line of text.split('\n')) {
    const table = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
    if (table !== undefined && !inList) {
      inTable = table.endsWith('dependencies');
      const own = /dependencies\.([\w-]+)$/.exec(table)?.[1];
      if (own !== undefined) names.push(own);
      continue;
    }
    if (/^\s*dependencies\s*=\s*\[/.test(line)) inList = true;
    if (inList) names.push(...matches(line, /["']([A-Za-z0-9][\w.-]*)/g));
    else if (inTable) names.push(...matches(line, /^\s*["']?([\w-]+)["']?\s*[=.]/g));
    if (inList && line.includes(']')) inList = false;
  }
  return names;
}
