/**
 * Job: a model's provider that outlives the engine: it scripts answers and failures from the seed, and keeps its own bill.
 * Rules: B1 the bill is the truth that the run's figures are held against: a call that reached the provider is billed at
 *   once and wholly, whether or not anybody is there to read the answer. It never exceeds what a request allows.
 */
import { limits } from '../../src/run/limits.ts';
import type { Clock } from '../../src/base/clock.ts';
import { costUsd } from '../../src/run/budget.ts';
import type { Price, TokenUsage, ToolCall } from '../../src/run/entry.ts';
import { inputTokensBound } from '../../src/engine/model/bound.ts';
import type { ModelCallOptions, ModelFailure, ModelRequest, ModelResult } from '../../src/engine/model/request.ts';
import type { Random } from '../unit/journal/simulatedDisk.ts';

export interface Bill {
  costUsd: number;
  tokens: number;
  calls: number;
}

export interface ProviderRequest {
  readonly random: Random;
  readonly price: Price | null;
  /** Of the other model. */
  readonly otherPrice: Price;
  /** The share of calls that fail in some way. */
  readonly failing: number;
  /** Whether it asks for a key. */
  readonly needsKey: boolean;
  /** Tools that the scripted model calls; the longer list has those that end a run. */
  readonly mayFinish: boolean;
  /** Prompts of more tokens are too long for it; Infinity: none is. */
  readonly windowTokens: number;
  /** The first prompt that tells of a step is too long for it, whatever its length. */
  readonly tooLongOnce: boolean;
  /** After some answers it does the same again and again. */
  readonly isConfused: boolean;
}

export const otherModelName = 'another';

/** A confused model gives so many others first. */
const soundAnswers = 5;

export class SimulatedProvider {
  readonly bill: Bill = { costUsd: 0, tokens: 0, calls: 0 };
  private readonly request: ProviderRequest;
  private tokensMade = 0;
  private answers = 0;
  private saidTooLong = false;

  constructor(request: ProviderRequest) {
    this.request = request;
  }

  async call(clock: Clock, request: ModelRequest, { key, signal }: ModelCallOptions): Promise<ModelResult> {
    const { random, failing, needsKey } = this.request;
    this.bill.calls += 1;
    if (needsKey && key === undefined) return failed({ kind: 'key-missing', retryable: false, billed: false });
    if (inputTokensBound(request) > this.request.windowTokens || this.isTooLongOnce(request))
      return failed({ kind: 'too-long', retryable: false, billed: false });
    if (random() < failing) return this.fail(clock, request, signal);
    const usage = this.use(request);
    await clock.sleep(200 + random() ** 3 * 30_000, signal);
    if (signal.aborted) return failed({ kind: 'interrupted', retryable: true, billed: true });
    const asked = summaryAsked(request);
    if (asked !== null) return this.summarised(asked, usage);
    const calls = this.script();
    const text = `Doing ${this.token()}.`;
    return {
      ok: true,
      answer: { text, calls, usage, usageEstimated: false, finishReason: calls.length > 0 ? 'tool_calls' : 'stop' },
    };
  }

  private isTooLongOnce({ messages }: ModelRequest): boolean {
    if (!this.request.tooLongOnce || this.saidTooLong) return false;
    this.saidTooLong = messages.some(({ role }) => role === 'assistant');
    return this.saidTooLong;
  }

  private async fail(clock: Clock, request: ModelRequest, signal: AbortSignal): Promise<ModelResult> {
    const { random } = this.request;
    const kinds: readonly Omit<ModelFailure, 'message'>[] = [
      {
        kind: 'rate-limited',
        retryable: true,
        billed: false,
        ...(random() < 0.5 && { retryAt: clock.now() + resetInMs(random) }),
      },
      { kind: 'unreachable', retryable: true, billed: false },
      { kind: 'server-error', retryable: true, billed: false },
      { kind: 'cut', retryable: true, billed: true },
      { kind: 'silent', retryable: true, billed: true },
      { kind: 'empty', retryable: true, billed: true },
      { kind: 'rejected', retryable: false, billed: false },
    ];
    const failure = pick(random, kinds);
    if (failure.billed) this.use(request);
    await clock.sleep(random() * 5_000, signal);
    return failed(signal.aborted ? { ...failure, kind: 'interrupted', retryable: true } : failure);
  }

  /** A summary as it was asked for; every third is none in one way or another. */
  private summarised(asked: string, usage: TokenUsage): ModelResult {
    const { random } = this.request;
    const lines = [
      ...Array.from({ length: 12 }, () => `The part ${this.token()} works, and the part ${this.token()} does not.`),
      ...[...asked.matchAll(/^Directive \d+: .*$/gm)].map(([line]) => `${line} It was followed.`),
      ...[...asked.matchAll(/^- \[(?:open|doing)\] (.*)$/gm)].map(([, title = '']) => `${title}: half of it is done.`),
    ];
    const wrong: readonly (() => string)[] = [
      () => '',
      () => lines.slice(0, -1).join('\n'),
      () => lines.toSpliced(12, 1).join('\n'),
      () => 'and then '.repeat(200),
    ];
    const text = random() < 0.35 ? pick(random, wrong)() : lines.join('\n');
    return { ok: true, answer: { text, calls: [], usage, usageEstimated: false, finishReason: 'stop' } };
  }

  /** Bills a call: mostly some of what it may cost, at times all of it. */
  private use(request: ModelRequest): TokenUsage {
    const { random, otherPrice } = this.request;
    const price = request.name === otherModelName ? otherPrice : this.request.price;
    const whole = random() < 0.2;
    const input = whole ? inputTokensBound(request) : Math.ceil(inputTokensBound(request) * (0.1 + random() * 0.3));
    const output = whole ? request.maxOutputTokens : Math.ceil(request.maxOutputTokens * random());
    const cachedInput = whole ? 0 : Math.floor(input * random());
    const cacheWriteInput = Math.floor((input - cachedInput) * random());
    const usage = { input, cachedInput, cacheWriteInput, output };
    this.bill.costUsd += costUsd(usage, price);
    this.bill.tokens += input + output;
    return usage;
  }

  private script(): readonly ToolCall[] {
    const { random, isConfused } = this.request;
    this.answers += 1;
    if (isConfused && this.answers > soundAnswers)
      return [{ callId: 'call_0', name: 'run', argumentsJson: '{"comand":"the same wrong name"}' }];
    return Array.from({ length: Math.floor(random() * 4) }, (_, index) => ({
      callId: `call_${index}`,
      ...this.oneCall(),
    }));
  }

  private oneCall(): Omit<ToolCall, 'callId'> {
    const { random, mayFinish } = this.request;
    const path = pick(random, ['main.pl', 'lib.pl', 't/a.t', 't/b.t']);
    const calls: readonly (() => readonly [name: string, args: unknown])[] = [
      () => ['run', { command: `make ${this.token()}` }],
      () => ['run', { command: `make ${this.token()}`, timeout_seconds: 5 }],
      () => ['write_file', { path, content: `# ${this.token()}\n` }],
      () => ['write_file', { path, content: `# ${this.token()}\n` }],
      () => ['read_file', { path }],
      () => ['read_file', { path }],
      () => ['run_visible_tests', { tags: ['lists'] }],
      () => ['probe_reference', { args: [this.token()] }],
      () => ['note', { text: `note ${this.token()}` }],
      () => ['plan', { items: [{ title: this.token(), status: 'open' }] }],
      () => ['run', { comand: 'a wrong name' }],
      () => ['no_such_tool', {}],
      () => (random() < 0.5 ? ['ask', { question: `Which one, ${this.token()}?` }] : ['note', { text: 'none' }]),
      () => (mayFinish ? ['finish', { summary: 'all done' }] : ['note', { text: 'not yet' }]),
    ];
    const [name, args] = pick(random, calls)();
    return { name, argumentsJson: random() < 0.03 ? '{"command": "cut' : JSON.stringify(args) };
  }

  /** Each piece of work has a name of its own, so that work done twice is seen. */
  private token(): string {
    return `t${String(++this.tokensMade)}`;
  }
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is something to pick from');
  return item;
}

/** The last message of a request that asks for a summary; null: it asks for a step. */
export function summaryAsked({ messages }: Pick<ModelRequest, 'messages'>): string | null {
  const last = messages.at(-1);
  return last?.role === 'user' && last.text.includes('Take no step now: write a summary.') ? last.text : null;
}

/** A full minute, or a usage limit whose reset is further away than a retry waits. */
function resetInMs(random: Random): number {
  return random() < 0.8 ? 5_000 : limits.modelRetryMostMs + random() * 900_000;
}

function failed(failure: Omit<ModelFailure, 'message'>): ModelResult {
  return { ok: false, failure: { ...failure, message: `The call failed: ${failure.kind}.` } };
}
