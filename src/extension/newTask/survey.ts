/**
 * Job: what a folder and the machine offer a new task: languages with their programs, documents, suites of cases, a reference
 * of the folder's name, toolchains in HOME that the sandbox has to be given.
 * Boundary: reads names and a few small files, within bounds; runs nothing, writes nothing. Part of the late bundle.
 */
import type { Dirent } from 'node:fs';
import { constants } from 'node:fs';
import { access, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, relative, sep } from 'node:path';
import { messageOf } from '../../base/assert.ts';
import { parseSuite, sizeOf } from '../../run/suite.ts';
import { languages, markIn, type Commands, type Language } from './languages.ts';

export interface SurveyPlace {
  /** The folder of the new `belay.json`. */
  readonly folder: string;
  readonly home: string;
  /** PATH's form. */
  readonly searchPath: string;
}

export interface CandidateOffer extends Commands {
  readonly label: string;
  readonly language: string;
  /** What of the folder shows it, such as "go.mod"; null: nothing. */
  readonly mark: string | null;
  /** Where its program is; null: not on PATH. */
  readonly program: string | null;
  /** Folders outside the system's own that its program lies in, as `sandbox.toolchains` names them. */
  readonly toolchains: readonly string[];
}

export interface FoundSuite {
  /** Relative to the folder; beside it with `../`. */
  readonly file: string;
  readonly cases: number;
}

export interface FolderSurvey {
  /** The likeliest first. */
  readonly candidates: readonly CandidateOffer[];
  /** Relative to the folder; folders end with `/`. */
  readonly docs: readonly string[];
  /** In the folder. */
  readonly inside: readonly FoundSuite[];
  /** Beside it, where the agent does not reach. */
  readonly outside: readonly FoundSuite[];
  /** A program of the folder's name; null: none on PATH. */
  readonly reference: string | null;
}

const namesMost = 5_000;
const depthMost = 4;
const suiteBytesMost = 32 * 1024 * 1024;
const suitesMost = 12;
const passedOver = new Set(['node_modules', 'target', 'vendor', 'dist', 'build', 'out', '__pycache__']);

export async function surveyFolder(place: SurveyPlace): Promise<FolderSurvey> {
  const { folder } = place;
  const entries = await listed(folder);
  const [candidates, inside, outside, reference] = await Promise.all([
    candidatesFor(place, entries),
    suitesBelow(folder, folder, depthMost),
    suitesBelow(folder, dirname(folder), 1),
    which(basename(folder), place.searchPath),
  ]);
  return {
    candidates,
    docs: docsAmong(entries),
    inside,
    outside: outside.filter(({ file }) => file.startsWith('..')),
    reference: reference === null ? null : basename(folder),
  };
}

/** Where a program is: on the path, or by its own one. null: not there, or not to be run. */
export async function which(program: string, searchPath: string): Promise<string | null> {
  const places = program.includes('/')
    ? [program]
    : searchPath
        .split(delimiter)
        .filter(Boolean)
        .map((at) => join(at, program));
  for (const place of places) {
    try {
      await access(place, constants.X_OK);
      if ((await stat(place)).isFile()) return place;
    } catch {
      // not in this folder, or not ours to run: the next one
    }
  }
  return null;
}

export type SuiteLook =
  | { readonly ok: true; readonly cases: number; readonly inside: boolean }
  | { readonly ok: false; readonly message: string };

/** A file that is meant to hold cases. Never rejects; the message is for a person and tells nothing of a case. */
export async function lookAtSuite(file: string, folder: string): Promise<SuiteLook> {
  try {
    const suite = parseSuite(await boundedText(file));
    const [first] = suite.problems;
    if (first !== undefined)
      return {
        ok: false,
        message: `${basename(file)} holds no cases that can be read: see its line ${String(first.line)}.`,
      };
    const [real, root] = await Promise.all([realpath(file), realpath(folder)]);
    return { ok: true, cases: sizeOf(suite), inside: isBelow(real, root) };
  } catch (error) {
    return { ok: false, message: `${basename(file)} can’t be read: ${messageOf(error)}` };
  }
}

async function candidatesFor(place: SurveyPlace, entries: readonly Dirent[]): Promise<CandidateOffer[]> {
  const names = entries.map(({ name }) => name);
  const texts = await textsOf(place.folder, names, ['Cargo.toml', 'package.json']);
  const look = { names, text: (name: string) => texts.get(name) ?? '' };
  const offers = await Promise.all(
    languages.map(async (language): Promise<CandidateOffer> => {
      const found = await Promise.all(language.programs.map((program) => which(program, place.searchPath)));
      const program = found.every((one) => one !== null) ? (found[0] ?? null) : null;
      return {
        label: language.label,
        language: language.id,
        mark: markIn(language, names),
        program,
        toolchains: await toolchainsFor(language, program, place),
        ...language.commands(look),
      };
    }),
  );
  const rank = ({ mark, program }: CandidateOffer) => (mark === null ? 0 : 2) + (program === null ? 0 : 1);
  return offers.filter((offer) => rank(offer) > 0).sort((a, b) => rank(b) - rank(a));
}

/** Version managers put stand-ins on PATH that need a HOME; the folders that hold the programs themselves, as globs. */
const managed: Readonly<Record<string, readonly string[]>> = {
  rust: ['.rustup/toolchains/*'],
  python: ['.pyenv/versions/*'],
  ruby: ['.rbenv/versions/*'],
  javascript: ['.nvm/versions/node/*', '.volta/tools/image/node/*'],
  typescript: ['.nvm/versions/node/*', '.volta/tools/image/node/*'],
  java: ['.sdkman/candidates/java/current'],
};
/** What the sandbox has on its PATH anyway. */
const systemFolders = /^(?:\/usr(?:\/local)?)?\/s?bin$/;

async function toolchainsFor({ id }: Language, program: string | null, place: SurveyPlace): Promise<string[]> {
  const real = program === null ? null : await realpath(program);
  if (real !== null && program !== null && systemFolders.test(dirname(program)) && real.startsWith('/usr/')) return [];
  const own = await Promise.all((managed[id] ?? []).map((glob) => newestOf(place.home, glob)));
  const found = own.filter((folder) => folder !== null);
  if (found.length === 0 && real !== null && basename(dirname(real)) === 'bin') found.push(dirname(dirname(real)));
  // The whole of HOME or of ~/.local would show runs, keys and everything else.
  const tooWide = ({ home }: SurveyPlace, folder: string) =>
    folder === '/usr' || isBelow(home, folder) || folder === join(home, '.local');
  return found.filter((folder) => !tooWide(place, folder)).map((folder) => withTilde(folder, place.home));
}

/** The last by name of the folders that have a `bin`. */
async function newestOf(home: string, glob: string): Promise<string | null> {
  const parent = join(home, dirname(glob));
  const names = basename(glob) === '*' ? (await listed(parent)).map(({ name }) => name) : [basename(glob)];
  const byVersion = names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  for (const name of byVersion) {
    const bin = await stat(join(parent, name, 'bin')).catch(() => null); // no toolchain: the next one
    if (bin?.isDirectory() === true) return join(parent, name);
  }
  return null;
}

function docsAmong(entries: readonly Dirent[]): string[] {
  const files = entries
    .filter((entry) => entry.isFile() && /\.(md|txt|rst|adoc|1)$|^README/i.test(entry.name))
    .filter(({ name }) => !/^(licen[cs]e|copying|changelog|contributing|requirements|CMakeLists)/i.test(name))
    .map(({ name }) => name);
  const folders = entries
    .filter((e) => e.isDirectory() && /^(docs?|spec|man)$/i.test(e.name))
    .map(({ name }) => `${name}/`);
  return [...folders, ...files].sort();
}

/** The files below `at` that hold cases, as seen from `folder`. */
async function suitesBelow(folder: string, at: string, depth: number): Promise<FoundSuite[]> {
  const found: FoundSuite[] = [];
  let seen = 0;
  const waiting = [{ path: at, left: depth }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const entry of await listed(next.path)) {
      if (++seen > namesMost || found.length >= suitesMost) return found;
      const path = join(next.path, entry.name);
      const deeper = entry.isDirectory() && !entry.name.startsWith('.') && !passedOver.has(entry.name);
      if (deeper && next.left > 1) waiting.push({ path, left: next.left - 1 });
      if (!entry.isFile() || !/\.(jsonl|ndjson)$|^suite\.json$/.test(entry.name)) continue;
      const look = await lookAtSuite(path, folder);
      if (look.ok) found.push({ file: relative(folder, path), cases: look.cases });
    }
  }
  return found;
}

async function textsOf(
  folder: string,
  names: readonly string[],
  wanted: readonly string[],
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const name of wanted) {
    if (!names.includes(name)) continue;
    const text = await boundedText(join(folder, name)).catch(() => ''); // only a hint
    texts.set(name, text);
  }
  return texts;
}

/** Never a device or a pipe, which would not end. */
async function boundedText(file: string): Promise<string> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const about = await handle.stat();
  if (!about.isFile()) throw new Error('it is no file');
  if (about.size > suiteBytesMost) throw new Error('it is larger than 32 MB');
  return await readFile(handle, 'utf8');
}

async function listed(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return []; // not there, or not to be read: it offers nothing
  }
}

function isBelow(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return rest === '' || (rest !== '..' && !rest.startsWith(`..${sep}`) && !rest.startsWith('/'));
}

function withTilde(path: string, home: string): string {
  return isBelow(path, home) ? join('~', relative(home, path)) : path;
}
