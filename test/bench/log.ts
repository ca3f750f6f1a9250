/**
 * Job: `bench log`: the Run webview on a run of 1,000,000 entries and 20,000 steps, in a Chromium whose CPU is throttled 4 ×, while
 *   200 entries and 100 fragments a second arrive.
 * Boundary: the page as it is bundled and its transport; the host's side is played: it answers pages of older steps as the engine
 *   would, and sends what a run sends.
 *
 * firstPaintMs: from the message with the state to the frame that shows its newest step. frameWorkP95Ms: scripts, style, layout
 *   and paint of a frame while one scrolls through the whole log, of all frames in which something was done, as the browser's
 *   trace tells. heapMb: the script heap after a collection. domNodes: elements, texts and comments on the page then.
 */
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { Entry, EntryBody } from '../../src/run/entry.ts';
import { stateForPage } from '../../src/extension/views/pageState.ts';
import type { HostMessage } from '../../src/protocol/webview.ts';
import { noPrev } from '../../src/run/entry.ts';
import { initialState, reduce } from '../../src/run/reduce.ts';
import type { RunState, StepSummary } from '../../src/run/state.ts';
import { stepRows } from '../../src/run/stepRows.ts';
import { launchBrowser } from '../host/browser.ts';
import { FixtureServer } from '../ui/webview/fixtureServer.ts';
import { checkpoint, created } from '../unit/run/builders.ts';
import { tell, type Figures } from './figures.ts';
import { stepCommits } from './longRun.ts';

const throttle = 4;
const entriesWanted = 1_000_000;
const entriesPerSecond = 200;
const deltasPerSecond = 100;
const scrollMs = 20_000;
const stepsInPage = 8;
const place = { commit: 'c'.repeat(40), tree: 'd'.repeat(40) };

export async function benchLog(): Promise<Figures> {
  const run = new MadeRun();
  const rows = run.lengthen(entriesWanted);
  tell(`${String(run.state.seq)} entries, ${String(run.state.stepsFinished)} steps`);
  const [browser, server] = await Promise.all([launchBrowser(), FixtureServer.start()]);
  try {
    return await measured(browser, server, run, rows);
  } finally {
    await browser.close();
  }
}

/** A run in memory: its state, and the entries that come next. */
class MadeRun {
  state: RunState = initialState;
  private step = 1;
  private readonly waiting: EntryBody[] = [created(), checkpoint(0, place)];

  next(): Entry {
    while (this.waiting.length === 0)
      for (const bodies of stepCommits(this.step++, place)) this.waiting.push(...bodies);
    const body = this.waiting.shift();
    const entry = { seq: this.state.seq + 1, at: Date.now() - 1_000, prev: noPrev, ...body } as Entry;
    this.state = reduce(this.state, entry);
    return entry;
  }

  /** Returns the rows of all steps, as the engine reads them from its journal. */
  lengthen(entries: number): readonly StepSummary[] {
    const rows: StepSummary[] = [];
    let ofStep: Entry[] = [];
    while (this.state.seq < entries) {
      const entry = this.next();
      ofStep.push(entry);
      if (entry.type !== 'step.finished') continue;
      rows.push(...stepRows(ofStep));
      ofStep = [];
    }
    return rows;
  }
}

async function measured(
  browser: Browser,
  server: FixtureServer,
  run: MadeRun,
  rows: readonly StepSummary[],
): Promise<Figures> {
  const context = await browser.newContext({ viewport: { width: 420, height: 720 } });
  const page = await server.open(context, 'dark');
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: throttle });
  const firstPaintMs = await firstPaint(page, run.state);
  const stop = stream(page, run, rows);
  const frames = await scrolledFrames(session, () => scroll(page));
  await stop();
  const [domNodes, heapMb] = [await nodesOf(page), await heapOf(session)];
  const folded = await page.evaluate(() => window.fixture.seq());
  if (folded !== run.state.seq)
    throw new Error(`the page stands at entry ${String(folded)}, not ${String(run.state.seq)}`);
  tell(
    `${String(frames.length)} frames in which something was done; the longest took ${Math.max(...frames).toFixed(1)} ms`,
  );
  await context.close();
  for (const problem of server.problems.splice(0)) throw new Error(problem);
  const p95 = frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? Infinity;
  return { firstPaintMs: Math.round(firstPaintMs), frameWorkP95Ms: Number(p95.toFixed(2)), heapMb, domNodes };
}

/** As a host hands it over: text, that the page has to read. */
async function firstPaint(page: Page, state: RunState): Promise<number> {
  const connection = { kind: 'attached', since: 0 } as const;
  const message: HostMessage = { type: 'state', state: stateForPage(state), connection, now: Date.now() };
  return page.evaluate(async (text) => {
    const startedAt = performance.now();
    window.fixture.send(JSON.parse(text) as HostMessage);
    const drawn = () => document.querySelector('belay-run')?.shadowRoot?.querySelector('belay-step .number') ?? null;
    do await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    while (drawn() === null);
    return performance.now() - startedAt;
  }, JSON.stringify(message));
}

/** Entries, fragments and pages, until it is told to stop. */
function stream(page: Page, run: MadeRun, rows: readonly StepSummary[]): () => Promise<void> {
  const tickMs = 50;
  let ended = false;
  const first = performance.now();
  let sent = 0;
  const turn = async (): Promise<void> => {
    for (; !ended; await new Promise((done) => setTimeout(done, tickMs))) {
      const due = Math.floor(((performance.now() - first) / 1_000) * entriesPerSecond);
      const messages: HostMessage[] = [];
      for (; sent < due; sent++) {
        messages.push({ type: 'entry', entry: run.next() });
        const { step } = run.state;
        if (step !== null && sent % (entriesPerSecond / deltasPerSecond) === 0)
          messages.push({ type: 'delta', delta: { kind: 'text', step: step.step, text: 'a few words ' } });
      }
      const asked = await page.evaluate((all) => {
        // One task each, as the host's messages come.
        for (const message of all)
          setTimeout(() => {
            window.fixture.send(message);
          });
        return window.fixture.posted.splice(0).flatMap((m) => (m.type === 'olderSteps' ? [m.before] : []));
      }, messages);
      for (const before of asked) {
        const end = rows.findLastIndex(({ step }) => step < before) + 1;
        const steps = rows.slice(Math.max(0, end - stepsInPage), end);
        await page.evaluate(
          (message) => {
            setTimeout(() => {
              window.fixture.send(message);
            });
          },
          { type: 'steps', before, steps } as const,
        );
      }
    }
  };
  const turning = turn();
  return async () => {
    ended = true;
    await turning;
    await page.evaluate(() => new Promise((done) => setTimeout(done, 200)));
  };
}

/** By the wheel, up through the newest steps; then to places all over the log, with the wheel from each. */
async function scroll(page: Page): Promise<void> {
  await page.locator('.log').hover();
  const until = performance.now() + scrollMs;
  for (let turn = 0; performance.now() < until; turn++) {
    if (turn % 60 === 59)
      await page.locator('.log').evaluate(
        (log, part) => {
          log.scrollTop = log.scrollHeight * part;
        },
        ((turn * 7) % 100) / 100,
      );
    await page.mouse.wheel(0, turn % 120 < 60 ? -120 : 120);
    await new Promise((done) => setTimeout(done, 16));
  }
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly tid: number;
  readonly pid: number;
  readonly args?: { readonly chrome_mojo_event_info?: { readonly mojo_interface_tag?: string } };
}

/** The main thread's work between two frames, ms, as the trace tells it: of the tasks of the page's main thread. */
async function scrolledFrames(session: CDPSession, work: () => Promise<void>): Promise<readonly number[]> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((done) =>
    session.once('Tracing.tracingComplete', () => {
      done();
    }),
  );
  const categories = 'devtools.timeline,disabled-by-default-devtools.timeline,toplevel';
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: categories.split(',') },
  });
  await work();
  await session.send('Tracing.end');
  await complete;
  return frameWork(events);
}

function frameWork(events: readonly TraceEvent[]): readonly number[] {
  const animated = events.filter(({ name }) => name === 'FireAnimationFrame' || name === 'UpdateLayoutTree');
  const threads = Map.groupBy(animated, ({ pid, tid }) => `${String(pid)}/${String(tid)}`);
  const [main] = [...threads].sort((a, b) => b[1].length - a[1].length).map(([thread]) => thread);
  const tasks = events.filter(
    ({ name, pid, tid, dur }) => name === 'RunTask' && dur !== undefined && `${String(pid)}/${String(tid)}` === main,
  );
  // The messages come in by the devtools protocol, whose work in the page is the bench's own.
  const ofDevtools = events.filter(
    ({ name, args, pid, tid }) =>
      name === 'Receive mojo message' &&
      args?.chrome_mojo_event_info?.mojo_interface_tag === 'blink.mojom.DevToolsSession' &&
      `${String(pid)}/${String(tid)}` === main,
  );
  // A frame is what was done within a 60th of a second.
  const frames = new Map<number, number>();
  for (const { ts, dur = 0 } of tasks) {
    const own = ofDevtools.filter((one) => one.ts >= ts && one.ts < ts + dur);
    const frame = Math.floor(ts / (1_000_000 / 60));
    const work = dur - own.reduce((sum, one) => sum + (one.dur ?? 0), 0);
    frames.set(frame, (frames.get(frame) ?? 0) + work / 1_000);
  }
  return [...frames.values()].filter((ms) => ms > 0.1);
}

/** Elements, texts and comments, those in shadow trees too. */
function nodesOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const count = (node: Node): number => {
      const inside = node instanceof Element && node.shadowRoot !== null ? count(node.shadowRoot) : 0;
      return 1 + inside + [...node.childNodes].reduce((sum, child) => sum + count(child), 0);
    };
    return count(document);
  });
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return Number((usedSize / 1e6).toFixed(1));
}
