/**
 * An engine's process without its loop: takes the run's lock, serves a few entries, reports as the real one does. How it behaves
 * stands in the task file: {"mode": "serve" | "refuse" | "crash" | "story" | "needy" | "deaf" | "shy" | "picky"}. `pause` appends
 * an entry, `stop` ends it with a goodbye. `story` plays a small run to its gate and, once that is decided, to its end; `needy`
 * pauses for a key. `deaf` says that it serves and can't be reached; `shy` dies at the first key; `picky` takes none.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolVersion } from '../../../src/protocol/messages.ts';
import {
  engineFile,
  startFile,
  type EngineRecord,
  type StartReport,
  type StartRequest,
} from '../../../src/protocol/places.ts';
import type { Entry, EntryBody } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import { CaseHistory } from '../../../src/run/report/caseHistory.ts';
import { Reporter } from '../../../src/run/report/reporter.ts';
import { deleteRun } from '../../../src/engine/deleteRun.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import { verifyAudit } from '../../../src/engine/journal/verifyAudit.ts';
import { takeRunLock } from '../../../src/engine/lock/runLock.ts';
import { afterTheGate, created, toTheGate } from '../cli/story.ts';
import { RequestRefused } from '../../../src/protocol/refused.ts';
import { serve, type Handlers } from '../../../src/engine/server.ts';

const audited = process.argv.indexOf('--audit') + 1;
if (audited > 0) {
  process.stdout.write(JSON.stringify(await verifyAudit(process.argv[audited] ?? '')));
  process.exit(0);
}
const deleted = process.argv.indexOf('--delete') + 1;
if (deleted > 0) {
  process.stdout.write(JSON.stringify(deleteRun(process.argv[deleted] ?? '')));
  process.exit(0);
}
const run = process.argv[process.argv.indexOf('--run') + 1] ?? '';
const start = JSON.parse(readFileSync(startFile(run), 'utf8')) as StartRequest;
const { mode } = JSON.parse(readFileSync(start.taskFile, 'utf8')) as { mode: string };
const report = (what: StartReport) => process.stdout.write(`${JSON.stringify(what)}\n`);

if (mode === 'crash') throw new Error('broken on purpose');
if (mode === 'refuse') {
  report({ ready: false, code: 'no-sandbox', message: 'There is no bubblewrap: install it, or start with --unsealed' });
} else if (takeRunLock(run).held) {
  report({ ready: false, code: 'locked', message: 'Another engine serves this run' });
} else await serveRun();

async function serveRun(): Promise<void> {
  writeFileSync(join(run, 'environment.json'), JSON.stringify(Object.keys(process.env).sort()));
  const { journal, entries } = await openJournal(run, {
    // The blobs of the story are names only.
    blobs: { has: () => Promise.resolve(true) },
  });
  const all: Entry[] = [];
  const reporter = new Reporter();
  const history = new CaseHistory();
  let state = initialState;
  const fold = (entry: Entry) => {
    state = reduce(state, entry);
    reporter.follow(entry, state);
    if (entry.type === 'verification.finished' && entry.suite === 'visible') history.add(entry.checkpoint, null);
    all.push(entry);
  };
  for await (const entry of entries) fold(entry);
  const record = async (body: EntryBody) => {
    for (const entry of await journal.append([body], Date.now())) {
      fold(entry);
      server.publish(entry);
    }
    return null;
  };
  const known: Partial<Handlers> = {
    pause: (_params, by) => record({ type: 'heldOut.viewed', checkpoint: 0, by, rate: 1 }),
    provideKey: ({ key }) => {
      if (mode === 'picky') throw new RequestRefused('This key is not taken.');
      if (mode === 'shy' && state.generation === 1) process.exit(1);
      return record({ type: 'heldOut.viewed', checkpoint: key.length, by: 'key', rate: 1 });
    },
    report: ({ known }) => Promise.resolve(reporter.seq === known ? null : reporter.report(state, history)),
    visibleCases: () =>
      Promise.resolve({
        checkpoint: 9,
        before: 8,
        file: null,
        cases: [
          { id: 'tabs-1', tags: [], verdict: 'fail', fell: true },
          { id: 'tabs-2', tags: [], verdict: 'pass' },
        ],
      }),
    resume: (_params, by) => record({ type: 'run.resumed', by }),
    decide: async () => {
      for (const body of afterTheGate) if (!/^run\.(paused|resumed)$/.test(body.type)) await record(body);
      return null;
    },
    stop: async () => {
      setTimeout(() => {
        rmSync(engineFile(run));
        void server.goodbye('stopped').then(() => process.exit(0));
      }, 10);
      return Promise.resolve(null);
    },
  };
  const token = 'a-token';
  const server = await serve({
    runId: start.runId,
    token,
    handlers: known as Handlers,
    snapshot: () => state,
    tail: (from) => all.slice(from),
    readOnly: () => false,
  });
  const engine: EngineRecord = {
    pid: process.pid,
    socket: mode === 'deaf' ? `${server.address}-nobody` : server.address,
    token,
    protocol: protocolVersion,
    belay: '0',
    engineDigest: '',
    generation: 1,
    startedAt: Date.now(),
  };
  writeFileSync(engineFile(run), JSON.stringify(engine));
  const plain = ['serve', 'deaf', 'shy', 'picky'].includes(mode);
  if (plain) await record({ type: 'engine.started', pid: process.pid, generation: state.generation + 1 });
  else {
    await record(created(start.runId, start.workspace));
    for (const body of toTheGate.slice(0, mode === 'needy' ? 2 : undefined)) await record(body);
    if (mode === 'needy') await record({ type: 'run.paused', reason: 'key', message: 'the endpoint wants a key' });
  }
  report({ ready: true, record: engine });
}
