/**
 * Job: reads the parser's increments from `sections/*.pl`: what each writes, what it needs, how it is called.
 * Boundary: data for the policy; nothing here knows of expected outputs.
 * Format of a section: `#@ key value` lines, then `#@ file <path>` parts with whole files, and perhaps `#@ repair <text>`
 * with `#@ edit <path>`, `#@ old`, `#@ new`: the flaw that the increment is written with, put right by a later step.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { assert } from '../../src/base/assert.ts';

export interface SourceFile {
  readonly path: string;
  readonly content: string;
}

export interface Repair {
  readonly says: string;
  readonly path: string;
  readonly old: string;
  readonly new: string;
}

export interface Increment {
  /** The section's file name without number: `block-quotes`. */
  readonly name: string;
  readonly title: string;
  /** Sections of the specification whose cases it is about. */
  readonly tags: readonly string[];
  /** Words by which a directive may name it, lower case, singular or as they stand. */
  readonly words: readonly string[];
  /** One sentence on what it does. */
  readonly says: string;
  /** Names of increments that must be in before. */
  readonly requires: readonly string[];
  /** An input worth asking the reference about first. */
  readonly probe: string | null;
  /** What to look up in the specification first. */
  readonly lookUp: string | null;
  readonly files: readonly SourceFile[];
  /** Modules that `cmark.pl` is to load for it. */
  readonly modules: readonly string[];
  /** For an increment that loads nothing: a word that its file holds once it is in. */
  readonly sign: string | null;
  readonly repair: Repair | null;
}

interface Part {
  readonly path: string;
  readonly lines: string[];
}

/** Parses one section. Throws on a malformed one: the material is ours. */
export function parseSection(name: string, text: string): Increment {
  const heads = new Map<string, string>();
  const files: Part[] = [];
  const repair = { path: '', old: [] as string[], new: [] as string[] };
  let into: string[] | null = null;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const mark = /^#@ (\w+) ?(.*)$/.exec(line);
    if (mark === null) {
      assert(into !== null, `${name}: text before the first file`);
      into.push(line);
      continue;
    }
    const [, key = '', value = ''] = mark;
    if (key === 'file') {
      into = [];
      files.push({ path: value, lines: into });
    } else if (key === 'edit') repair.path = value;
    else if (key === 'old') into = repair.old;
    else if (key === 'new') into = repair.new;
    else heads.set(key, value);
  }
  const list = (key: string, separator: string) =>
    (heads.get(key) ?? '')
      .split(separator)
      .map((s) => s.trim())
      .filter((s) => s !== '');
  const probe = heads.get('probe');
  const says = heads.get('repair');
  return {
    name,
    title: heads.get('title') ?? name,
    tags: list('tags', ','),
    words: list('words', ';'),
    says: heads.get('says') ?? '',
    requires: list('requires', ','),
    probe: probe === undefined ? null : String(JSON.parse(probe)),
    lookUp: heads.get('lookup') ?? null,
    files: files.map((f) => ({ path: f.path, content: `${f.lines.join('\n')}\n` })),
    modules: files.flatMap((f) => moduleOf(f.path)),
    sign: heads.get('sign') ?? null,
    repair:
      says === undefined ? null : { says, path: repair.path, old: repair.old.join('\n'), new: repair.new.join('\n') },
  };
}

/** The constructs load themselves into `cmark.pl`; what lies directly below lib/Cmark is loaded by those that need it. */
function moduleOf(path: string): string[] {
  const match = /^lib\/(Cmark\/(?:Block|Inline)\/\w+)\.pm$/.exec(path);
  return match?.[1] === undefined ? [] : [match[1].replaceAll('/', '::')];
}

const folder = new URL('./sections/', import.meta.url);

/** All increments in the order in which a run writes them when nobody says otherwise. */
export const increments: readonly Increment[] = readdirSync(folder)
  .filter((file) => /^\d\d-[a-z-]+\.pl$/.test(file))
  .sort()
  .map((file) => parseSection(file.slice(3, -3), readFileSync(new URL(file, folder), 'utf8')));

export function increment(name: string): Increment {
  const found = increments.find((i) => i.name === name);
  assert(found !== undefined, `no increment named ${name}`);
  return found;
}

/** The program's main file, and the line before which the constructs are loaded. */
export const mainFile = 'cmark.pl';
export const endOfConstructs = '# (end of the constructs)';
