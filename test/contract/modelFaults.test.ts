/** Contract of the real engine: an endpoint that fails, and a model that errs. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { usdWords } from '../../src/run/costs.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { Bench, isRetrying, modelKey, say, script, tinyTask, upper, writes } from './harness.ts';

const oneStep = script(say('Capitals.', writes('upper.sh', upper)));

/** Before the model's server: a call with a wrong key is refused only when the test says so, all others go through. */
async function slowToRefuse(target: string) {
  const refused = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<undefined>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers.authorization !== `Bearer ${modelKey}`) {
      asked.resolve(undefined);
      await refused.promise;
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"error":{"message":"Incorrect API key provided.","code":"invalid_api_key"}}');
      return;
    }
    const { pathname } = new URL(request.url ?? '/', 'http://front');
    const answered = await fetch(new URL(pathname, target), {
      method: request.method ?? 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${modelKey}` },
      body: await text(request),
    });
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    response.end(Buffer.from(await answered.arrayBuffer()));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`,
    asked: asked.promise,
    refuse: () => {
      refused.resolve(undefined);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a model that fails', () => {
  it('waits for a key, says when it is the wrong one, and goes on with the right one; none of them is kept', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const window = await bench.start({ key: null });
    const missing = await bench.until(window, 'the pause', (state) => state.paused !== null);
    expect(missing.paused).toMatchObject({ reason: 'key' });
    expect(missing.paused?.message).toMatch(/wants a key and none is set\. Enter the model's key to go on\.$/);
    await window.request('provideKey', { key: 'sk-not-this-one' });
    const wrong = await bench.until(
      window,
      'the second pause',
      (state) => state.paused !== null && state.seq > missing.seq + 1,
    );
    expect(wrong.paused?.message).toMatch(/does not accept the key \(401/);
    await expect(window.request('provideKey', { key: ' ' })).rejects.toThrow('The key is empty.');
    await window.request('provideKey', { key: modelKey });
    const state = await bench.gate(window);
    expect(state.budget.spentUsd).toBeCloseTo(
      bench.entries(window, 'model.answered').reduce((sum, entry) => sum + entry.costUsd, 0),
      10,
    );
    expect(bench.requests.length, 'refused requests are no requests of a model').toBe(2);
    expect(bench.textOfRun(window)).toContain('wants a key');
    for (const secret of ['sk-not-this-one', modelKey]) expect(bench.textOfRun(window)).not.toContain(secret);
  });

  it('waits for another key when the one that worked is refused in mid-run, and goes on with it', async () => {
    const answer = script(say('Capitals.', writes('upper.sh', upper)), say('Words.', writes('README', 'Capitals.\n')));
    const bench = await Bench.make({ answer, task: { gates: { everySteps: 1 } } });
    const window = await bench.start();
    await bench.gate(window, 1);
    bench.server.expectKey('sk-the-next-one');
    await bench.accept(window);
    const state = await bench.until(window, 'the pause', ({ paused }) => paused !== null);
    expect(state.paused).toMatchObject({ reason: 'key' });
    expect(state.budget.runningSince).toBeNull();
    await window.request('provideKey', { key: 'sk-the-next-one' });
    await bench.gate(window, 2);
    expect(bench.read('README')).toBe('Capitals.\n');
    expect(bench.entries(window, 'model.failed').map(({ kind, tokens }) => [kind, tokens])).toEqual([['key-wrong', 0]]);
    expect(bench.textOfRun(window)).not.toContain('sk-the-next-one');
  });

  it('tries a key that came while a call with the wrong one was on its way, without another Resume', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const front = await slowToRefuse(bench.server.url);
    bench.write('belay.json', JSON.stringify(tinyTask(front.url)));
    try {
      const window = await bench.start({ key: 'sk-not-this-one' });
      await front.asked;
      await window.request('provideKey', { key: modelKey });
      expect(window.state.paused, 'the call is still on its way').toBeNull();
      front.refuse();
      await bench.gate(window);
      expect(bench.entries(window, 'run.paused')).toEqual([]);
      expect(bench.entries(window, 'model.failed').map((entry) => [entry.kind, entry.retryable])).toEqual([
        ['key-wrong', true],
      ]);
    } finally {
      await front.close();
    }
  });

  it('B3: tries again after a rate limit, a cut answer and a server error, and counts the cut one as spent', async () => {
    const bench = await Bench.make({
      answer: oneStep,
      server: {
        faults: [
          { atRequest: 1, kind: 'rate-limit', retryAfterSeconds: 0 },
          { atRequest: 2, kind: 'cut' },
          { atRequest: 4, kind: 'rate-limit', retryAfterSeconds: 1 },
        ],
      },
    });
    const window = await bench.start();
    const state = await bench.gate(window);
    expect(bench.read('upper.sh')).toBe(upper);
    const failures = bench.entries(window, 'model.failed');
    expect(failures.map((entry) => [entry.step, entry.attempt, entry.kind, entry.retryable])).toEqual([
      [1, 1, 'rate-limited', true],
      [1, 2, 'cut', true],
      [2, 1, 'rate-limited', true],
    ]);
    const [, cutRequest] = bench.entries(window, 'model.requested');
    expect(failures.map((entry) => entry.costUsd)).toEqual([0, cutRequest?.reservedUsd, 0]);
    const answered = bench.entries(window, 'model.answered').reduce((sum, entry) => sum + entry.costUsd, 0);
    expect(state.budget.spentUsd).toBeCloseTo(answered + (cutRequest?.reservedUsd ?? 0), 10);
    const later = bench.entries(window, 'model.requested').at(-1);
    expect((later?.at ?? 0) - (failures[2]?.at ?? 0), 'retry-after is kept to').toBeGreaterThanOrEqual(990);
  });

  it('B3: a usage limit whose reset is hours away parks the run, over a crash too, until then or until it is resumed', async () => {
    const hours = 5;
    const bench = await Bench.make({
      answer: oneStep,
      server: { faults: [{ atRequest: 1, kind: 'rate-limit', retryAfterSeconds: hours * 3_600 }] },
    });
    const first = await bench.start();
    const parked = await bench.until(first, 'the parking', (s) => s.paused !== null);
    const left = (parked.paused?.until ?? 0) - Date.now();
    expect(left).toBeGreaterThan((hours - 0.1) * 3_600_000);
    expect(left).toBeLessThanOrEqual(hours * 3_600_000);
    expect(parked.budget.runningSince, 'parked time is not running time').toBeNull();
    await bench.crash(first);
    const window = await bench.resume(first);
    expect(window.state.paused).toMatchObject({ reason: 'model', until: parked.paused?.until });
    expect(bench.requests.length, 'nothing was asked meanwhile').toBe(1);
    await window.request('resume', {});
    await bench.gate(window);
    expect(bench.read('upper.sh')).toBe(upper);
    expect(bench.entries(window, 'model.failed').map(({ kind, costUsd }) => [kind, costUsd])).toEqual([
      ['rate-limited', 0],
    ]);
  });

  it('tells a model its malformed arguments and its unknown tool, and goes on', async () => {
    const bench = await Bench.make({
      answer: script(
        say('Broken.', writes('upper.sh', 'cat\n')),
        say('Unknown.', writes('upper.sh', 'rev\n')),
        say('Right.', writes('upper.sh', upper)),
      ),
      server: {
        faults: [
          { atRequest: 1, kind: 'malformed-arguments' },
          { atRequest: 2, kind: 'unknown-tool' },
        ],
      },
    });
    const window = await bench.start();
    await bench.gate(window);
    const [broken, unknown, right] = bench.entries(window, 'tool.finished');
    expect(broken).toMatchObject({
      status: 'error',
      output: expect.stringMatching(/^error: the arguments of write_file are not JSON/) as string,
    });
    expect(unknown).toMatchObject({
      status: 'error',
      output: expect.stringMatching(/^error: there is no tool "frobnicate"/) as string,
    });
    expect(right).toMatchObject({ status: 'ok' });
    expect(bench.requests[2]?.text).toContain('are not JSON');
    expect(bench.read('upper.sh')).toBe(upper);
    expect(bench.entries(window, 'run.paused')).toEqual([]);
  });

  it('refuses what leaves the workspace, and the run goes on', async () => {
    const bench = await Bench.make({
      answer: script(
        say('Out.', writes('../outside/x', 'x'), writes('.git/config', 'x'), writes('belay.json', '{}')),
        say('Right.', writes('upper.sh', upper)),
      ),
    });
    const window = await bench.start();
    const config = bench.read('.git/config');
    await bench.gate(window);
    expect(window.state.steps[0]?.calls.map((call) => call.head)).toEqual([
      'error: ../outside/x is outside the workspace; paths are relative to it',
      "error: .git/config is the repository's own folder; it is closed to you",
      'error: belay.json is the task; only the supervisor changes it',
    ]);
    expect(bench.read('.git/config')).toBe(config);
  });

  it('says where an endpoint is down, keeps to its times, and stops at once', async () => {
    const bench = await Bench.make({ answer: oneStep });
    const gone = await ModelServer.start();
    const url = gone.url;
    await gone.stop();
    const task = JSON.parse(bench.read('belay.json') ?? '') as { model: object };
    bench.write('belay.json', JSON.stringify({ ...task, model: { ...task.model, baseUrl: url } }));
    const window = await bench.start();
    const waiting = await bench.until(window, 'a retry', (state) => isRetrying(state));
    expect(waiting.step?.retry).toMatchObject({ kind: 'unreachable' });
    expect(waiting.step?.retry?.message).toContain(`${new URL(url).host} can't be reached`);
    expect(waiting.step?.retry?.at).toBeGreaterThan(Date.now());
    expect(waiting.budget.spentUsd).toBe(0);
    await window.request('stop', {});
    const ended = await bench.until(window, 'the end', (state) => state.ended !== null);
    expect(ended.ended?.outcome).toBe('stopped');
    expect(bench.entries(window, 'model.requested').length).toBe(1);
  });

  it.each([false, true])('B1: a cost is called an estimate unless usage is reported: %s', async (reportsUsage) => {
    const bench = await Bench.make({ answer: oneStep, server: { reportsUsage } });
    const window = await bench.start();
    const state = await bench.gate(window);
    const answered = bench.entries(window, 'model.answered');
    expect(answered.map(({ usageEstimated }) => usageEstimated)).toEqual([!reportsUsage, !reportsUsage]);
    for (const { usage } of answered) expect(usage.input).toBeGreaterThan(100);
    const { estimatedTokens, tokens, spentUsd } = state.budget;
    expect(spentUsd).toBeGreaterThan(0);
    expect(estimatedTokens).toBe(reportsUsage ? 0 : tokens);
    expect(usdWords(state, spentUsd)).toMatch(reportsUsage ? /^\$\d/ : /^about \$\d/);
  });

  it('says what answers where no model does, and is not put off by it', async () => {
    const page = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>The router of the house</html>');
    }).listen(0, '127.0.0.1');
    await once(page, 'listening');
    const bench = await Bench.make({ answer: oneStep });
    const good = bench.read('belay.json') ?? '';
    const host = `127.0.0.1:${String((page.address() as AddressInfo).port)}`;
    bench.write('belay.json', good.replace(bench.server.url, `http://${host}/v1`));
    const window = await bench.start();
    const { paused, budget } = await bench.until(window, 'the pause', (state) => state.paused !== null);
    page.close();
    expect(paused).toMatchObject({ reason: 'model' });
    expect(paused?.message).toContain(host);
    expect(paused?.message).toContain('Check model.baseUrl');
    expect(budget.spentUsd).toBe(0);
    expect(bench.entries(window, 'model.requested').length, 'not asked again').toBe(1);
  });

  it('names a model that the endpoint does not know, and pauses', async () => {
    const bench = await Bench.make({ answer: oneStep, server: { models: ['another-model'] } });
    const window = await bench.start();
    const state = await bench.until(window, 'the pause', (s) => s.paused !== null);
    expect(state.paused).toMatchObject({ reason: 'model' });
    expect(state.paused?.message).toContain('does not know the model "loopback-rebuilder" (404)');
  });
});
