/**
 * Job: a supervisor, or two of them in two windows, who act at odd moments, some of them at the very same moment.
 * Boundary: asks through the real request handlers; a refusal is a fair answer.
 */
import type { BudgetLimits, Shown } from '../../src/run/entry.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Random } from '../unit/journal/simulatedDisk.ts';
import type { Asked } from './engine.ts';
import { pick } from './provider.ts';
import type { SimulatedWorkspace } from './workspace.ts';

const none = {};

export interface SupervisorAt {
  readonly handlers: Asked;
  readonly state: RunState;
  readonly workspace: SimulatedWorkspace;
  readonly random: Random;
}

/** How long until the supervisor does the next thing, in ms: now and then at once, at times after a long while. */
export function pauseBetweenActs(random: Random): number {
  return random() < 0.25 ? Math.floor(random() * 10) : random() ** 2 * 40_000;
}

/** Does one thing; settles when it is answered. */
export async function act(at: SupervisorAt): Promise<void> {
  const { state, random, handlers } = at;
  if (state.ended !== null || state.run === null || random() < 0.1) return;
  const client = random() < 0.8 ? 'anna (window)' : 'ben (terminal)';
  if (state.gate !== null) await atGate(at, state.gate.gate, client);
  else if (state.paused !== null) await whilePaused(at, state.paused.reason, client);
  else await whileRunning(at, client);
  if (random() < 0.005) await handlers.stop(none, client);
}

async function atGate(at: SupervisorAt, gate: number, client: string): Promise<void> {
  const { state, random, handlers } = at;
  const shown = shownOf(state);
  const ways: readonly (() => Promise<unknown>)[] = [
    () => handlers.decide({ gate, decision: 'accept', shown }, client),
    () => handlers.decide({ gate, decision: 'accept', shown }, client),
    () => handlers.decide({ gate, decision: 'redirect', text: 'No globals.', shown }, client),
    () => handlers.redirect({ text: 'Another way, please.', shown }, client),
    async () => {
      const to = Math.floor(random() * state.checkpoints.length);
      const { digest } = await handlers.planRollback({ to }, client);
      await handlers.decide({ gate, decision: 'rollback', to, planDigest: digest, shown }, client);
    },
    () => editWorkspace(at),
    () => reject(at, client),
    () => handlers.undoRollback(none, client),
    () => acceptFile(at, client),
    () => handlers.undoAccept({ acceptance: state.beforeAccept?.acceptance ?? 0 }, client),
    () => handlers.pause(none, client),
    () => handlers.showHeldOut(none, client),
  ];
  await pick(random, ways)();
}

async function whilePaused(at: SupervisorAt, reason: string, client: string): Promise<void> {
  const { state, random, handlers } = at;
  if (reason === 'key' && random() < 0.7) {
    await handlers.provideKey({ key: 'k' }, client);
    return;
  }
  if (reason === 'budget' && random() < 0.7) {
    await (random() < 0.6
      ? handlers.changeLimits({ limits: scaled(state.budget.limits, 1.5) }, client)
      : handlers.stop(none, client));
    return;
  }
  const ways: readonly (() => Promise<unknown>)[] = [
    () => handlers.resume(none, client),
    () => handlers.resume(none, client),
    () => handlers.resume(none, client),
    () => rollBack(at, client),
    () => handlers.undoRollback(none, client),
    () => reject(at, client),
    () => editWorkspace(at),
  ];
  await pick(random, ways)();
}

async function whileRunning(at: SupervisorAt, client: string): Promise<void> {
  const { state, random, handlers } = at;
  if (state.stalls.alarm !== null) {
    // Mostly asleep: else no ladder would ever be climbed.
    if (random() < 0.07) await handlers.dismissStall(none, client);
    else if (random() < 0.2) await handlers.switchModel({ name: state.run?.ownModel?.name ?? 'another' }, client);
    else if (random() < 0.7) return;
  }
  if (state.run?.task.context !== undefined && random() < 0.1) {
    await handlers.askContext({ way: random() < 0.5 ? 'summary' : 'fresh' }, client);
    return;
  }
  const shown = shownOf(state);
  const ways: readonly (() => Promise<unknown>)[] = [
    () => handlers.pause(none, client),
    () => handlers.redirect({ text: `Mind line ${state.seq}.`, shown }, client),
    () => handlers.redirect({ text: 'Use no regular expressions.', shown }, client),
    () => handlers.withdraw({ directive: Math.max(1, Math.ceil(random() * state.directives.length)) }, client),
    () => handlers.changeLimits({ limits: scaled(state.budget.limits, 0.6 + random()) }, client),
    () => rollBack(at, client),
    () => reject(at, client),
    () => acceptFile(at, client),
    () => editWorkspace(at),
    () => editWorkspace(at),
    () => handlers.showHeldOut(none, client),
    () => Promise.resolve(),
    () => Promise.resolve(),
  ];
  await pick(random, ways)();
}

async function rollBack({ state, random, handlers }: SupervisorAt, client: string): Promise<void> {
  if (state.checkpoints.length === 0) return;
  const to = Math.floor(random() * state.checkpoints.length);
  const { digest } = await handlers.planRollback({ to }, client);
  await handlers.rollBack({ to, planDigest: digest }, client);
}

const paths = ['main.pl', 'lib.pl', 't/b.t', 'notes.md'] as const;

async function reject({ state, random, handlers }: SupervisorAt, client: string): Promise<void> {
  const reason = random() < 0.3 ? '' : 'Too clever.';
  await handlers.rejectFile({ path: pick(random, paths), reason, shown: shownOf(state) }, client);
}

/** Accepts one of the files that a window would list. */
async function acceptFile({ state, random, handlers }: SupervisorAt, client: string): Promise<void> {
  const { files } = await handlers.compare({ from: 'accepted', to: 'workspace' }, client);
  if (files.length === 0) return;
  const { path, version } = pick(random, files);
  await handlers.acceptFiles({ files: [{ path, version }], shown: shownOf(state) }, client);
}

function editWorkspace({ random, workspace }: SupervisorAt): Promise<void> {
  const path = pick(random, paths);
  if (random() < 0.15) workspace.remove(path);
  else workspace.write(path, `# mine ${Math.floor(random() * 1e6)}\n`);
  return Promise.resolve();
}

function scaled(limits: BudgetLimits, by: number): BudgetLimits {
  const one = (value: number | undefined) => (value === undefined ? undefined : value * by);
  return Object.fromEntries(
    Object.entries(limits).map(([kind, limit]) => [
      kind,
      Object.fromEntries(
        Object.entries({ soft: one(limit.soft), hard: one(limit.hard) }).filter(([, v]) => v !== undefined),
      ),
    ]),
  );
}

function shownOf(state: RunState): Shown {
  const { visible, heldOut } = state.figures;
  const rate = (f: typeof visible.last) => (f === null || f.total === 0 ? null : f.pass / f.total);
  return {
    checkpoint: state.head ?? 0,
    visibleRate: rate(visible.last),
    heldOutRate: rate(heldOut.last),
    filesChanged: 0,
    spentUsd: state.budget.spentUsd,
  };
}
