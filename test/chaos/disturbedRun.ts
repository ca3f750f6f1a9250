/**
 * Job: one real run of the cmark task whose engine is killed again and again, at random moments of its starts, its work and its
 * rollbacks, and started again; and what of it is lost afterwards, judged from its files.
 * Boundary: real engine, git, sandbox, files; the model is the loopback one, which answers from its request alone. A run that
 *   can't go on is a finding, not an error.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../src/base/assert.ts';
import type { RunConnection } from '../../src/client/connection.ts';
import { resumeRun, StartFailed, startRun } from '../../src/client/launch.ts';
import { EngineGone } from '../../src/client/link.ts';
import { verifyAudit } from '../../src/engine/journal/verifyAudit.ts';
import { RequestRefused } from '../../src/protocol/refused.ts';
import type { Entry } from '../../src/run/entry.ts';
import type { RunState } from '../../src/run/state.ts';
import { shownOf } from '../../src/run/shown.ts';
import { inexactCheckpoints } from '../cmark/exact.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { createCmarkWorkspace, type CmarkWorkspace } from '../cmark/workspace.ts';
import { outliving, processesNaming } from '../contract/processes.ts';
import { boughtTwice, readJournal } from '../fixtures/runOnDisk.ts';
import type { Random } from '../unit/journal/simulatedDisk.ts';
import { OwnEdits } from './ownEdits.ts';

export interface DisturbedRun {
  readonly kills: number;
  /** Entries that a window was told and that the journal does not hold as told. */
  readonly lostEntries: number;
  readonly lostUserBytes: number;
  readonly doubleBoughtAnswers: number;
  /** Held out of the figures, but said: what a run that can be trusted has none of. */
  readonly problems: readonly string[];
  readonly finished: boolean;
  readonly visiblePassRate: number;
}

const engineBundle = join(import.meta.dirname, '..', '..', 'dist', 'engine');
const client = 'npm run chaos';
/** A life in which nothing new is written for so long hangs. */
const silenceMs = 120_000;
const rollbackShare = 0.25;
const killAtStartShare = 0.2;

/** @param killsMost how often its engine is killed; the run may end before that */
export async function disturbedRun(killsMost: number, random: Random): Promise<DisturbedRun> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-chaos-')));
  const server = await ModelServer.start({ key: null });
  try {
    const task = await createCmarkWorkspace(join(folder, 'cmark'), {
      heldOutDir: join(folder, 'heldOut'),
      modelUrl: server.url,
      // Cut calls count as spent: the limit must not be what ends the run.
      budget: { costUsd: { hard: 10_000 }, steps: { hard: 2_000 } },
      gates: { everySteps: 4, visibleRegression: 5 },
    });
    return await new Chaos(folder, task, random).whole(killsMost);
  } finally {
    await server.stop();
    for (const { pid } of await outliving(processesNaming(folder))) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

class Chaos {
  private readonly state: string;
  private readonly task: CmarkWorkspace;
  private readonly folder: string;
  private readonly random: Random;
  private readonly edits: OwnEdits;
  private readonly told = new Map<number, Entry>();
  private readonly problems: string[] = [];
  private readonly gatesRolledBack = new Set<number>();
  private kills = 0;

  constructor(folder: string, task: CmarkWorkspace, random: Random) {
    this.folder = folder;
    this.state = join(folder, 'state');
    this.task = task;
    this.random = random;
    this.edits = new OwnEdits(task.dir, random);
  }

  async whole(killsMost: number): Promise<DisturbedRun> {
    const { state, task } = this;
    const options = { state, engineBundle, client };
    let connection = await startRun({
      ...options,
      taskFile: task.taskFile,
      workspace: task.dir,
      unsealed: false,
      supervisor: client,
    });
    const runId = connection.run.slice(connection.run.lastIndexOf('/') + 1);
    this.edits.begin();
    for (;;) {
      const end = await this.live(connection, this.kills < killsMost);
      connection.dispose();
      if (end !== null) {
        this.edits.end();
        return await this.judge(connection.run, end);
      }
      connection = await this.reopen(() => resumeRun(runId, options), this.kills < killsMost);
    }
  }

  /** One life of the engine; null when it was killed, else the last state. */
  private async live(connection: RunConnection, mayKill: boolean): Promise<RunState | null> {
    connection.onEntry((entry) => this.told.set(entry.seq, entry));
    const killing = new AbortController();
    if (mayKill) void this.killLater(30 + this.random() ** 2 * 6_000, killing.signal);
    try {
      return await this.supervise(connection);
    } catch (error) {
      if (error instanceof EngineGone) return null;
      throw error;
    } finally {
      killing.abort();
    }
  }

  /** Accepts each gate, some of them after a rollback and its undo. @throws EngineGone */
  private async supervise(connection: RunConnection): Promise<RunState> {
    for (;;) {
      const state = await withinSilence(connection, (s) => s.ended !== null || s.gate !== null || s.paused !== null);
      if (state.ended !== null) return state;
      try {
        if (state.gate !== null) await this.decide(connection, state, state.gate.gate);
        else await this.goOn(connection, state);
      } catch (error) {
        // Another state than the one that was decided on: it is looked at again.
        if (!(error instanceof RequestRefused)) throw error;
        await wait(20);
      }
    }
  }

  private async decide(connection: RunConnection, state: RunState, gate: number): Promise<void> {
    const shown = shownOf(state, null);
    const to = state.checkpoints.at(Math.floor(this.random() * state.checkpoints.length))?.checkpoint;
    if (this.gatesRolledBack.has(gate) || to === undefined || to === state.head || this.random() > rollbackShare) {
      await connection.request('decide', { gate, decision: 'accept', shown });
      return;
    }
    this.gatesRolledBack.add(gate);
    const { digest } = await connection.request('planRollback', { to });
    await connection.request('decide', { gate, decision: 'rollback', to, planDigest: digest, shown });
  }

  /** What it rolled back it takes back, so that the end is the undisturbed run's. */
  private async goOn(connection: RunConnection, { paused, lastRollback }: RunState): Promise<void> {
    if (paused?.reason === 'rollback' && lastRollback?.undo === false) await connection.request('undoRollback', {});
    else {
      if (paused !== null && paused.reason !== 'rollback' && paused.reason !== 'supervisor')
        this.problems.push(`paused: ${paused.reason}: ${paused.message}`);
      await connection.request('resume', {});
    }
  }

  /** Starts the engine again, now and then killed before it serves. */
  private async reopen(resume: () => Promise<RunConnection>, mayKill: boolean): Promise<RunConnection> {
    for (;;) {
      const killing = new AbortController();
      if (mayKill && this.random() < killAtStartShare) void this.killLater(this.random() * 700, killing.signal);
      try {
        return await resume();
      } catch (error) {
        if (!(error instanceof StartFailed || error instanceof EngineGone)) throw error;
        if (!killing.signal.aborted && /unexpected|can't/.test(messageOf(error))) this.problems.push(messageOf(error));
      } finally {
        killing.abort();
      }
    }
  }

  private async killLater(ms: number, signal: AbortSignal): Promise<void> {
    // Aborted: the engine is gone or serves already.
    await wait(ms, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const engines = processesNaming(`${this.folder}/state/runs/`).filter(({ command }) => command.includes('--run'));
    for (const { pid } of engines) {
      try {
        process.kill(pid, 'SIGKILL');
        this.kills += 1;
      } catch {
        // It ended by itself between the look and the kill.
      }
    }
  }

  private async judge(run: string, end: RunState): Promise<DisturbedRun> {
    const left = await outliving(processesNaming(this.folder));
    const journal = readJournal(run);
    const held = new Map(journal.map((entry) => [entry.seq, entry]));
    const lost = [...this.told].filter(([seq, entry]) => !isDeepStrictEqual(held.get(seq), entry));
    const audit = await verifyAudit(run);
    if (!audit.ok) this.problems.push(`the audit found ${JSON.stringify(audit.problems)}`);
    this.problems.push(...(await inexactCheckpoints(run, this.task.dir, end.checkpoints.slice())));
    // An ended run is served until its last window leaves; only what outlives that is left over.
    for (const { command } of left.filter((mark) => !mark.command.includes('--run')))
      this.problems.push(`left at work: ${command}`);
    const { last } = end.figures.visible;
    return {
      kills: this.kills,
      lostEntries: lost.length,
      lostUserBytes: this.edits.lostBytes(),
      doubleBoughtAnswers: boughtTwice(journal).length,
      problems: this.problems,
      finished: end.ended?.outcome === 'finished',
      visiblePassRate: last === null ? 0 : last.pass / last.total,
    };
  }
}

/** @throws EngineGone; Error when nothing moves for long */
async function withinSilence(connection: RunConnection, wanted: (state: RunState) => boolean): Promise<RunState> {
  let seq = -1;
  const silent = new AbortController();
  const watch = async (): Promise<never> => {
    for (;;) {
      await wait(silenceMs, undefined, { signal: silent.signal });
      if (connection.state.seq === seq)
        throw new Error(`nothing moved for ${String(silenceMs / 1000)} s after entry ${String(seq)}`);
      seq = connection.state.seq;
    }
  };
  try {
    return await Promise.race([connection.until(wanted), watch()]);
  } finally {
    silent.abort();
  }
}
