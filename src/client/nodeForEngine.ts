/**
 * Job: find the Node that an engine can run on.
 * Boundary: tries programs by running them once each; starts no engine.
 * Rules: the first of (setting, PATH, this program itself as Node) that is Node 24 or newer and opens `node:sqlite`. Where this
 *   program is a Node, as in a terminal, it comes first.
 */
import { execFile } from 'node:child_process';
import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { messageOf } from '../base/assert.ts';

export interface EngineNode {
  readonly path: string;
  readonly version: string;
  /** What its environment needs beside the usual: VS Code's own program is told to be Node. */
  readonly env: Readonly<Record<string, string>>;
}

export interface NodePlaces {
  /** What the person named; absent or empty when nothing. */
  readonly configured?: string;
  readonly searchPath?: string;
  readonly ownProgram?: string;
  /** Whether this program is tried before all others; else it comes after PATH. */
  readonly ownFirst?: boolean;
  /** A program that is tried last, if it is there. */
  readonly beside?: string;
  /** How the person names one, as the end of a sentence; for the window by default. */
  readonly advice?: string;
}

/** No Node fits; the message names each that was tried and why not. */
export class NoNode extends Error {
  override readonly name = 'NoNode';
}

const leastMajor = 24;
const probeWallMs = 15_000;
const probe = `process.stdout.write(JSON.stringify([process.versions.node, typeof require('node:sqlite').DatabaseSync]))`;
const found = new Map<string, Promise<EngineNode>>();

/** Looks once for each set of places. @throws NoNode */
export function nodeForEngine(places: NodePlaces = {}): Promise<EngineNode> {
  const all: Required<NodePlaces> = {
    configured: places.configured ?? '',
    searchPath: places.searchPath ?? process.env['PATH'] ?? '',
    ownProgram: places.ownProgram ?? process.execPath,
    ownFirst: places.ownFirst ?? false,
    beside: places.beside ?? '',
    advice: places.advice ?? 'name one in the setting "belay.nodePath"',
  };
  const key = JSON.stringify(all);
  let search = found.get(key);
  if (!search) {
    search = firstThatFits(all);
    found.set(key, search);
    search.catch(() => found.delete(key)); // the person may install one and try again
  }
  return search;
}

async function firstThatFits(places: Required<NodePlaces>): Promise<EngineNode> {
  const tried: string[] = [];
  for (const path of await candidates(places)) {
    const env: Record<string, string> = path === places.ownProgram ? { ELECTRON_RUN_AS_NODE: '1' } : {};
    const result = await tryNode(path, env);
    if (typeof result !== 'string') return result;
    tried.push(`${path}: ${result}`);
  }
  const list = tried.length === 0 ? 'none was found' : tried.join('; ');
  // What to do comes before what was tried: a notification shows only the beginning.
  throw new NoNode(
    `Belay's engine needs Node ${String(leastMajor)} or newer. Install it, or ${places.advice}. Tried: ${list}.`,
  );
}

/** In the order in which they are tried; one program that has several names is there once. */
async function candidates(places: Required<NodePlaces>): Promise<readonly string[]> {
  const { configured, searchPath, ownProgram, ownFirst, beside } = places;
  const all: string[] = [];
  const real = new Set<string>();
  const add = async (path: string) => {
    const place = await realOf(path);
    if (!real.has(place)) all.push(path);
    real.add(place);
  };
  if (ownFirst) await add(ownProgram);
  if (configured !== '') await add(configured);
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
    if (await isProgram(path)) await add(path);
  }
  // VS Code's own program is a Node only when it is told so: another name of it was tried without that.
  if (!all.includes(ownProgram)) all.push(ownProgram);
  if (beside !== '' && (await isProgram(beside))) await add(beside);
  return all;
}

async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path; // trying it says what is wrong with it
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent or not ours to run: no candidate either way
  }
}

/** The Node, or why it doesn't fit. */
function tryNode(path: string, env: Readonly<Record<string, string>>): Promise<EngineNode | string> {
  return new Promise((resolve) => {
    const options = { timeout: probeWallMs, env: { ...env, PATH: process.env['PATH'] ?? '' } };
    execFile(path, ['-e', probe], options, (error, stdout, stderr) => {
      const [version, sqlite] = asAnswer(stdout);
      if (version === undefined) {
        const noSqlite = stderr.includes('node:sqlite') ? 'it has no node:sqlite, so it is older than that' : null;
        resolve(noSqlite ?? (error ? firstLine(messageOf(error)) : 'it is no Node'));
      } else if (Number.parseInt(version, 10) < leastMajor) resolve(`it is Node ${version}`);
      else if (sqlite !== 'function') resolve(`Node ${version} without node:sqlite`);
      else resolve({ path, version, env });
    });
  });
}

function asAnswer(stdout: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(stdout);
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : [];
  } catch {
    return []; // whatever printed this is no Node
  }
}

const firstLine = (text: string) => text.split('\n')[0] ?? '';
