/**
 * Job: decide whether a path that the agent names lies in the workspace and may be touched.
 * Boundary: looks with `lstat` only, changes nothing. A refusal is a text for the agent, not an exception.
 * Rules: links are never followed, neither as a parent nor as the file itself. `.git` is closed (H2: held-out cases may be
 *   reachable in its objects); what steers the supervisor's editor and the run itself can't be written.
 */
import { lstat, readlink } from 'node:fs/promises';
import { isAbsolute, join, normalize, relative, sep } from 'node:path';

export type PathUse = 'read' | 'list' | 'write';

export type Resolved =
  | {
      readonly ok: true;
      /** `/` between parts; '' is the workspace itself. */ readonly path: string;
      readonly absolute: string;
    }
  | { readonly ok: false; /** Begins with "error: ". */ readonly message: string };

export interface WorkspacePlace {
  /** Real path. */
  readonly root: string;
  /** Absolute paths, files or folders, that no tool may see, such as a reference that lies in the workspace. */
  readonly hidden: readonly string[];
  /** Relative paths that no tool may write, such as the visible suite. */
  readonly readOnly?: readonly string[];
}

/** The task file; the agent reads a redacted form of it. */
export const taskFileName = 'belay.json';

/** What steers the supervisor's editor or git: opening the workspace, or looking at it, would run what the agent wrote there. */
export const steeringNames: ReadonlySet<string> = new Set(['.git', '.vscode', '.devcontainer', '.devcontainer.json']);

/** Resolves a path that the agent gave: relative to the workspace, or absolute inside it. Never rejects for a bad path. */
export async function resolveInside(place: WorkspacePlace, path: string, use: PathUse): Promise<Resolved> {
  if (path.includes('\0')) return refused(`error: ${JSON.stringify(path)} is not a path`);
  if (path === '' && use !== 'list') return refused('error: the path is empty; give one relative to the workspace');
  const inside = lexical(place.root, path);
  if (inside === null) return refused(`error: ${path} is outside the workspace; paths are relative to it`);
  if (inside === '' && use !== 'list') return refused(`error: ${path} is the workspace itself, not a file`);
  const closed = closedFor(inside, use);
  if (closed !== null) return refused(`error: ${inside} ${closed}`);
  const absolute = inside === '' ? place.root : join(place.root, inside);
  if (place.hidden.some((hidden) => absolute === hidden || absolute.startsWith(hidden + sep))) {
    return refused(`error: no such file: ${inside}`);
  }
  if (use === 'write' && place.readOnly?.includes(inside) === true)
    return refused(`error: ${inside} is given; it can't be written`);
  const link = await linkIn(place.root, inside);
  if (link !== null) return refused(link);
  return { ok: true, path: inside, absolute };
}

/** The path inside the workspace, or null. No link is followed anywhere, so that `..` can be folded as text. */
function lexical(root: string, path: string): string | null {
  const absolute = isAbsolute(path) ? normalize(path) : normalize(join(root, path));
  const inside = relative(root, absolute);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return null;
  return inside
    .split(sep)
    .filter((part) => part !== '')
    .join('/');
}

function closedFor(inside: string, use: PathUse): string | null {
  const parts = inside.toLowerCase().split('/');
  if (parts.includes('.git')) return "is the repository's own folder; it is closed to you";
  if (use !== 'write') return null;
  if (parts.some((part) => steeringNames.has(part))) return "steers the supervisor's editor; it can't be written";
  if (parts.length === 1 && parts[0] === taskFileName) return 'is the task; only the supervisor changes it';
  return null;
}

async function linkIn(root: string, inside: string): Promise<string | null> {
  const parts = inside === '' ? [] : inside.split('/');
  let at = root;
  for (const [index, part] of parts.entries()) {
    at = join(at, part);
    const stat = await lstat(at).catch(absent);
    if (stat === null) return null;
    if (!stat.isSymbolicLink()) continue;
    const here = parts.slice(0, index + 1).join('/');
    const target = await readlink(at).catch(() => '?'); // only for the message; the link may have gone meanwhile
    if (index === parts.length - 1) return `error: ${here} is a symbolic link to ${target}; links are not followed`;
    return `error: ${inside} goes through the symbolic link ${here}; links are not followed`;
  }
  return null;
}

/** For `catch`: null where nothing is there; anything else goes on. */
export function absent(error: unknown): null {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}

function refused(message: string): Resolved {
  return { ok: false, message };
}
