/**
 * Job: read the policies that hold on this machine.
 * Boundary: files and who owns them; what they say is judged by run/policyRefusals.ts.
 * Rules: a policy is believed only where root alone can change it: the file and its folder. `BELAY_POLICY` names a further file; it adds
 *   to /etc/belay/policy.json and never replaces it, so no environment, workspace or setting loosens anything. A policy that can't be
 *   read, believed or understood stops what was asked: nothing starts.
 */
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, isAbsolute } from 'node:path';
import { messageOf } from '../base/assert.ts';
import type { PolicyLook } from '../protocol/places.ts';
import { parsePolicy, type HeldPolicy } from '../run/policy.ts';
import { limitsRefused, personRefused, policyLines } from '../run/policyRefusals.ts';
import { budgetLimits, type Task } from '../run/task.ts';

export class PolicyBroken extends Error {
  override readonly name = 'PolicyBroken';
}

export interface PolicyPlaces {
  /** May be missing. */
  readonly machine: string;
  /** Was named, so it may not be missing; undefined or '': none. */
  readonly named: string | undefined;
  /** The user id that has to own them. */
  readonly owner: number;
}

const policyBytes = 1024 * 1024;

export function policyPlaces(env: Readonly<Record<string, string | undefined>>): PolicyPlaces {
  return { machine: '/etc/belay/policy.json', named: env['BELAY_POLICY'], owner: 0 };
}

/** Those that hold, the machine's first. @throws PolicyBroken with each problem at its file and line */
export async function readPolicies({ machine, named, owner }: PolicyPlaces): Promise<readonly HeldPolicy[]> {
  const policies: HeldPolicy[] = [];
  const first = await policyAt(machine, owner, 'may be missing');
  if (first !== null) policies.push(first);
  if (named !== undefined && named !== '' && named !== machine) {
    if (!isAbsolute(named)) throw new PolicyBroken(`BELAY_POLICY has to be an absolute path, not "${named}".`);
    const further = await policyAt(named, owner, 'must exist');
    if (further !== null) policies.push(further);
  }
  return policies;
}

/** The name of the user that the engine runs as: what a client says of itself is only for display. */
export function engineUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // a user of a container without a name: its number
  }
}

/**
 * Why the policies of this machine let nothing start; null: they do. A run that has begun goes on with the limits that it has: they
 * hold it at the next change.
 */
export async function startRefused(
  begun: { readonly task: Task; readonly unsealed: boolean } | null,
): Promise<string | null> {
  try {
    const policies = await policiesHere();
    if (begun === null) return null;
    const limits = limitsRefused(policies, budgetLimits(begun.task));
    return limits ?? (begun.unsealed ? personRefused(policies, 'mayAllowNetwork', engineUser()) : null);
  } catch (error) {
    if (error instanceof PolicyBroken) return error.message;
    throw error;
  }
}

/** @throws PolicyBroken */
export function policiesHere(): Promise<readonly HeldPolicy[]> {
  return readPolicies(policyPlaces(process.env));
}

/** For `belay policy`. */
export async function policyLook(): Promise<PolicyLook> {
  const user = engineUser();
  try {
    const policies = await policiesHere();
    const held = policies.map(({ file, policy }) => ({ file, policy }));
    return { ok: true, user, policies: held, lines: policyLines(policies, user) };
  } catch (error) {
    if (error instanceof PolicyBroken) return { ok: false, user, message: error.message };
    throw error;
  }
}

async function policyAt(
  file: string,
  owner: number,
  need: 'may be missing' | 'must exist',
): Promise<HeldPolicy | null> {
  const text = await textOf(file, owner);
  if (text === null && need === 'may be missing') return null;
  if (text === null)
    throw new PolicyBroken(`There is no ${file}, which BELAY_POLICY names. Nothing starts without it.`);
  const parsed = parsePolicy(text, file);
  if (!parsed.ok)
    throw new PolicyBroken(
      `The policy of this machine can't be followed, so nothing starts:\n${parsed.problems.join('\n')}`,
    );
  return parsed.held;
}

/** null: there is no such file. */
async function textOf(file: string, owner: number): Promise<string | null> {
  try {
    for (const path of [dirname(file), file]) {
      const { uid, mode } = await stat(path);
      if (uid !== owner || (mode & 0o022) !== 0)
        throw new PolicyBroken(
          `${path} can be changed by others than its administrator, so the policy ${file} is not believed and nothing starts. Let root own it: chown root ${path}; chmod go-w ${path}`,
        );
    }
    const { size } = await stat(file);
    if (size > policyBytes) throw new PolicyBroken(`${file} is too large for a policy, so nothing starts.`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return null;
    if (error instanceof PolicyBroken) throw error;
    throw new PolicyBroken(`The policy ${file} can't be read, so nothing starts: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
