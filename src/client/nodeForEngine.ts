/**
 * Job: find the Node that an engine can run on.
 * Boundary: tries programs by running them once each; starts no engine.
 * Rules: the first of (setting, PATH, this program itself as Node) that is Node 24 or newer and opens `node:sqlite`.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { messageOf } from '../base/assert.ts';

export interface EngineNode {
  readonly path: string;
  readonly version: string;
  /** What its environment needs beside the usual: VS Code's own program is told to be Node. */
  readonly env: Readonly<Record<string, string>>;
}

export interface NodePlaces {
  /** The setting; absent or empty when not set. */
  readonly configured?: string;
  readonly searchPath?: string;
  readonly ownProgram?: string;
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
  const { configured = '', searchPath = process.env['PATH'] ?? '', ownProgram = process.execPath } = places;
  const key = JSON.stringify([configured, searchPath, ownProgram]);
  let search = found.get(key);
  if (!search) {
    search = firstThatFits(configured, searchPath, ownProgram);
    found.set(key, search);
    search.catch(() => found.delete(key)); // the person may install one and try again
  }
  return search;
}

async function firstThatFits(configured: string, searchPath: string, ownProgram: string): Promise<EngineNode> {
  const tried: string[] = [];
  for (const path of await candidates(configured, searchPath, ownProgram)) {
    const env: Record<string, string> = path === ownProgram ? { ELECTRON_RUN_AS_NODE: '1' } : {};
    const result = await tryNode(path, env);
    if (typeof result !== 'string') return result;
    tried.push(`${path}: ${result}`);
  }
  const list = tried.length === 0 ? 'none was found' : tried.join('; ');
  throw new NoNode(
    `Belay's engine needs Node ${String(leastMajor)} or newer (${list}). Install it, or name one in the setting "belay.nodePath".`,
  );
}

async function candidates(configured: string, searchPath: string, ownProgram: string): Promise<Set<string>> {
  const all = new Set<string>(configured === '' ? [] : [configured]);
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
    if (await isProgram(path)) all.add(path);
  }
  return all.add(ownProgram);
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
