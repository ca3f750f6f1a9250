/**
 * Job: find the files of the reference that a sandbox must cover: the program, and what its package brought with it.
 * Boundary: asks dpkg and ldd where they are; elsewhere only the program and the libraries of its name are found, and `gaps`
 * says so. Copies of the reference under other names are not searched for here.
 *
 * The rule (H2):
 *   1. The reference's file is the program by its real path. Where the command names a script (`python3 ref.py`), the script
 *      is the reference and the interpreter stays: the candidate may need it.
 *   2. With `alsoPackage`: every regular file under /usr but documentation (doc, man, info, locale, lintian, bug) of the
 *      program's package and of all installed packages built from the same source (library, headers, static archive).
 *   3. And the shared libraries that the program loads whose package, source package or file bears the program's name.
 *   4. Packages that the system cannot do without (Essential, or priority required) are left alone but for the program:
 *      covering coreutils because the reference is `sort` would leave no shell to work with.
 *   5. What is in `keep` (the candidate's own program), the shell, and the libraries that these load are never covered; where
 *      the reference itself is among them, nothing is covered and `gaps` says so.
 * A folder that belongs to these packages alone is covered as a whole.
 */
import { execFile } from 'node:child_process';
import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { promisify } from 'node:util';
import { programOn } from './probe.ts';
import type { Mask } from './shape.ts';

const run = promisify(execFile);
const documentation = /^\/usr\/share\/(doc|man|info|locale|lintian|bug|doc-base)\//;
const runMs = 20_000;
const outputMost = 32 * 1024 * 1024;
/** More covers than this make a start slow; a package of so many files lies in folders of its own, which count as one. */
const coversMost = 400;

export interface ReferenceFiles {
  /** Real path of the program; null when it was not found. */
  readonly program: string | null;
  /** What to cover, real paths, sorted. */
  readonly mask: Mask;
  /** What of the command lies outside /usr and must be shown to the reference itself. */
  readonly needs: readonly string[];
  /** Why the cover may not be whole, one sentence each. */
  readonly gaps: readonly string[];
}

export interface ReferenceOptions {
  /** Where relative names of the command begin: the folder of the task file. */
  readonly folder: string;
  readonly alsoPackage: boolean;
  /** Programs that stay, such as the candidate's interpreter; names or paths. */
  readonly keep: readonly string[];
  /** PATH's form; the system's by default. */
  readonly path?: string;
}

/** Looks the reference up on disk. Never rejects; what it cannot find out is in `gaps`. */
export async function referenceFiles(command: readonly string[], options: ReferenceOptions): Promise<ReferenceFiles> {
  const path = options.path ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const [name = '', ...args] = command;
  const program = locate(name, options.folder, path);
  if (program === null)
    return { program, mask: { files: [], folders: [] }, needs: [], gaps: [`the reference ${name} was not found`] };
  const scripts = args.flatMap((arg) =>
    arg.includes('/') || arg.includes('.') ? existingFile(resolve(options.folder, arg)) : [],
  );
  const kept = new Set(options.keep.flatMap((item) => locate(item, options.folder, path) ?? []));
  const own = scripts.length > 0 ? scripts : [program];
  const needs = [...new Set([program, ...scripts])].filter((file) => !file.startsWith('/usr/'));
  if (own.some((file) => kept.has(file))) {
    const gap = `the candidate runs with ${program}, so the reference cannot be hidden from it`;
    return { program, mask: { files: [], folders: [] }, needs, gaps: [gap] };
  }
  const gaps: string[] = [];
  const files = new Set(own);
  const folders = new Set<string>();
  for (const file of options.alsoPackage ? own : []) {
    const brought = await broughtWith(file, gaps);
    for (const one of brought.files) files.add(one);
    for (const one of brought.folders) folders.add(one);
  }
  for (const file of await withLibraries([...kept, ...alwaysKept.flatMap(existingFile)])) {
    files.delete(file);
    for (const folder of folders) if (file.startsWith(`${folder}/`)) folders.delete(folder);
  }
  const uncovered = [...files].filter((file) => ![...folders].some((folder) => file.startsWith(`${folder}/`)));
  return { program, mask: { files: uncovered.sort(), folders: [...folders].sort() }, needs, gaps };
}

/** Programs that every command needs. */
const alwaysKept = ['/bin/sh', '/bin/bash', '/usr/bin/prlimit', '/usr/bin/env'];

async function withLibraries(programs: readonly string[]): Promise<string[]> {
  const libraries = await Promise.all(programs.map(loadedLibraries));
  return [...programs, ...libraries.flat()];
}

function locate(name: string, folder: string, path: string): string | null {
  const found = name.includes('/') ? resolve(folder, name) : programOn(path, name);
  return found === null ? null : (existingFile(found)[0] ?? null);
}

function existingFile(path: string): [string] | [] {
  try {
    const real = realpathSync(path);
    return isAbsolute(path) && lstatSync(real).isFile() ? [real] : [];
  } catch {
    return []; // an argument that only looks like a path
  }
}

interface Package {
  readonly name: string;
  readonly source: string;
  /** The system cannot do without it. */
  readonly vital: boolean;
}

async function broughtWith(file: string, gaps: string[]): Promise<Mask> {
  const libraries = await librariesNamedAfter(file);
  const installed = await installedPackages();
  if (installed === null) {
    gaps.push('there is no dpkg here, so only the reference itself and libraries of its name are hidden');
    return { files: libraries, folders: [] };
  }
  const program = basename(file).toLowerCase();
  const owner = installed.get((await ownerOf(file)) ?? '');
  if (owner === undefined) {
    gaps.push(`${file} is of no Debian package, so what else came with it is not known`);
    return { files: libraries, folders: [] };
  }
  const chosen = [...installed.values()].filter((one) => one.source === owner.source);
  for (const library of await loadedLibraries(file)) {
    const its = installed.get((await ownerOf(library)) ?? '');
    if (its && (its.name.includes(program) || its.source.includes(program))) chosen.push(its);
  }
  const names = [...new Set(chosen.filter((one) => !one.vital).map((one) => one.name))];
  const mask = await filesOfPackages(names);
  if (mask.files.length + mask.folders.length > coversMost) {
    gaps.push(`the packages of the reference (${names.join(', ')}) have too many files to hide all`);
    return { files: [...libraries, ...mask.files].slice(0, coversMost), folders: mask.folders.slice(0, coversMost) };
  }
  return { files: [...libraries, ...mask.files], folders: mask.folders };
}

async function loadedLibraries(file: string): Promise<string[]> {
  const out = await output('ldd', [file]);
  return [...(out ?? '').matchAll(/=> (\/\S+)/g)].flatMap(([, path]) => (path === undefined ? [] : existingFile(path)));
}

async function librariesNamedAfter(file: string): Promise<string[]> {
  const program = basename(file).toLowerCase();
  return (await loadedLibraries(file)).filter((path) => basename(path).toLowerCase().startsWith(`lib${program}`));
}

/** Installed packages by name; null without dpkg. */
async function installedPackages(): Promise<Map<string, Package> | null> {
  const format = '${binary:Package}\\t${source:Package}\\t${Essential}\\t${Priority}\\n';
  const out = await output('dpkg-query', ['-W', '-f', format]);
  if (out === null) return null;
  const packages = new Map<string, Package>();
  for (const line of out.split('\n')) {
    const [name, source, essential, priority] = line.split('\t');
    if (name === undefined || source === undefined) continue;
    packages.set(name, { name, source, vital: essential === 'yes' || priority === 'required' });
  }
  return packages;
}

/** The package of a file. On a merged system dpkg may know /usr/bin/x as /bin/x. */
async function ownerOf(file: string): Promise<string | null> {
  for (const path of [file, file.replace(/^\/usr\//, '/')]) {
    const owner = /^([^\s,]+?)(?:, .*)?: \//.exec((await output('dpkg-query', ['-S', path])) ?? '')?.[1];
    if (owner !== undefined) return owner;
  }
  return null;
}

async function filesOfPackages(names: readonly string[]): Promise<Mask> {
  if (names.length === 0) return { files: [], folders: [] };
  const listed = ((await output('dpkg-query', ['-L', ...names])) ?? '').split('\n');
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const path of listed) {
    if (!path.startsWith('/') || documentation.test(`${path}/`)) continue;
    const real = realOrNull(path);
    if (real?.startsWith('/usr/') !== true) continue;
    const stat = lstatSync(real);
    if (stat.isFile()) files.add(real);
    else if (stat.isDirectory()) folders.add(real);
  }
  const alone = await foldersOwnedOnlyBy(names, [...folders]);
  return { files: [...files], folders: alone.filter((folder) => !alone.includes(dirname(folder))) };
}

/** Those of the folders that no other package has a part in. */
async function foldersOwnedOnlyBy(names: readonly string[], folders: readonly string[]): Promise<string[]> {
  if (folders.length === 0) return [];
  const out = (await output('dpkg-query', ['-S', ...folders])) ?? '';
  const own = new Set(names.map(withoutArchitecture));
  return out.split('\n').flatMap((line) => {
    const [, owners, path] = /^(.*?): (\/.*)$/.exec(line) ?? [];
    const alone = owners?.split(', ').every((owner) => own.has(withoutArchitecture(owner))) ?? false;
    return alone && path !== undefined ? [path] : [];
  });
}

const withoutArchitecture = (name: string) => name.replace(/:.*$/, '');

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // listed by the package but removed since
  }
}

/** What the program printed; null when it is not there. Its failures (an unknown path) still have output. */
async function output(program: string, args: readonly string[]): Promise<string | null> {
  try {
    return (
      await run(program, args, { timeout: runMs, maxBuffer: outputMost, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } })
    ).stdout;
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    return code === 'ENOENT' ? null : (stdout ?? null);
  }
}
