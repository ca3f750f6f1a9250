/**
 * Job: what every provider has to show: the scenarios, each judged by assertions on the result of a model call and on what
 * the server saw.
 * Boundary: knows the providers only as dialects. Run by `main.ts` as the matrix and by test/unit/model/providers.test.ts as
 * tests.
 * Rules: B1 what may have been billed says so.
 */
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type {
  CallModel,
  ModelAnswer,
  ModelCallOptions,
  ModelFailure,
  ModelMessage,
  ModelRequest,
  ModelResult,
} from '../../src/engine/model/request.ts';
import { requestModel } from '../../src/engine/model/requestModel.ts';
import { anthropic } from './anthropic.ts';
import { chat } from './chat.ts';
import { google, limitedFor } from './google.ts';
import { openai } from './openai.ts';
import {
  served,
  startWire,
  usageOf,
  type Dialect,
  type Scripted,
  type ScriptedCall,
  type Turn,
  type Wire,
} from './wire.ts';

export const dialects: readonly Dialect[] = [anthropic, openai, google, chat];

export interface Scenario {
  /** The rule that it judges stands in front. */
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** Longer than any scenario takes, so that one that hangs fails. */
const scenarioMs = 10_000;
const now = 1_000_000;

/** Servers and calls of one scenario; in the end everything that was seen is searched for the key. */
class Stage {
  readonly dialect: Dialect;
  readonly #call: CallModel;
  readonly #wires: Wire[] = [];
  readonly #results: ModelResult[] = [];

  constructor(dialect: Dialect, call: CallModel) {
    this.dialect = dialect;
    this.#call = call;
  }

  async open(...turns: readonly Turn[]): Promise<Wire> {
    const wire = await startWire(this.dialect, turns);
    this.#wires.push(wire);
    return wire;
  }

  async ask(
    wire: Wire,
    more: Partial<ModelCallOptions> = {},
    request: Partial<ModelRequest> = {},
  ): Promise<ModelResult> {
    const result = await this.#call(
      { ...question, provider: this.dialect.provider, baseUrl: wire.baseUrl, ...request },
      { step: 1, key: served.key, signal: new AbortController().signal, now: () => now, ...more },
    );
    this.#results.push(result);
    return result;
  }

  async answered(wire: Wire, more?: Partial<ModelCallOptions>, request?: Partial<ModelRequest>): Promise<ModelAnswer> {
    const result = await this.ask(wire, more, request);
    assert.ok(result.ok, `failed: ${result.ok ? '' : result.failure.message}`);
    return result.answer;
  }

  /** The failure of a call that the server answers so. */
  async failed(turn: Turn, more?: Partial<ModelCallOptions>, request?: Partial<ModelRequest>): Promise<ModelFailure> {
    const wire = await this.open(turn);
    const result = await this.ask(wire, more, request);
    assert.ok(!result.ok, `answered: ${JSON.stringify(result)}`);
    assert.ok(result.failure.message.includes(wire.host), `no host in: ${result.failure.message}`);
    return result.failure;
  }

  async close(): Promise<void> {
    await Promise.all(this.#wires.map((wire) => wire.close()));
  }

  /** 15: the key stands in its header and nowhere else. */
  keepsKey(): void {
    assert.ok(!JSON.stringify(this.#results).includes(served.key), 'the key stands in a result');
    const { name } = this.dialect.keyHeader;
    for (const seen of this.#wires.flatMap((wire) => wire.seen)) {
      const others = Object.entries(seen.headers).filter(([header]) => header !== name);
      const elsewhere = seen.url.href + seen.text + JSON.stringify(others);
      assert.ok(!elsewhere.includes(served.key), `the key is on the wire outside of ${name}`);
    }
  }
}

/** Runs one scenario. @returns what was wrong; null: nothing */
export async function exercise(
  dialect: Dialect,
  scenario: Scenario,
  call: CallModel = requestModel,
): Promise<string | null> {
  const stage = new Stage(dialect, call);
  const deadline = new AbortController();
  try {
    const late = wait(scenarioMs, undefined, { signal: deadline.signal }).then(
      () => assert.fail(`no end within ${String(scenarioMs / 1000)} s`),
      () => undefined, // the deadline was called off
    );
    await Promise.race([scenario.run(stage), late]);
    stage.keepsKey();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    deadline.abort();
    await stage.close();
  }
}

const question = {
  name: served.model,
  system: 'You rebuild.',
  messages: [{ role: 'user', text: 'go' }],
  tools: [
    {
      name: 'read_file',
      description: 'Reads.',
      schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
    },
  ],
  maxOutputTokens: 500,
} as const;

const usage = { fresh: 100, read: 0, written: 0, output: 30 };
const said = ['Block ', 'quotes ', 'first.'];

function readCall(id: string, pieces: readonly string[], signature?: string): ScriptedCall {
  return { id, name: 'read_file', pieces, ...(signature !== undefined && { signature }) };
}

function whole({ dialect }: Stage, scripted: Partial<Scripted>): Turn {
  return { kind: 'stream', frames: dialect.answer({ text: [], calls: [], usage, ...scripted }), end: 'whole' };
}

/** The first half of an answer's events. */
function half({ dialect }: Stage, scripted: Partial<Scripted>, end: 'early' | 'broken' | 'held'): Turn {
  const frames = dialect.answer({ text: [], calls: [], usage, ...scripted });
  const firstDelta = frames.findIndex(({ data }) => JSON.stringify(data).includes(said[0] ?? ''));
  return { kind: 'stream', frames: frames.slice(0, Math.max(firstDelta + 1, Math.ceil(frames.length / 2))), end };
}

function told(answer: ModelAnswer): readonly unknown[] {
  return answer.calls.map(({ callId, name, argumentsJson }) => [callId, name, JSON.parse(argumentsJson) as unknown]);
}

function likeness(failure: ModelFailure, expected: Partial<ModelFailure>): void {
  assert.partialDeepStrictEqual(failure, expected, `${JSON.stringify(failure)} is not ${JSON.stringify(expected)}`);
}

/** Retryable, not before the time that the server named, and not billed. */
async function refusedForNow(stage: Stage, kind: ModelFailure['kind'], reply: Dialect['rateLimited']): Promise<void> {
  const without = await stage.failed({ kind: 'reply', reply: reply() });
  likeness(without, { kind, retryable: true, billed: false });
  assert.equal(without.retryAt, undefined);
  for (const [header, retryAt] of [
    ['7', now + 7_000],
    [new Date(2_000_000).toUTCString(), 2_000_000],
  ] as const) {
    const failure = await stage.failed({ kind: 'reply', reply: reply(), headers: { 'retry-after': header } });
    likeness(failure, { kind, retryable: true, billed: false, retryAt });
  }
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'text in deltas',
    run: async (stage) => {
      const deltas: string[] = [];
      const wire = await stage.open(whole(stage, { text: said }));
      const answer = await stage.answered(wire, { onText: (text) => deltas.push(text) });
      assert.deepEqual(deltas, said);
      assert.equal(answer.text, 'Block quotes first.');
      assert.deepEqual(answer.calls, []);
    },
  },
  {
    name: 'tool call in fragments',
    run: async (stage) => {
      const wire = await stage.open(
        whole(stage, { text: said, calls: [readCall('a', ['{"pa', 'th": "x ', '\\"y\\".pl"', '}'])] }),
      );
      const answer = await stage.answered(wire);
      assert.deepEqual(told(answer), [['a', 'read_file', { path: 'x "y".pl' }]]);
      assert.equal(answer.text, 'Block quotes first.');
    },
  },
  {
    name: 'two parallel tool calls',
    run: async (stage) => {
      const calls = [readCall('a', ['{"path":', '"x"}']), readCall('b', ['{"path"', ':"y"}'])];
      const answer = await stage.answered(await stage.open(whole(stage, { calls })));
      assert.deepEqual(told(answer), [
        ['a', 'read_file', { path: 'x' }],
        ['b', 'read_file', { path: 'y' }],
      ]);
    },
  },
  {
    name: 'B1: usage with cache',
    run: async (stage) => {
      const counted = { fresh: 120, read: 4_000, written: stage.dialect.tellsWritten ? 900 : 0, output: 31 };
      const answer = await stage.answered(await stage.open(whole(stage, { text: said, usage: counted })));
      assert.equal(answer.usageEstimated, false);
      assert.deepEqual(answer.usage, usageOf(counted, stage.dialect.tellsWritten));
    },
  },
  {
    name: 'B1: abort in mid-stream',
    run: async (stage) => {
      const caller = new AbortController();
      const wire = await stage.open(half(stage, { text: said }, 'held'));
      const result = await stage.ask(wire, { signal: caller.signal, onText: () => caller.abort() });
      assert.ok(!result.ok);
      likeness(result.failure, { kind: 'interrupted', billed: true });
      await wire.givenUp;
    },
  },
  {
    name: '429 with and without retry-after',
    run: async (stage) => {
      await refusedForNow(stage, 'rate-limited', () => stage.dialect.rateLimited());
      if (stage.dialect.provider !== 'google') return;
      const failure = await stage.failed({ kind: 'reply', reply: limitedFor(34.5) });
      likeness(failure, { kind: 'rate-limited', retryable: true, retryAt: now + 34_500 });
    },
  },
  {
    name: 'overloaded with and without retry-after',
    run: async (stage) => {
      assert.equal(stage.dialect.overloaded().status, stage.dialect.overloadedStatus);
      await refusedForNow(stage, 'server-error', () => stage.dialect.overloaded());
    },
  },
  {
    name: 'B1: stream cut in mid-answer',
    run: async (stage) => {
      const calls = [readCall('a', ['{"path":', '"x"}'])];
      for (const end of ['broken', 'early'] as const)
        for (const scripted of [{ text: said }, { text: said, calls }])
          likeness(await stage.failed(half(stage, scripted, end)), { kind: 'cut', retryable: true, billed: true });
    },
  },
  {
    name: 'context overflow',
    run: async (stage) => {
      for (const way of stage.dialect.tooLong) {
        const streamed = 'frames' in way;
        const turn: Turn = streamed
          ? { kind: 'stream', frames: way.frames, end: 'whole' }
          : { kind: 'reply', reply: way };
        const failure = await stage.failed(turn);
        likeness(failure, { kind: 'too-long', retryable: false, billed: streamed });
        assert.match(failure.message, /roll back .* or choose a model with a larger context/i);
      }
    },
  },
  {
    name: 'wrong key, missing key',
    run: async (stage) => {
      const turn = whole(stage, { text: said });
      const wrong = await stage.failed(turn, { key: 'an0ther-key' });
      likeness(wrong, { kind: 'key-wrong', retryable: false, billed: false });
      assert.ok(!wrong.message.includes('an0ther-key'));
      const wire = await stage.open(turn);
      const missing = await stage.ask(wire, { key: undefined });
      assert.ok(!missing.ok);
      likeness(missing.failure, { kind: 'key-missing', retryable: false, billed: false });
      // Only an endpoint of one's own may do without, so only it is asked.
      assert.equal(wire.seen.length, stage.dialect.provider === 'openai-compatible' ? 1 : 0);
    },
  },
  {
    name: 'unknown model',
    run: async (stage) => {
      const failure = await stage.failed(whole(stage, { text: said }), {}, { name: 'model-two' });
      likeness(failure, { kind: 'unknown-model', retryable: false, billed: false });
      assert.match(failure.message, /"model-two".*model\.name/);
    },
  },
  {
    name: 'B1: error event in the stream',
    run: async (stage) => {
      for (const text of [[], said]) {
        const failure = await stage.failed({ kind: 'stream', frames: stage.dialect.breaksOff(text), end: 'whole' });
        likeness(failure, { kind: 'server-error', retryable: true, billed: true });
        assert.match(failure.message, /overloaded/i);
      }
    },
  },
  {
    name: 'B1: refusal',
    run: async (stage) => {
      const failure = await stage.failed({ kind: 'stream', frames: stage.dialect.refusal(), end: 'whole' });
      likeness(failure, { kind: 'rejected', retryable: false, billed: true });
      assert.match(failure.message, /refused to answer .*redirect/i);
    },
  },
  {
    name: 'B1: nothing written at the output limit',
    run: async (stage) => {
      const failure = await stage.failed({ kind: 'stream', frames: stage.dialect.capped(), end: 'whole' });
      likeness(failure, { kind: 'empty', retryable: false, billed: true });
      assert.match(failure.message, /raise model\.maxOutputTokens/);
    },
  },
  { name: 'conversation sent back', run: sendsBack },
  {
    name: 'key in its header only',
    run: async (stage) => {
      const { name, prefix } = stage.dialect.keyHeader;
      const wire = await stage.open(whole(stage, { text: said }));
      await stage.answered(wire);
      assert.equal(wire.seen[0]?.headers[name], prefix + served.key);
      // An endpoint that repeats the key, in its refusal and in its stream.
      const repeats = { error: { type: 'x', code: 400, status: 'X', message: `no: ${served.key}` } };
      for (const turn of [
        { kind: 'reply', reply: { status: 400, body: repeats } },
        { kind: 'stream', frames: [{ data: { type: 'error', sequence_number: 0, ...repeats } }], end: 'whole' },
      ] as const)
        assert.doesNotMatch((await stage.failed(turn)).message, new RegExp(served.key));
    },
  },
];

/** Three rounds with calls: the first made up, the others as the server gave them. */
async function sendsBack(stage: Stage): Promise<void> {
  const wire = await stage.open(
    whole(stage, {
      text: ['Both.'],
      calls: [readCall('c1', ['{"path":', '"one"}'], 'c2lnIG9uZQ=='), readCall('c2', ['{"path":"two"}'])],
    }),
    whole(stage, { calls: [readCall('c3', ['{"path":"three"}'], 'c2lnIHRocmVl')] }),
    whole(stage, { text: said }),
  );
  const messages: ModelMessage[] = [
    { role: 'user', text: 'go' },
    {
      role: 'assistant',
      text: '',
      calls: [{ callId: '4.1', name: 'read_file', argumentsJson: '{"path":"zero"}' }],
    },
    { role: 'tool', results: [{ callId: '4.1', name: 'read_file', output: 'out 0' }] },
  ];
  for (let round = 0; round < 2; round += 1) {
    const { text, calls } = await stage.answered(wire, {}, { messages: [...messages] });
    const results = calls.map(({ callId, name }) => ({ callId, name, output: `out ${callId.slice(1)}` }));
    messages.push({ role: 'assistant', text, calls }, { role: 'tool', results });
  }
  await stage.answered(wire, {}, { messages });
  const last = wire.seen[2];
  assert.ok(last !== undefined);
  stage.dialect.checkHistory(last.body);
}
