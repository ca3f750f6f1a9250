/** Contract of the real engine: how it starts, who may attach, and how it ends. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { verifyAudit } from '../../src/engine/journal/verifyAudit.ts';
import { Link } from '../../src/client/link.ts';
import { findRun, readEngineRecord } from '../../src/client/runs.ts';
import { protocolVersion, type AttachResult } from '../../src/protocol/messages.ts';
import { engineFile } from '../../src/protocol/places.ts';
import { Bench, isAnswered, isAsking, runIdOf, runs, runsIn, say, script, upper, writes } from './harness.ts';
import { outliving } from './processes.ts';

const none = () => undefined;
const oneStep = script(say('Capitals.', writes('upper.sh', upper)));

describe('the workspace', () => {
  it('W1: a second run in it, around it or within it is refused until the first one is over', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const window = await bench.start();
    await bench.gate(window);
    const text = bench.read('belay.json') ?? '';
    bench.write(
      'inner/belay.json',
      text.replace('tests/visible', '../tests/visible').replace('../outside', '../../outside'),
    );
    writeFileSync(
      join(bench.folder, 'belay.json'),
      text.replace('tests/visible', 'work/tests/visible').replace('../outside', '../elsewhere'),
    );
    const refused = {
      code: 'workspace-busy',
      message: `A run is active in ${bench.workspace} (run ${runIdOf(window)}): open it or stop it first.`,
    };
    await expect(bench.start()).rejects.toMatchObject(refused);
    await expect(bench.start({ workspace: join(bench.workspace, 'inner') })).rejects.toMatchObject(refused);
    await expect(bench.start({ workspace: bench.folder })).rejects.toMatchObject(refused);
    expect(runsIn(bench.state)).toEqual([runIdOf(window)]);
    await bench.crash(window);
    const inner = await bench.start({ workspace: join(bench.workspace, 'inner') });
    await expect(bench.resume(window)).rejects.toMatchObject({ code: 'workspace-busy' });
    await inner.request('stop', {});
    await bench.until(inner, 'the end', (state) => state.ended !== null);
    const again = await bench.resume(window);
    await bench.accept(again);
    await bench.until(again, 'the end', (state) => state.ended !== null);
    const next = await bench.start();
    expect(next.state.run?.runId).not.toBe(runIdOf(window));
  });
});

describe('what a run needs', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('says which program is missing where there is no git, and leaves no run', async () => {
    const bench = await Bench.make({ answer: oneStep });
    vi.stubEnv('PATH', join(bench.folder, 'nothing'));
    await expect(bench.start()).rejects.toMatchObject({
      code: 'version',
      message: expect.stringMatching(/^git was not found on the PATH.*Install it.*then start again\.$/) as string,
    });
    expect(runsIn(bench.state)).toEqual([]);
  });
});

describe('the end of a run', () => {
  it('stops in the midst of a command: nothing of it lives on, the finished run can be read, and that engine leaves too', async () => {
    const bench = await Bench.make({
      answer: script(say('Slow.', writes('upper.sh', upper), runs('echo began; (setsid sleep 600 &) ; sleep 600'))),
    });
    const window = await bench.start();
    const heard = new Promise<string>((resolve) => {
      window.onDelta((delta) => {
        if (delta.kind === 'output') resolve(delta.text);
      });
    });
    expect(await heard).toBe('began\n');
    const family = await bench.family(window);
    await window.request('stop', {});
    const state = await bench.until(window, 'the end', (s) => s.ended !== null);
    expect(state.ended).toMatchObject({ outcome: 'stopped', message: 'stopped by the supervisor' });
    expect(bench.entries(window, 'tool.finished').map((entry) => entry.status)).toEqual(['ok', 'interrupted']);
    expect(state.checkpoints.at(-1)).toMatchObject({ kind: 'safety', title: 'Where the run was stopped' });
    const [engine] = family;
    expect(
      await outliving(family.filter((one) => one !== engine)),
      'all but the engine, which serves the window',
    ).toEqual([]);
    for (const name of ['pause', 'resume'] as const)
      await expect(window.request(name, {})).rejects.toThrow('The run has ended; nothing of it can be changed.');
    window.dispose();
    expect(await outliving(family)).toEqual([]);
    expect(existsSync(engineFile(window.run))).toBe(false);

    const again = await bench.resume(window, 'ben@laptop (window)');
    expect(again.readOnly).toBe(true);
    expect(again.state).toEqual(state);
    expect((await again.request('compare', { from: 0, to: state.head ?? 0 })).files.map((file) => file.path)).toEqual([
      'upper.sh',
    ]);
    expect((await again.request('readOutput', { step: 1, callId: '1.2' })).text).toContain('began');
    await expect(again.request('rollBack', { to: 0, planDigest: 'x' })).rejects.toThrow(
      'The run has ended; nothing of it can be changed.',
    );
    const shown = { checkpoint: 0, visibleRate: null, heldOutRate: null, filesChanged: 0, spentUsd: 0 };
    await expect(
      again.request('decide', { gate: 1, decision: 'rollback', to: 0, planDigest: 'x', shown }),
    ).rejects.toThrow('The run has ended; nothing of it can be changed.');
    const reader = await bench.family(again);
    again.dispose();
    expect(await outliving(reader)).toEqual([]);
    expect(existsSync(engineFile(window.run))).toBe(false);
    expect(await verifyAudit(window.run)).toMatchObject({ ok: true, problems: [], unfinishedBytes: 0 });
  });

  it('J6: the audit of a finished run is clean, and finds one changed byte', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const window = await bench.start();
    const state = await bench.acceptToEnd(window);
    expect(state.ended?.outcome).toBe('finished');
    const audit = await verifyAudit(window.run);
    expect(audit).toMatchObject({ ok: true, problems: [], entries: state.seq });
    expect(audit.blobs).toBeGreaterThan(2);
    const family = await bench.family(window);
    window.dispose();
    expect(await outliving(family)).toEqual([]);
    const [segment = ''] = readdirSync(join(window.run, 'journal'));
    const file = join(window.run, 'journal', segment);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"costUsd":0.', '"costUsd":9.'));
    expect((await verifyAudit(window.run)).ok).toBe(false);
    await expect(bench.resume(window)).rejects.toMatchObject({ code: 'journal-damaged' });
  });
});

describe('windows', () => {
  it('J2: the run goes on while no window is attached, and one that comes back holds the same state', async () => {
    const released = Promise.withResolvers<undefined>();
    const bench = await Bench.make({
      answer: oneStep,
      server: {
        beforeChunk: async ({ number }, index) => {
          if (number === 1 && index === 1) await released.promise;
        },
      },
    });
    const window = await bench.start();
    await bench.until(window, 'a request', (state) => isAsking(state));
    await window.request('pause', {});
    window.dispose();
    released.resolve(undefined);
    const other = await bench.resume(window, 'ben@laptop (window)');
    await bench.until(other, 'the answer', (state) => isAnswered(state));
    expect(other.state).toMatchObject({
      paused: { reason: 'supervisor' },
      generation: 1,
      step: { step: 1, calls: [{ startedAt: null, result: null }] },
    });
    const third = await bench.resume(window, 'carl@phone (window)');
    expect(third.state).toEqual(other.state);
    await other.request('resume', {});
    await Promise.all([bench.gate(other), bench.gate(third)]);
    expect(third.state).toEqual(other.state);
    expect(bench.read('upper.sh')).toBe(upper);
  });

  it('gets the entries that it missed where they are few, and the whole state where it holds nothing', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const window = await bench.start();
    await bench.gate(window);
    const record = await readEngineRecord(window.run);
    const journal = bench.journal(window);
    const attached = async (lastSeq: number) => {
      const answers: AttachResult[] = [];
      const params = { token: record?.token ?? '', protocol: protocolVersion, client: 'anna@desk (window)', lastSeq };
      const listener = { attached: (answer: AttachResult) => answers.push(answer), notified: none, closed: none };
      (await Link.open(record?.socket ?? '', params, listener)).close();
      return answers[0];
    };
    expect(await attached(journal.length - 3)).toMatchObject({
      kind: 'tail',
      entries: journal.slice(-3),
      readOnly: false,
    });
    expect(await attached(journal.length)).toMatchObject({ kind: 'tail', entries: [] });
    expect(await attached(0)).toMatchObject({ kind: 'snapshot', state: { seq: journal.length } });
    expect(await attached(1), 'what this engine found is not at hand').toMatchObject({ kind: 'snapshot' });
  });

  it('a window that lost its engine takes the run up where it stood', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const window = await bench.start();
    await bench.gate(window);
    const lost = new Promise<void>((resolve) => {
      window.onClosed(() => {
        resolve();
      });
    });
    await bench.crash(window);
    await lost;
    const other = await bench.resume(window, 'ben@laptop (window)');
    await window.reopen();
    expect(window.state).toEqual(other.state);
    expect(window.state.generation).toBe(2);
    await bench.accept(window);
    await Promise.all([window, other].map((one) => bench.until(one, 'the end', (state) => state.ended !== null)));
  });
});

describe('a start that cannot be', () => {
  it('names what is wrong in belay.json at its line and column, and leaves nothing behind', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const good = bench.read('belay.json') ?? '';
    const broken: readonly (readonly [text: string, told: RegExp])[] = [
      [good.replace('"language": "sh",', '"language": "sh"'), /^belay\.json:\d+:\d+ not JSON: comma expected/],
      [
        good.replace('tests/visible.jsonl', 'tests/none.jsonl'),
        /^belay\.json:\d+:\d+ "tests\/none\.jsonl" does not exist/,
      ],
      [
        good.replace('../outside/heldout.jsonl', 'tests/visible.jsonl'),
        /^belay\.json:\d+:\d+ "tests\/visible\.jsonl" lies inside the workspace/,
      ],
      [good.replace('"hard": 50', '"hard": -1'), /^belay\.json:\d+:\d+ must be more than 0/],
      [
        good.replace('"sh",\n      "upper.sh"', '"no-such-program"'),
        /^belay\.json:\d+:\d+ the program "no-such-program" was not found on PATH/,
      ],
    ];
    for (const [text, told] of broken) {
      expect(text).not.toBe(good);
      bench.write('belay.json', text);
      await expect(bench.start()).rejects.toMatchObject({
        code: 'task',
        message: expect.stringMatching(told) as string,
      });
    }
    expect(runsIn(bench.state)).toEqual([]);
    expect(readdirSync(join(bench.state, 'workspaces')).filter((name) => name.endsWith('.json'))).toEqual([]);
    expect(bench.requests).toEqual([]);
    bench.write('belay.json', good);
    await bench.gate(await bench.start());
  });

  it('H2: without a sandbox it is refused, unless the supervisor allowed it; then the run says so', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const programs = join(bench.folder, 'bin');
    mkdirSync(programs);
    for (const name of ['sh', 'git', 'tr', 'bash', 'cat']) symlinkSync(join('/usr/bin', name), join(programs, name));
    const path = process.env['PATH'];
    process.env['PATH'] = programs;
    try {
      await expect(bench.start()).rejects.toMatchObject({
        code: 'no-sandbox',
        message: expect.stringContaining('bubblewrap is not installed') as string,
      });
      expect(runsIn(bench.state)).toEqual([]);
      const window = await bench.start({ unsealed: true });
      const state = await bench.gate(window);
      expect(state.run?.seal).toMatchObject({ sealed: false, unsealedBy: 'anna' });
      expect(state.run?.seal.reasons[0]).toContain('commands run without a sandbox: bubblewrap is not installed');
      expect(state.run?.provenance.sandbox).toBeNull();
      expect(state.figures.visible.last).toMatchObject({ pass: 4, total: 4 });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('works in a folder without a repository, and says what the run depends on', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const plain = join(bench.folder, 'plain');
    mkdirSync(join(plain, 'tests'), { recursive: true });
    writeFileSync(join(plain, 'belay.json'), bench.read('belay.json') ?? '');
    writeFileSync(join(plain, 'tests', 'visible.jsonl'), bench.read('tests/visible.jsonl') ?? '');
    const window = await bench.start({ workspace: plain });
    const state = await bench.gate(window);
    expect(state.run).toMatchObject({ baseline: { git: null }, supervisor: 'anna', workspace: plain });
    expect(Object.keys(state.run?.provenance.digests ?? {}).sort()).toEqual([
      'belay.json',
      'suite:heldOut',
      'suite:visible',
    ]);
    expect(readFileSync(join(plain, 'upper.sh'), 'utf8')).toBe(upper);
    expect(readdirSync(plain).sort()).toEqual(['belay.json', 'tests', 'upper.sh']);
    expect((await findRun(bench.state, runIdOf(window)))?.alive).toBe(true);
  });
});
