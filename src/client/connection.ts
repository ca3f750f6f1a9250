/**
 * Job: a client's hold on a run: the mirror of its state, folded by the engine's own reducer, the stream, the requests.
 * Boundary: node, no vscode, no screen. Starting an engine again is the caller's (`reopen` takes up the thread).
 * Rules: entries are checked once, here: dense seq (J1), known type. A dropped connection is taken up again from the last seq
 *   held; a goodbye is believed. The mirror is never ahead of the journal.
 */
import { readEngineRecord } from './runs.ts';
import { assert } from '../base/assert.ts';
import type { Disposable } from '../base/disposable.ts';
import { Emitter } from '../base/emitter.ts';
import type { AskWindowModel } from '../protocol/brokering.ts';
import { checkEntry, EntryRejected } from '../protocol/entryCheck.ts';
import {
  protocolVersion,
  type AttachResult,
  type NotificationName,
  type RequestName,
  type Requests,
} from '../protocol/messages.ts';
import { RequestRefused } from '../protocol/refused.ts';
import type { Delta, Signs } from '../run/delta.ts';
import type { Entry } from '../run/entry.ts';
import { initialState, reduce } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import { EngineGone, EngineHangs, Link, type LinkListener } from './link.ts';

export interface ConnectionOptions {
  /** The run directory. */
  readonly run: string;
  /** Who attaches, for the journal: "anna@host (window)". */
  readonly client: string;
  /** Waits before the tries to take up a dropped connection, ms. */
  readonly retryMs?: readonly number[];
  /** How long the engine may take to answer the attach, ms. */
  readonly answerMs?: number;
  /** Asks VS Code's models for the engine; absent: this client can't. */
  readonly askModel?: AskWindowModel;
}

/** Why no more comes. `goodbye`: the engine left as it said. `lost`: it died or hangs. `refused`: it can't be understood. */
export interface ConnectionClosed {
  readonly kind: 'goodbye' | 'lost' | 'refused';
  /** For a person. */
  readonly message: string;
}

const defaultRetryMs = [50, 100, 200, 400, 800, 1_600] as const;

export class RunConnection implements Disposable {
  readonly run: string;
  private readonly options: ConnectionOptions;
  private link: Link | null = null;
  private mirror: RunState = initialState;
  private isReadOnly = false;
  private newestSigns: Signs | null = null;
  private disposed = false;
  private leaving: ConnectionClosed | null = null;
  /** Unsaved editors as they were told last: an engine forgets them with the connection (S3). */
  private dirty: readonly string[] = [];

  private readonly entries = new Emitter<Entry>();
  private readonly deltas = new Emitter<Delta>();
  private readonly states = new Emitter<RunState>();
  private readonly closes = new Emitter<ConnectionClosed>();
  private readonly links = new Emitter<'attached' | 'lost'>();

  /** Each entry, after it was folded; those of a snapshot are not told one by one. */
  readonly onEntry = this.entries.event;
  readonly onDelta = this.deltas.event;
  /** The new state, after each entry and after a snapshot. */
  readonly onState = this.states.event;
  /** No more comes unless `reopen` is called. Not told after `dispose`. */
  readonly onClosed = this.closes.event;
  /** The connection dropped (it is being taken up again) or was taken up again. */
  readonly onLink = this.links.event;

  private constructor(options: ConnectionOptions) {
    this.options = options;
    this.run = options.run;
  }

  /** Attaches to the living engine of a run. @throws EngineGone when there is none, RequestRefused, EntryRejected */
  static async open(options: ConnectionOptions): Promise<RunConnection> {
    const connection = new RunConnection(options);
    await connection.attach();
    return connection;
  }

  get state(): RunState {
    return this.mirror;
  }

  /** The run has ended and is only shown. */
  get readOnly(): boolean {
    return this.isReadOnly;
  }

  /** The newest signs of life; null where the engine tells none. */
  get signs(): Signs | null {
    return this.newestSigns;
  }

  get connected(): boolean {
    return this.link !== null;
  }

  /** @throws RequestRefused with words for a person, EngineGone */
  request<K extends RequestName>(
    name: Exclude<K, 'attach'>,
    params: Requests[K]['params'],
  ): Promise<Requests[K]['result']> {
    if (!this.link) return Promise.reject(new EngineGone(`No engine is attached: "${name}" was not asked`));
    if (name === 'reportEditors') this.dirty = (params as Requests['reportEditors']['params']).dirty;
    return this.link.request<K>(name, params);
  }

  /** Attaches again after `onClosed`, when an engine serves the run again. Listeners stay. @throws EngineGone, RequestRefused */
  async reopen(): Promise<void> {
    assert(!this.disposed, 'a disposed connection stays closed');
    if (!this.link) await this.attach();
  }

  /** Resolves with the first state for which `wanted` holds, the present one included; rejects with EngineGone when it closes. */
  until(wanted: (state: RunState) => boolean): Promise<RunState> {
    if (wanted(this.mirror)) return Promise.resolve(this.mirror);
    return new Promise((resolve, reject) => {
      const states = this.onState((state) => {
        if (!wanted(state)) return;
        stop();
        resolve(state);
      });
      const closes = this.onClosed(({ message }) => {
        stop();
        reject(new EngineGone(message));
      });
      const stop = () => {
        states.dispose();
        closes.dispose();
      };
    });
  }

  dispose(): void {
    this.disposed = true;
    this.link?.close();
    this.link = null;
    for (const emitter of [this.entries, this.deltas, this.states, this.closes, this.links]) emitter.dispose();
  }

  private async attach(): Promise<void> {
    const record = await readEngineRecord(this.run);
    if (!record) throw new EngineGone('No engine serves this run');
    this.leaving = null;
    const { answerMs, askModel } = this.options;
    const params = {
      token: record.token,
      protocol: protocolVersion,
      client: this.options.client,
      lastSeq: this.mirror.seq,
      ...(askModel !== undefined && { asksModels: true }),
    };
    let link: Link | null = null;
    const life = { ended: false };
    const listener: LinkListener = {
      attached: (result) => {
        this.take(result);
      },
      notified: (name, value) => {
        this.hear(name, value);
      },
      closed: () => {
        life.ended = true;
        if (link !== null && this.link === link) void this.dropped();
      },
      ...(askModel !== undefined && { askModel }),
    };
    link = await Link.open(record.socket, params, listener, {
      pid: record.pid,
      ...(answerMs !== undefined && { answerMs }),
    });
    if (this.disposed) {
      link.close();
      return;
    }
    this.link = link;
    // A link that drops at once is taken up again, and they are told then.
    if (this.dirty.length > 0) link.request('reportEditors', { dirty: this.dirty, saved: [] }).catch(() => undefined);
    if (this.isLeaving()) link.close(); // what followed the answer couldn't be understood, or was a goodbye
    if (life.ended) void this.dropped();
  }

  private take(result: AttachResult): void {
    this.isReadOnly = result.readOnly;
    this.newestSigns = result.signs ?? null;
    if (result.kind === 'snapshot') {
      this.mirror = result.state;
      this.states.fire(this.mirror);
    } else for (const entry of result.entries) this.fold(entry);
  }

  private hear(name: NotificationName, value: unknown): void {
    if (this.disposed) return;
    if (name === 'delta') this.hearDelta(value as Delta);
    else if (name === 'goodbye') this.leaving = { kind: 'goodbye', message: (value as { reason: string }).reason };
    else this.hearEntry(value);
  }

  private hearDelta(delta: Delta): void {
    if (delta.kind === 'signs') this.newestSigns = delta.signs;
    this.deltas.fire(delta);
  }

  private hearEntry(value: unknown): void {
    if (this.leaving) return;
    try {
      this.fold(value);
    } catch (error) {
      if (!(error instanceof EntryRejected)) throw error;
      this.leaving = { kind: 'refused', message: error.message };
      this.link?.close();
    }
  }

  private fold(value: unknown): void {
    const entry = checkEntry(value, this.mirror.seq + 1);
    this.mirror = reduce(this.mirror, entry);
    if (entry.type === 'run.ended') this.isReadOnly = true;
    this.entries.fire(entry);
    this.states.fire(this.mirror);
  }

  private async dropped(): Promise<void> {
    this.link = null;
    if (this.disposed) return;
    if (this.leaving) {
      this.closes.fire(this.leaving);
      return;
    }
    this.links.fire('lost');
    const closed = await this.takeUpAgain();
    if (this.isDisposed()) return;
    if (closed) this.closes.fire(closed);
    else this.links.fire('attached');
  }

  /** Null when it is attached again. */
  private async takeUpAgain(): Promise<ConnectionClosed | null> {
    let message = 'The engine died';
    for (const waitMs of this.options.retryMs ?? defaultRetryMs) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.isDisposed() || this.link) return null;
      try {
        await this.attach();
        return null;
      } catch (error) {
        if (error instanceof RequestRefused || error instanceof EntryRejected)
          return { kind: 'refused', message: error.message };
        if (!(error instanceof EngineGone)) throw error;
        message = error.message;
        if (error instanceof EngineHangs) break; // it was waited for long enough
      }
    }
    return { kind: 'lost', message };
  }

  private isLeaving(): boolean {
    return this.leaving !== null;
  }

  /** As a call, since it may change while something is awaited. */
  private isDisposed(): boolean {
    return this.disposed;
  }
}
