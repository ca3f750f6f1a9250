/**
 * Job: what a client may ask of the engine, each as one short handler.
 * Boundary: a handler checks and records, or reads; what must not meet a step half done goes through the command queue.
 * Rules: a decision is made from the state as it stands when its turn comes: the first one wins, the other is told. B2 only
 *   a client, that is the supervisor, changes a limit. G3 a decision names who, when and what was shown. Keys stay in memory.
 */
import type { ChangedFile, FileAt, ForkParams, ForkResult, NotCovered, Requests, Side } from '../protocol/messages.ts';
import { RequestRefused } from '../protocol/refused.ts';
import type { BudgetLimits, Decision, EntryBody, Limit, Shown } from '../run/entry.ts';
import type { RunState } from '../run/state.ts';
import type { Editors } from './editors.ts';
import type { Acceptances } from './effects/acceptances.ts';
import type { Bisections } from './effects/bisections.ts';
import type { Checkpoints } from './effects/checkpoints.ts';
import type { Commits } from './effects/commits.ts';
import type { Housekeeping } from './effects/housekeeping.ts';
import type { Rejections } from './effects/rejections.ts';
import type { Rollbacks, WantedRollback } from './effects/rollbacks.ts';
import { contextRequests } from './effects/contextRequests.ts';
import { stallRequests } from './effects/stalls.ts';
import type { Verifications } from './effects/verifications.ts';
import type { VisibleCases } from './effects/visibleCases.ts';
import type { ManualModel } from './model/manual.ts';
import { playingRequests, type Playing } from './playing.ts';
import type { Records } from './records.ts';
import type { Run } from './run.ts';
import type { Handlers } from './server.ts';

export interface RequestPorts {
  readonly run: Run;
  readonly checkpoints: Checkpoints;
  readonly acceptances: Acceptances;
  readonly commits: Commits;
  readonly rollbacks: Rollbacks;
  readonly rejections: Rejections;
  readonly housekeeping: Pick<Housekeeping, 'plan' | 'thin'>;
  /** null for a run that has ended. */
  readonly verifications: Verifications | null;
  readonly visibleCases: Pick<VisibleCases, 'list' | 'tryAgain' | 'read'>;
  readonly bisections: Pick<Bisections, 'move'>;
  readonly records: Records;
  readonly fork: (params: ForkParams, by: string) => Promise<ForkResult>;
  /** Where a person answers for the model; null otherwise. */
  readonly manual: Pick<ManualModel, 'open' | 'answer'> | null;
  /** Where a recording is played; null otherwise. */
  readonly playing: Pick<Playing, 'decision' | 'pace'> | null;
  /** Runs work between two effects, with no step on its way; rejects with what the work throws. */
  readonly command: <T>(work: () => Promise<T>, owner?: object) => Promise<T>;
  /** Takes back what this owner's work has not begun; returns how many pieces. */
  readonly cancelCommands: (owner: object) => number;
  /** Ends whatever effect is being performed: the model call, the command, the verification. */
  readonly interrupt: () => void;
  readonly takeKey: (key: string) => void;
  /** Why commands can't be sealed any more; null while they can. */
  readonly sandboxProblem: () => Promise<string | null>;
  readonly editors: Editors;
}

export function requestHandlers(ports: RequestPorts): Handlers {
  return {
    ...steering(ports),
    ...answering(ports),
    ...playingRequests(ports.playing),
    ...stallRequests(ports.run),
    ...contextRequests(ports),
    ...deciding(ports),
    ...accepting(ports),
    ...rolling(ports),
    ...rejecting(ports),
    ...looking(ports),
    ...keeping(ports),
    ...reading(ports),
  };
}

function steering({ run, interrupt, takeKey, editors, sandboxProblem }: RequestPorts) {
  return {
    pause: async (_params: unknown, client: string) => {
      await run.decideAndRecord((state) => {
        refuseEnded(state);
        return state.paused ? [] : [{ type: 'run.paused', reason: 'supervisor', message: 'paused by you', by: client }];
      });
      return null;
    },
    resume: async (_params: unknown, client: string) => {
      const problem = run.state.paused?.reason === 'sandbox' ? await sandboxProblem() : null;
      if (problem !== null) throw new RequestRefused(problem);
      await run.decideAndRecord((state) => {
        refuseEnded(state);
        return state.paused ? [{ type: 'run.resumed', by: client }] : [];
      });
      return null;
    },
    stop: async (_params: unknown, client: string) => {
      await run.decideAndRecord((state) =>
        state.ended || state.stopRequested ? [] : [{ type: 'stop.requested', by: client }],
      );
      interrupt();
      return null;
    },
    provideKey: async ({ key }: Requests['provideKey']['params'], client: string) => {
      if (key.trim() === '') throw new RequestRefused('The key is empty.');
      takeKey(key);
      await run.decideAndRecord((state) =>
        state.paused?.reason === 'key' ? [{ type: 'run.resumed', by: client }] : [],
      );
      return null;
    },
    changeLimits: async ({ limits }: Requests['changeLimits']['params'], client: string) => {
      checkLimits(limits);
      await run.decideAndRecord((state) => {
        refuseEnded(state);
        const changed: EntryBody = { type: 'budget.changed', limits, by: client };
        return state.paused?.reason === 'budget' ? [changed, { type: 'run.resumed', by: client }] : [changed];
      });
      return null;
    },
    reportEditors: (report: Requests['reportEditors']['params'], _client: string, connection: object) => {
      editors.report(connection, report);
      return Promise.resolve(null);
    },
  } satisfies Partial<Handlers>;
}

function answering({ manual }: RequestPorts) {
  return {
    question: () => Promise.resolve(manual?.open() ?? null),
    answer: ({ step, text }: Requests['answer']['params']) => {
      if (manual === null) throw new RequestRefused('The model of this run is not answered by hand.');
      const problem = manual.answer(step, text);
      if (problem !== null) throw new RequestRefused(problem);
      return Promise.resolve(null);
    },
  } satisfies Partial<Handlers>;
}

function deciding({ run, rollbacks, command }: RequestPorts) {
  return {
    decide: async (params: Requests['decide']['params'], client: string) => {
      if (params.decision === 'rollback') {
        const { to, planDigest, reason } = params;
        if (to === undefined || planDigest === undefined)
          throw new RequestRefused('A rollback names a checkpoint and its plan.');
        refuseOtherGate(run.state, params.gate);
        refuseUnknown(run.state, to);
        await command(() =>
          rollbacks.rollBack({ to, planDigest, reason, by: client }, (state) => {
            refuseOtherGate(state, params.gate);
            return [decided(params.gate, 'rollback', client, params.shown, to)];
          }),
        );
        return null;
      }
      const text = params.text?.trim();
      if (params.decision === 'redirect' && !text)
        throw new RequestRefused('Say in a sentence what to do differently.');
      await run.decideAndRecord((state) => {
        refuseOtherGate(state, params.gate);
        const directive = text ? [directiveAdded(state, text, client)] : [];
        return [decided(params.gate, params.decision, client, params.shown), ...directive];
      });
      return null;
    },
    redirect: async ({ text, shown }: Requests['redirect']['params'], client: string) => {
      if (text.trim() === '') throw new RequestRefused('Say in a sentence what to do differently.');
      let directive = 0;
      await run.decideAndRecord((state) => {
        refuseEnded(state);
        const added = directiveAdded(state, text.trim(), client);
        directive = added.directive;
        return state.gate ? [decided(state.gate.gate, 'redirect', client, shown), added] : [added];
      });
      return { directive };
    },
    withdraw: async ({ directive }: Requests['withdraw']['params'], client: string) => {
      await run.decideAndRecord((state) => {
        refuseEnded(state);
        const found = state.directives.find((d) => d.directive === directive);
        if (!found) throw new RequestRefused(`There is no directive ${String(directive)}.`);
        return found.withdrawn ? [] : [{ type: 'directive.withdrawn', directive, by: client }];
      });
      return null;
    },
  } satisfies Partial<Handlers>;
}

function accepting({ run, acceptances, commits }: RequestPorts) {
  return {
    acceptFiles: async ({ files, shown }: Requests['acceptFiles']['params'], client: string) => ({
      checkpoint: await acceptances.accept(files, shown, client),
    }),
    proposeCommit: (scope: Requests['proposeCommit']['params']) => commits.propose(scope),
    acceptAndCommit: (params: Requests['acceptAndCommit']['params'], client: string) => commits.commit(params, client),
    undoAccept: async ({ acceptance }: Requests['undoAccept']['params'], client: string) => {
      if (run.state.lastCommit?.acceptance === acceptance && run.state.beforeAccept?.acceptance === acceptance)
        await commits.undo(client);
      else await acceptances.undo(acceptance, client);
      return null;
    },
  } satisfies Partial<Handlers>;
}

function rolling(ports: RequestPorts) {
  const { run, rollbacks, rejections, command, cancelCommands } = ports;
  const noGate = (state: RunState) => {
    refuseEnded(state);
    if (state.gate) throw new RequestRefused('A gate is open: decide it with a rollback.');
    return [];
  };
  const roll = (wanted: WantedRollback, connection?: object) => {
    const check = wanted.only === undefined ? noGate : notEnded;
    check(run.state);
    refuseUnknown(run.state, wanted.to);
    const work = () => rollbacks.rollBack(wanted, check);
    return wanted.only === undefined ? command(work, connection) : putBack(ports, work, connection);
  };
  return {
    planRollback: ({ to, only }: Requests['planRollback']['params']) => {
      refuseUnknown(run.state, to);
      return rollbacks.plan(to, only);
    },
    rollBack: async (asked: Requests['rollBack']['params'], client: string, connection?: object) => {
      const afterStep = run.state.step !== null && run.state.paused === null;
      return { checkpoint: await roll({ ...asked, by: client, afterStep }, connection) };
    },
    cancelRollback: (_params: unknown, _client: string, connection: object) =>
      Promise.resolve({ cancelled: cancelCommands(connection) }),
    undoRollback: async (_params: unknown, client: string, connection?: object) => {
      refuseEnded(run.state);
      const last = run.state.lastRollback;
      if (!last) throw new RequestRefused('There is no rollback to take back: a step followed it.');
      if (last.paths) {
        const undo = () => (last.part ? rollbacks.undoPart(client) : rejections.undo(client));
        return { checkpoint: await putBack(ports, undo, connection) };
      }
      noGate(run.state);
      const plan = await rollbacks.plan(last.safety);
      return { checkpoint: await roll({ to: last.safety, planDigest: plan.digest, by: client }, connection) };
    },
  } satisfies Partial<Handlers>;
}

function rejecting(ports: RequestPorts) {
  const { run, rejections } = ports;
  return {
    rejectFile: async (params: Requests['rejectFile']['params'], client: string) => {
      refuseEnded(run.state);
      let directive = 0;
      const checkpoint = await putBack(ports, async () => {
        const done = await rejections.reject(params, client);
        ({ directive } = done);
        return done.checkpoint;
      });
      return { directive, checkpoint };
    },
  } satisfies Partial<Handlers>;
}

/** At the end of the step in progress; the run goes on, or the gate stays open, with the figures of what is there then. */
async function putBack(
  { command, verifications }: RequestPorts,
  work: () => Promise<number>,
  connection?: object,
): Promise<number> {
  const checkpoint = await command(work, connection);
  verifications?.schedule(checkpoint);
  return checkpoint;
}

function keeping({ run, housekeeping }: RequestPorts) {
  return {
    // A run that has ended goes on to take room.
    planThinning: ({ last }: Requests['planThinning']['params']) => housekeeping.plan(last),
    thin: async (params: Requests['thin']['params'], client: string) => ({
      freedBytes: await housekeeping.thin(params, client),
    }),
    changeQuota: async ({ storeBytes }: Requests['changeQuota']['params'], client: string) => {
      await run.decideAndRecord((state) => {
        refuseEnded(state);
        return state.store.quotaBytes === storeBytes ? [] : [{ type: 'quota.changed', storeBytes, by: client }];
      });
      return null;
    },
  } satisfies Partial<Handlers>;
}

function looking({ run, checkpoints, verifications, visibleCases, bisections }: RequestPorts) {
  return {
    visibleCases: () => visibleCases.list(),
    readCase: ({ id }: Requests['readCase']['params']) => visibleCases.read(id),
    tryCases: ({ ids }: Requests['tryCases']['params']) => visibleCases.tryAgain(ids),
    bisect: (asked: Requests['bisect']['params']) => bisections.move(asked),
    showHeldOut: async (_params: unknown, client: string) => {
      const head = run.state.head;
      refuseEnded(run.state);
      if (head === null || verifications === null || run.state.run?.task.hasHeldOut !== true)
        throw new RequestRefused('This task has no held-out suite.');
      // The verifications are closed then, and would never answer.
      if (run.state.stopRequested) throw new RequestRefused('The run is being stopped.');
      const newest = checkpoints.summary(head).checkpoint;
      if (!(await verifications.look(newest, client)))
        throw new RequestRefused('The look was taken back. Nothing was run.', 'cancelled');
      const { last: figure, problem } = run.state.figures.heldOut;
      if (problem !== null || figure?.checkpoint !== newest)
        throw new RequestRefused(problem?.message ?? 'The held-out suite could not be verified.');
      return { rate: figure.total === 0 ? 0 : figure.pass / figure.total, checkpoint: newest };
    },
    cancelHeldOut: () => Promise.resolve({ cancelled: verifications?.cancelLooks() === true }),
  } satisfies Partial<Handlers>;
}

function reading({ run, checkpoints, records, fork }: RequestPorts) {
  const known = (side: Side) => {
    if (typeof side === 'number' || side === 'accepted')
      refuseUnknown(run.state, side === 'accepted' ? run.state.accepted : side);
  };
  return {
    userHead: () => checkpoints.userHead(),
    compare: async ({ from, to, paths }: Requests['compare']['params']): Promise<{ files: readonly ChangedFile[] }> => {
      known(from);
      known(to);
      return { files: await checkpoints.compare(from, to, paths) };
    },
    readFileAt: ({ side, path }: Requests['readFileAt']['params']): Promise<FileAt> => {
      known(side);
      return checkpoints.readFileAt(side, path);
    },
    fork: (params: Requests['fork']['params'], client: string) => {
      known(params.checkpoint);
      return fork(params, client);
    },
    notCovered: ({ checkpoint }: Requests['notCovered']['params']): Promise<readonly NotCovered[]> => {
      known(checkpoint);
      return checkpoints.notCovered(checkpoint);
    },
    readOutput: ({ step, callId }: Requests['readOutput']['params']) => records.output(step, callId),
    readPrompt: ({ step }: Requests['readPrompt']['params']) => records.prompt(step),
    readSummary: ({ seq }: Requests['readSummary']['params']) => records.summary(seq),
    readRecording: async () => ({
      text: await records.recording((checkpoint) => checkpoints.contentDigest(checkpoint)),
    }),
    report: ({ known }: Requests['report']['params']) => records.report(known),
    steps: ({ before }: Requests['steps']['params']) => records.steps(before),
    find: ({ text, before }: Requests['find']['params']) => records.find(text, before),
  } satisfies Partial<Handlers>;
}

function decided(gate: number, decision: Decision, by: string, shown: Shown, to?: number): EntryBody<'gate.decided'> {
  return { type: 'gate.decided', gate, decision, by, shown, ...(to !== undefined && { to }) };
}

function directiveAdded(state: RunState, text: string, by: string): EntryBody<'directive.added'> {
  return { type: 'directive.added', directive: state.directives.length + 1, text, by };
}

function notEnded(state: RunState): readonly EntryBody[] {
  refuseEnded(state);
  return [];
}

function refuseEnded(state: RunState): void {
  if (state.ended) throw new RequestRefused('The run has ended; nothing of it can be changed.');
}

/** Two windows may decide at the same time: the first one wins, the other learns of it. */
function refuseOtherGate(state: RunState, gate: number): void {
  refuseEnded(state);
  if (state.gate?.gate === gate) return;
  throw new RequestRefused(
    state.gate
      ? `Gate ${String(gate)} is decided; gate ${String(state.gate.gate)} is open now.`
      : `Gate ${String(gate)} was already decided.`,
  );
}

function refuseUnknown(state: RunState, checkpoint: number): void {
  if (!Number.isInteger(checkpoint) || checkpoint < 0 || checkpoint >= state.checkpoints.length) {
    throw new RequestRefused(`There is no checkpoint ${String(checkpoint)}.`);
  }
}

function checkLimits(limits: BudgetLimits): void {
  for (const [kind, limit] of Object.entries(limits) as [string, Limit][]) {
    for (const value of [limit.soft, limit.hard]) {
      if (value !== undefined && !(value > 0)) throw new RequestRefused(`The limit of ${kind} must be more than 0.`);
    }
    if (limit.soft !== undefined && limit.hard !== undefined && limit.soft > limit.hard) {
      throw new RequestRefused(`The soft limit of ${kind} is above its hard limit.`);
    }
  }
}
