// The window's hold on its run, over real sockets and the real client; the engines behind them have no loop.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConnection } from '../../../src/client/connection.ts';
import { EngineGone } from '../../../src/client/link.ts';
import { linkOf } from '../../../src/extension/runtime.ts';
import { modelCatalogue } from '../../../src/extension/modelCatalogue.ts';
import { taskMaker } from '../../../src/extension/newTask/taskMaker.ts';
import type { LinkResult, RunLink, Runtime } from '../../../src/extension/runLink.ts';
import { RunSession } from '../../../src/extension/runSession.ts';
import type { ConnectionKind } from '../../../src/protocol/webview.ts';
import type { Entry } from '../../../src/run/entry.ts';
import { checkpoint, created } from '../run/builders.ts';
import { look, TinyEngine } from '../server/tinyEngine.ts';

const runId = 'r';
const options = { workspace: '/w', taskFile: '/w/belay.json', unsealed: false };
let folder: string;
let session: RunSession;
/** Every engine that was started, oldest first. */
let engines: TinyEngine[];
let keys: (string | undefined)[];
/** What a start answers instead of an engine. */
let refusal: Extract<LinkResult, { ok: false }> | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bs-'));
  [engines, keys, refusal] = [[], [], null];
  session = new RunSession({
    runtime: () => Promise.resolve(runtime()),
    key: () => Promise.resolve('the-key'),
    now: Date.now,
    log: () => undefined,
  });
});

afterEach(async () => {
  session.dispose();
  await engines.at(-1)?.server.goodbye('over');
  await rm(folder, { recursive: true, force: true });
});

const engine = (): TinyEngine => {
  const newest = engines.at(-1);
  if (newest === undefined) throw new Error('no engine was started');
  return newest;
};

async function serve(): Promise<TinyEngine> {
  const next = await new TinyEngine(folder, engines.at(-1)?.entries ?? []).start();
  engines.push(next);
  return next;
}

async function attach(): Promise<RunLink> {
  return linkOf(runId, await RunConnection.open({ run: folder, client: 'anna@host (window)', retryMs: [1] }));
}

/** As runtime.ts, but that an engine is a server in this process. */
function runtime(): Runtime {
  const start = async (key?: string): Promise<LinkResult> => {
    keys.push(key);
    if (refusal !== null) return refusal;
    await serve();
    return { ok: true, link: await attach() };
  };
  return {
    inspectTask: () => Promise.resolve({ ok: false, problems: [] }),
    models: modelCatalogue,
    taskEdits: () => [],
    newTask: taskMaker({
      home: '/',
      searchPath: '',
      lookAtReference: () => Promise.reject(new Error('not asked here')),
    }),
    checkSandbox: () => Promise.resolve(null),
    copySample: () => Promise.reject(new Error('not asked here')),
    preflight: () => Promise.reject(new Error('not asked here')),
    recordSuite: () => Promise.reject(new Error('not asked here')),
    whatDeleting: () => Promise.reject(new Error('not asked here')),
    deleteRun: () => Promise.reject(new Error('not asked here')),
    runInTheWay: () => Promise.resolve(null),
    startRun: ({ key }) => start(key),
    resumeRun: (_, key) => start(key),
    attachRun: async () => {
      try {
        return await attach();
      } catch (error) {
        if (error instanceof EngineGone) return null;
        throw error;
      }
    },
    storedState: () => Promise.resolve(engines.at(-1)?.state ?? null),
    storedReport: () => Promise.resolve(null),
    listRuns: async function* () {
      yield* await Promise.resolve([]);
    },
    findRun: () => Promise.resolve(null),
    readEngineLog: () => Promise.resolve(''),
  };
}

/** Ends every connection without a word, as a death does, and listens no more. */
async function kill(victim: TinyEngine): Promise<void> {
  const inside = victim.server as unknown as {
    links: Set<{ close(): void }>;
    listener: { close(done: () => void): void };
  };
  const closed = new Promise<void>((resolve) => {
    inside.listener.close(() => {
      resolve();
    });
  });
  for (const link of [...inside.links]) link.close();
  await closed;
}

async function until(condition: () => boolean): Promise<void> {
  if (condition()) return;
  await new Promise<void>((resolve) => {
    const listening = session.onChanged(() => {
      if (!condition()) return;
      listening.dispose();
      resolve();
    });
  });
}

const stands = (kind: ConnectionKind) => until(() => session.connection.kind === kind);

describe('RunSession', () => {
  it('starts, relays entries unchanged and in order, and holds the folded state', async () => {
    const heard: Entry[] = [];
    session.onEntry((entry) => heard.push(entry));
    const result = await session.start({ ...options, key: 'k' });
    expect([result.ok, session.connection.kind, session.runId, keys]).toEqual([true, 'attached', runId, ['k']]);
    for (let n = 0; n < 20; n++) engine().publish(look(n));
    await until(() => session.state?.seq === 20);
    expect(heard).toEqual(engine().entries);
    expect(session.state).toEqual(engine().state);
  });

  it('hands a refused start to the one who asked and shows nothing else', async () => {
    refusal = { ok: false, code: 'workspace-busy', message: 'a run is active in /w: open it or stop it first' };
    expect(await session.start(options)).toEqual(refusal);
    expect([session.connection.kind, session.state, session.runId]).toEqual(['none', null, null]);
    await expect(session.request('pause', {})).rejects.toThrow('This folder has no run yet.');
  });

  it('attaches to an engine that lives and starts none', async () => {
    (await serve()).publish(look(1));
    await session.adopt(runId);
    expect([session.connection.kind, session.state?.seq, engines.length]).toEqual(['attached', 1, 1]);
  });

  it('shows a run whose engine is gone, starts none, and starts it again when asked', async () => {
    (await serve()).publish(look(1));
    await kill(engine());
    await session.adopt(runId);
    expect([session.connection.kind, session.state?.seq, engines.length]).toEqual(['lost', 1, 1]);
    await expect(session.request('pause', {})).rejects.toThrow('Start it again first');
    expect((await session.startAgain()).ok).toBe(true);
    expect([session.connection.kind, engines.length, keys]).toEqual(['attached', 2, ['the-key']]);
  });

  it('tells once of a run that was interrupted before it looked, not of one that has ended or that it saw die', async () => {
    let told = 0;
    session.onInterrupted(() => (told += 1));
    (await serve()).publish(look(1));
    await session.adopt(runId);
    expect(told, 'an engine serves it').toBe(0);
    await kill(engine());
    await until(() => session.connection.kind === 'attached' && engines.length === 2);
    expect(told, 'it died before its eyes').toBe(0);
    session.forget();
    await kill(engine());
    await session.adopt(runId);
    expect([session.connection.kind, told]).toEqual(['lost', 1]);
    await session.adopt(runId);
    expect(told, 'the next look finds it as it was').toBe(1);
    expect((await session.startAgain()).ok).toBe(true);
    engine().publish({ type: 'run.ended', outcome: 'finished', message: '' });
    session.forget();
    await kill(engine());
    await session.adopt(runId);
    expect([session.connection.kind, told]).toEqual(['readOnly', 1]);
  });

  it('shows nothing of a run that was deleted, and starts none for it', async () => {
    (await serve()).publish(created());
    await session.adopt(runId, { chosen: true });
    let replaced = 0;
    session.onReplaced(() => (replaced += 1));
    session.forget();
    expect([session.connection.kind, session.state, session.runId, session.isChosen, replaced]).toEqual([
      'none',
      null,
      null,
      false,
      1,
    ]);
    await expect(session.request('compare', { from: 0, to: 0 })).rejects.toThrow('This folder has no run yet.');
    expect(engines).toHaveLength(1);
  });

  it('serves a finished run when somebody asks for what it holds, once', async () => {
    (await serve()).publish(created());
    engine().publish({ type: 'run.ended', outcome: 'finished', message: '' });
    await kill(engine());
    await session.adopt(runId);
    expect([session.connection.kind, session.state?.ended?.outcome, engines.length]).toEqual([
      'readOnly',
      'finished',
      1,
    ]);
    await Promise.all([session.request('compare', { from: 0, to: 1 }), session.request('compare', { from: 1, to: 2 })]);
    expect([session.connection.kind, engines.length, engine().asked.map((a) => a.method)]).toEqual([
      'readOnly',
      2,
      ['compare', 'compare'],
    ]);
  });

  it('leaves a finished run that is looked at for a newer one of the folder', async () => {
    (await serve()).publish(created());
    engine().publish({ type: 'run.ended', outcome: 'finished', message: '' });
    await session.adopt(runId);
    await session.request('compare', { from: 0, to: 1 });
    const finished = engine();
    engines.push(await new TinyEngine(folder).start());
    engine().publish(created());
    await session.adopt('newer');
    expect([session.connection.kind, session.state?.ended]).toEqual(['attached', null]);
    await finished.server.goodbye('over');
  });

  it('restarts an engine whose death it saw, at most 3 times without a step between', async () => {
    await session.start(options);
    for (let death = 1; death <= 3; death++) {
      await kill(engine());
      await until(() => session.connection.kind === 'attached' && engines.length === death + 1);
    }
    await kill(engine());
    await stands('lost');
    expect(engines.length).toBe(4);
  });

  it('counts anew after a finished step', async () => {
    await session.start(options);
    engine().publish(created());
    await kill(engine());
    await until(() => session.connection.kind === 'attached' && engines.length === 2);
    for (const body of [
      { type: 'step.started', step: 1 },
      checkpoint(0),
      { type: 'step.finished', step: 1, checkpoint: 0, title: '' },
    ] as const) {
      engine().publish(body);
    }
    await until(() => session.state?.stepsFinished === 1);
    for (let death = 2; death <= 4; death++) {
      await kill(engine());
      await until(() => session.connection.kind === 'attached' && engines.length === death + 1);
    }
    expect(engines.length).toBe(5);
  });

  it('stands as lost when the engine cannot be started again', async () => {
    await session.start(options);
    refusal = { ok: false, code: 'journal-damaged', message: 'byte 12' };
    await kill(engine());
    await until(() => session.connection.kind === 'lost');
    expect(session.state).toEqual(engine().state);
    expect(await session.startAgain()).toEqual(refusal);
  });

  it('believes a goodbye: no restart, and a finished run stays on screen', async () => {
    await session.start(options);
    engine().publish(created());
    engine().publish({ type: 'run.ended', outcome: 'stopped', message: 'stopped by the supervisor' });
    await engine().server.goodbye('the run has ended');
    await stands('readOnly');
    expect([session.state?.ended?.outcome, engines.length]).toEqual(['stopped', 1]);
  });

  it('lets go of everything when the window closes', async () => {
    await session.start(options);
    const left = new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (engine().clientCounts.at(-1) !== 0) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    session.dispose();
    await left;
    expect(engine().clientCounts).toEqual([1, 0]);
  });
});
