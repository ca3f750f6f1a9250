/**
 * Job: what the agent's commands see of the workspace: all of it to be written, but for the task, the suites, what steers the
 *   supervisor's editor, and the repository, in whose place stands its shadow.
 * Boundary: gives bubblewrap's arguments. Nothing is made where nothing stands: bubblewrap would leave the mount point behind.
 * Rules: H1 the task file is the redacted one. H2 the history is not there.
 */
import { basename, dirname, join } from 'node:path';
import { assert } from '../../base/assert.ts';
import { limits } from '../../run/limits.ts';
import { hidden, maskCovers, pinsFor, type Cover, type HandText } from './covers.ts';
import { isWithin, kindOf, realPathOrNull } from './look.ts';
import { inside, SandboxRefused, type AgentShape } from './shape.ts';

export function agentArguments(shape: AgentShape, hand: HandText): string[] {
  const root = shape.workspace.path;
  refuseUncoverable(shape.steering ?? []);
  const shadow = shadowArguments(shape, hand);
  const steering = new Set(['.git', ...(shape.steering ?? [])]);
  if (shadow.covers.length > 0) steering.delete('.git');
  const covers = [
    ...shadow.covers,
    ...[...steering].flatMap((path) => steeringCover(root, path)),
    ...maskCovers(shape, [root]),
  ];
  for (const { path, text } of shape.replaced) {
    const target = join(root, path);
    refuseLinks(root, target);
    // a file of the run directory would be named by its path in /proc/self/mountinfo
    if (kindOf(target) === 'file')
      covers.push({ path: target, args: ['--perms', '0444', '--ro-bind-data', hand(text), target] });
  }
  for (const path of shape.readOnly) {
    const target = join(root, path);
    refuseLinks(root, target);
    const kind = kindOf(target);
    if (kind === null) continue;
    // the folder, not the file: moving the folder away would leave the file's cover behind
    const bound = kind === 'file' && dirname(target) !== root ? dirname(target) : target;
    covers.push({ path: bound, args: ['--ro-bind', bound, bound] });
  }
  const within = covers.filter((cover) => isWithin(cover.path, root));
  const outside = covers.filter((cover) => !isWithin(cover.path, root));
  const pins = pinsFor(root, within);
  // pins first and shallow covers before deep ones: a later mount hides what an earlier one put below it
  const ordered = [...within.sort((a, b) => a.path.length - b.path.length), ...outside];
  const own = [...pins, ...ordered.flatMap((cover) => cover.args)];
  return ['--bind', root, root, ...own, ...shadow.beside, '--chdir', root];
}

const settings = (...variables: readonly string[]) => variables.flatMap((one) => ['--setenv', ...one.split('=')]);

/** git goes no further where a folder seems to be somebody else's, as one does whose owner a user namespace does not know. */
const anyOwner = settings('GIT_CONFIG_COUNT=1', 'GIT_CONFIG_KEY_0=safe.directory', 'GIT_CONFIG_VALUE_0=*');
/** Nor, upwards, where another file system begins. */
const anyFileSystem = settings('GIT_DISCOVERY_ACROSS_FILESYSTEM=1');

/**
 * The shadow, as `.git` of the top of the repository: where that is the workspace in place of the folder, or named in place of the
 * file, that stands there; where it is a folder above in the sandbox's own memory, in which nothing else is.
 */
function shadowArguments(
  { shadow, workspace, toolchains }: AgentShape,
  hand: HandText,
): { readonly covers: readonly Cover[]; readonly beside: readonly string[] } {
  if (!shadow) return { covers: [], beside: [] };
  const { folder, top } = shadow;
  const path = join(top, '.git');
  const bound = (place: string) => ['--ro-bind', folder, place];
  if (top !== workspace.path) {
    const isFree = isWithin(workspace.path, top) && !['/usr', ...toolchains].some((one) => isWithin(top, one));
    return { covers: [], beside: isFree ? [...bound(path), ...anyOwner, ...anyFileSystem] : [] };
  }
  const kind = kindOf(path);
  if (kind === 'folder') return { covers: [{ path, args: bound(path) }], beside: anyOwner };
  if (kind !== 'file') return { covers: [], beside: [] };
  const pointer = ['--perms', '0444', '--ro-bind-data', hand(`gitdir: ${inside.git}\n`), path];
  return { covers: [{ path, args: pointer }], beside: [...bound(inside.git), ...anyOwner] };
}

/**
 * A `.git` holds every version that was ever committed, held-out files perhaps among them: an empty read-only folder stands
 * in its place, unless it has a shadow. What else steers the editor is read-only. Where there is none nothing is made, as bubblewrap would leave the
 * mount point behind.
 */
function steeringCover(workspace: string, path: string): Cover[] {
  const target = join(workspace, path);
  const kind = kindOf(target);
  if (kind === null) return [];
  const real = realPathOrNull(target);
  // a link that leads out of the workspace leads nowhere, seen from inside
  if (real === null || !isWithin(real, workspace)) return [];
  if (basename(path).toLowerCase() === '.git') return [hidden(real)];
  return [{ path: real, args: ['--ro-bind', real, real] }];
}

/** bubblewrap follows links when it binds; a link that the agent left in the way would open another folder. */
function refuseLinks(root: string, path: string): void {
  assert(isWithin(path, root), `${path} is not in ${root}`);
  for (let part = path; part !== root; part = dirname(part)) {
    if (kindOf(part) === 'link')
      throw new SandboxRefused(`${part} is a symbolic link now; put the file or folder back`);
  }
}

/** Fails closed: what can't be covered would be open to the command. */
function refuseUncoverable(steering: readonly string[]): void {
  const most = limits.steeringCovered;
  if (steering.length > most)
    throw new SandboxRefused(
      `the workspace has ${String(steering.length)} repositories and folders of editor settings, and no more than ${String(most)} can be covered for a command; put some of them elsewhere`,
    );
  const odd = steering.find((path) => !path.isWellFormed());
  if (odd !== undefined)
    throw new SandboxRefused(`${odd.toWellFormed()} can't be covered, as its path is not UTF-8; rename its folder`);
}
