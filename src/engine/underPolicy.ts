/**
 * Job: hold what a client asks against the policies of the machine, before anything else looks at it.
 * Boundary: refuses or hands on; the handlers know nothing of policies. Files are read at each such request: a policy that is changed
 *   holds from then on.
 */
import { RequestRefused } from '../protocol/refused.ts';
import type { HeldPolicy } from '../run/policy.ts';
import { changeRefused, personRefused } from '../run/policyRefusals.ts';
import type { RunState } from '../run/state.ts';
import { engineUser, policiesHere, PolicyBroken } from './policies.ts';
import type { Handlers } from './server.ts';

export interface PolicyPort {
  /** @throws PolicyBroken */
  readonly read: () => Promise<readonly HeldPolicy[]>;
  /** The engine's own user. */
  readonly user: string;
  readonly state: () => RunState;
}

/** Of this machine. */
export function policyPort(run: { readonly state: RunState }): PolicyPort {
  return { read: policiesHere, user: engineUser(), state: () => run.state };
}

type Judge = (policies: readonly HeldPolicy[], port: PolicyPort, params: unknown) => string | null;

const accepts: Judge = (policies, { user }) => personRefused(policies, 'mayAccept', user);

const judges: { readonly [K in keyof Handlers]?: Judge } = {
  changeLimits: (policies, { user, state }, params) => {
    const { limits } = params as Parameters<Handlers['changeLimits']>[0];
    return changeRefused(policies, user, state().budget.limits, limits);
  },
  decide: (policies, port, params) =>
    (params as Parameters<Handlers['decide']>[0]).decision === 'accept' ? accepts(policies, port, params) : null,
  acceptFiles: accepts,
  acceptAndCommit: accepts,
};

export function underPolicy(handlers: Handlers, port: PolicyPort): Handlers {
  const judged = Object.entries(judges).map(([name, judge]) => {
    const handler = handlers[name as keyof Handlers] as (...args: readonly unknown[]) => unknown;
    return [
      name,
      async (params: unknown, ...rest: readonly unknown[]) => {
        const refused = judge(await policiesOf(port), port, params);
        if (refused !== null) throw new RequestRefused(refused);
        return handler(params, ...rest);
      },
    ];
  });
  return { ...handlers, ...Object.fromEntries(judged) } as Handlers;
}

async function policiesOf(port: PolicyPort): Promise<readonly HeldPolicy[]> {
  try {
    return await port.read();
  } catch (error) {
    if (error instanceof PolicyBroken) throw new RequestRefused(error.message);
    throw error;
  }
}
