/** Contract of the real engine: what the agent can learn of held-out cases (nothing), and when they are run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/engine/prompt/compose.ts';
import type { Entry } from '../../src/run/entry.ts';
import { shownOf } from '../../src/run/shown.ts';
import { canaryTokens } from '../cmark/cases.ts';
import { answer as policy } from '../cmark/policy.ts';
import { createCmarkWorkspace } from '../cmark/workspace.ts';
import { Bench, killEngine, reads, runs, say, script, upper, writes } from './harness.ts';

/** H1: which of the words occur in which of the texts. */
function leaks(texts: readonly string[], words: readonly string[]): readonly string[] {
  return texts.flatMap((text, index) =>
    words.filter((word) => text.includes(word)).map((word) => `${word} in text ${String(index + 1)}`),
  );
}

/** H4: held-out verifications that neither a gate nor a look asked for: they end up in a step. */
function unasked(journal: readonly Entry[]): readonly number[] {
  let running: number | null = null;
  const seqs: number[] = [];
  for (const entry of journal) {
    if (entry.type === 'verification.started' && entry.suite === 'heldOut') running = entry.seq;
    if (entry.type === 'gate.opened' || entry.type === 'heldOut.viewed') running = null;
    if (entry.type === 'step.started' && running !== null) seqs.push(running);
  }
  return seqs;
}

/** Only some of the cases, so that a test takes seconds; the canaries stand at the end. */
function shorten(file: string, first: number, last: number): void {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  writeFileSync(file, `${[...lines.slice(0, first), ...lines.slice(lines.length - last)].join('\n')}\n`);
}

const curious = [
  reads('belay.json'),
  runs(
    'cat belay.json; env; mount; ls -la / /tmp ~ ..; find / -maxdepth 3 -name "*eld*ut*" -not -path "/proc/*" 2>/dev/null',
  ),
  { name: 'search', args: { pattern: 'zq[x]' } },
];

describe('held-out cases', () => {
  it('H1, H2: no request of a run to its second gate holds a canary, a held-out id, or a path that leads to one', async () => {
    const bench = await Bench.make({
      answer: (messages, tools) => {
        const said = policy(messages, tools);
        return messages.some((message) => message.role === 'assistant')
          ? said
          : { ...said, toolCalls: [...said.toolCalls, ...curious] };
      },
    });
    const folder = join(bench.folder, 'cmark');
    const task = await createCmarkWorkspace(folder, {
      heldOutDir: join(bench.folder, 'kept'),
      modelUrl: bench.server.url,
      gates: { everySteps: 3 },
    });
    shorten(task.heldOutFile, 4, 8);
    shorten(task.visibleFile, 12, 0);
    const heldOutIds = readFileSync(task.heldOutFile, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    const window = await bench.start({ workspace: folder });
    await bench.gate(window);
    await window.request('showHeldOut', {});
    await bench.accept(window);
    const state = await bench.gate(window, 2);
    expect(state.run?.seal).toMatchObject({ sealed: true, reasons: [] });
    expect(state.figures.heldOut.last).toMatchObject({ total: 12 });
    expect(state.figures.heldOut.last?.pass).toBeGreaterThan(0);
    expect(state.stepsFinished).toBe(6);

    const words = [
      ...canaryTokens,
      ...heldOutIds,
      task.heldOutFile,
      join(bench.folder, 'kept'),
      bench.state,
      window.run,
      'heldOut',
    ];
    const requests = bench.requests.map((request) => request.text);
    expect(requests.length).toBe(6);
    expect(requests[1], 'what the agent looked at is in the requests').toContain('as far as it concerns you');
    expect(leaks(requests, words)).toEqual([]);
    const prompts = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (step) => (await window.request('readPrompt', { step })).text),
    );
    expect(leaks(prompts, words)).toEqual([]);
    const outputs = bench.entries(window, 'tool.finished').map((entry) => entry.output);
    expect(leaks(outputs, words)).toEqual([]);
    expect(leaks([readFileSync(task.specFile, 'utf8')], words)).toEqual([]);

    // The same check must catch a prompt that was composed with a held-out id.
    const view = {
      taskName: 'x',
      language: 'perl',
      hasReference: true,
      directives: [],
      plan: [],
      notes: [`look at ${heldOutIds[0] ?? ''}`],
      story: [],
      leftOut: 0,
      stalled: null,
      failing: [],
      summary: null,
      fresh: false,
    };
    const sabotaged = JSON.stringify(compose(view, '{}'));
    expect(leaks([sabotaged], words)).not.toEqual([]);
  });

  it('H4, H3: they are run at gates and when the supervisor looks, each look counts, and only those', async () => {
    const bench = await Bench.make({
      answer: script(
        say('One.', writes('upper.sh', 'cat\n')),
        say('Two.', writes('upper.sh', 'rev\n')),
        say('Three.', writes('upper.sh', upper)),
      ),
      task: { gates: { everySteps: 2 } },
    });
    const window = await bench.start();
    await bench.gate(window);
    expect(window.state.heldOutLooks).toBe(1);
    expect(await window.request('showHeldOut', {})).toEqual({ rate: 0, checkpoint: 2 });
    expect(window.state.heldOutLooks).toBe(2);
    const told = bench.journal(window).map((entry) => entry.type);
    expect(told.slice(-2), 'the look is durable before its figure').toEqual([
      'heldOut.viewed',
      'verification.finished',
    ]);
    await bench.accept(window);
    await bench.gate(window, 2);
    const heldOut = bench.entries(window, 'verification.finished').filter((entry) => entry.suite === 'heldOut');
    expect(heldOut.map((entry) => entry.checkpoint)).toEqual([2, 2, 4]);
    expect(bench.entries(window, 'heldOut.viewed')).toMatchObject([
      { checkpoint: 2, by: 'anna@desk (window)', rate: 0 },
    ]);
    expect(window.state.heldOutLooks).toBe(3);
    expect(window.state.figures.heldOut.last).toMatchObject({ pass: 3, total: 3 });
    const journal = bench.journal(window);
    expect(unasked(journal)).toEqual([]);
    const sabotaged = journal.filter((entry) => entry.type !== 'gate.opened' && entry.type !== 'heldOut.viewed');
    expect(unasked(sabotaged), 'the check sees a figure that nobody asked for').not.toEqual([]);
    expect(bench.requests.some((request) => request.text.includes('zqxhidden'))).toBe(false);
  });

  it('H1: no held-out case runs beside a command of the agent: a look waits for its end, says so, and can be taken back', async () => {
    const longCommand = 'for i in $(seq 400); do [ -e end ] && exit; sleep 0.05; done; exit 1';
    const bench = await Bench.make({
      answer: script(say('One.', runs(longCommand), runs('true'))),
      task: { gates: { everySteps: 1 } },
    });
    const window = await bench.start();
    const waits: (boolean | undefined)[] = [];
    window.onDelta((delta) => {
      if (delta.kind === 'verification' && delta.suite === 'heldOut' && delta.total === 0) waits.push(delta.waits);
    });
    const running = (calls: number) => bench.until(window, 'a command', ({ step }) =>
      step?.calls?.filter(({ startedAt }) => startedAt !== null).length === calls); // prettier-ignore

    await running(1);
    await expect.poll(() => window.state.figures.visible.last, { timeout: 20_000 }).not.toBeNull();
    const takenBack = window.request('showHeldOut', {}).catch((error: unknown) => error);
    await expect.poll(() => waits).toEqual([true]);
    expect(await window.request('cancelHeldOut', {})).toEqual({ cancelled: true });
    expect(await takenBack).toMatchObject({ name: 'RequestRefused', code: 'cancelled' });
    expect(await window.request('cancelHeldOut', {})).toEqual({ cancelled: false });

    const looked = window.request('showHeldOut', {});
    await expect.poll(() => waits).toEqual([true, false, true]);
    const heldOut = () => bench.entries(window, 'verification.started').filter(({ suite }) => suite === 'heldOut');
    expect(heldOut()).toEqual([]);
    bench.write('end', '');
    await looked;
    await bench.gate(window);
    const told = bench.journal(window).flatMap((entry) => {
      if (entry.type === 'tool.finished') return [`tool ${String(entry.exitCode)}`];
      return entry.type === 'verification.finished' && entry.suite === 'heldOut' ? ['held-out'] : [];
    });
    expect(told, 'the next command waits').toEqual(['tool 0', 'held-out', 'tool 0', 'held-out']);
    expect(window.state.heldOutLooks).toBe(2); // this one, and the gate's
  });

  it('H4: an engine that dies as soon as a window has the figure has the look in its journal', async () => {
    const bench = await Bench.make({
      answer: script(say('One.', writes('upper.sh', upper))),
      task: { gates: { everySteps: 1 } },
    });
    const window = await bench.start();
    await bench.gate(window);
    const looks = window.state.heldOutLooks;
    const shown = new Promise<void>((resolve) => {
      window.onState(({ figures }) => {
        // the figure of the gate is another object
        if (figures.heldOut.last === known) return;
        killEngine(window.run);
        resolve();
      });
    });
    const known = window.state.figures.heldOut.last;
    window.request('showHeldOut', {}).catch(() => undefined); // the engine dies before it answers
    await shown;
    await bench.left();
    const again = await bench.resume(window);
    expect(again.state.heldOutLooks).toBe(looks + 1);
  });

  it('H2: with the cases in the history of the workspace the run says that it is not sealed, and why', async () => {
    const bench = await Bench.make({
      answer: script(say('Capitals.', writes('upper.sh', upper))),
      files: { 'old.jsonl': '' },
    });
    bench.write('old.jsonl', readFileSync(bench.heldOutFile, 'utf8'));
    bench.commitAll();
    bench.write('old.jsonl', '');
    const window = await bench.start();
    expect(window.state.run?.seal).toMatchObject({
      sealed: false,
      reasons: ["the held-out cases are in the history of the workspace's git repository"],
    });
    await bench.gate(window);
    await window.request('decide', { gate: 1, decision: 'accept', shown: shownOf(window.state, null) });
    await bench.until(window, 'the end', (state) => state.ended !== null);
  });

  it('H1: a window is told of visible cases one by one, and of no held-out one, even by its id', async () => {
    const bench = await Bench.make({ answer: script(say('One.', writes('upper.sh', 'tr a-n A-N\n'))) });
    const window = await bench.start();
    await bench.gate(window);
    const listed = await window.request('visibleCases', {});
    expect(listed).toMatchObject({ checkpoint: window.state.head, file: join(bench.workspace, 'tests/visible.jsonl') });
    expect(listed.cases.map(({ id, tags, verdict }) => [id, tags, verdict])).toEqual(
      [1, 2, 3, 4].map((number) => [`seen-${String(number)}`, ['letters'], 'fail']),
    );
    const before = bench.journal(window).length;
    const tried = await window.request('tryCases', { ids: ['seen-2', 'zqxhidden-1'] });
    expect(tried).toEqual({
      checkpoint: window.state.head,
      cases: [
        {
          id: 'seen-2',
          verdict: 'fail',
          wallMs: expect.any(Number) as number,
          detail: 'standard output differs',
          args: [],
          stdin: 'seen two',
          expected: 'SEEN TWO',
          actual: 'sEEN two',
        },
      ],
    });
    expect(bench.journal(window).length).toBe(before);
    await expect(window.request('tryCases', { ids: [] })).rejects.toThrow('wrong ids');
  });

  it('has nothing to show where a task has none', async () => {
    const bench = await Bench.make({
      answer: script(say('Capitals.', writes('upper.sh', upper))),
      task: { suites: { visible: 'tests/visible.jsonl' } },
    });
    const window = await bench.start();
    const state = await bench.gate(window);
    await expect(window.request('showHeldOut', {})).rejects.toThrow('This task has no held-out suite.');
    expect([state.heldOutLooks, state.figures.heldOut.last]).toEqual([0, null]);
    expect(bench.entries(window, 'verification.started').every((entry) => entry.suite === 'visible')).toBe(true);
  });
});
