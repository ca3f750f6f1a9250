/**
 * Job: the window's one run: holds the link to its engine, says how it stands, and brings the engine back when it died.
 * Boundary: no vscode, no view; it relays entries unchanged and holds no fact besides the link's mirror.
 * Rules: activation only attaches (`adopt`), it starts no engine. A death that the window saw restarts the engine at most
 *   `restartsMost` times without a finished step between them; then the panel offers Start Again. A finished run is served by a read-only engine
 *   that is started when somebody looks.
 */
import { messageOf } from '../base/assert.ts';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { Emitter } from '../base/emitter.ts';
import type { Requests } from '../protocol/messages.ts';
import type { Connection, ConnectionKind } from '../protocol/webview.ts';
import type { Delta, Signs } from '../run/delta.ts';
import type { Entry } from '../run/entry.ts';
import type { RunState } from '../run/state.ts';
import type { AskName, Closed, LinkResult, RunLink, Runtime, StartOptions } from './runLink.ts';

const restartsMost = 3;

export interface SessionPorts {
  /** Loads the late bundle. */
  readonly runtime: () => Promise<Runtime>;
  /** The model's key that this window has for the run, for an engine that starts again. Never rejects. */
  readonly key: () => Promise<string | undefined>;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

export class RunSession implements Disposable {
  private readonly ports: SessionPorts;
  private readonly changed = new Emitter<void>();
  private readonly entries = new Emitter<Entry>();
  private readonly deltas = new Emitter<Delta>();
  private readonly replaced = new Emitter<void>();
  private readonly interrupted = new Emitter<void>();
  private link: { readonly run: RunLink; readonly store: DisposableStore } | null = null;
  private serving: Promise<RunLink> | null = null;
  private restarts = 0;
  private disposed = false;
  private standing: Connection;
  private lastState: RunState | null = null;
  private id: string | null = null;
  private wasChosen = false;

  constructor(ports: SessionPorts) {
    this.ports = ports;
    this.standing = { kind: 'none', since: ports.now() };
  }

  /** After any change of state or connection. */
  readonly onChanged = this.changed.event;
  /** Each entry, after it was folded. */
  readonly onEntry = this.entries.event;
  readonly onDelta = this.deltas.event;
  /** The state was replaced as a whole: everything shown is to be drawn anew. */
  readonly onReplaced = this.replaced.event;
  /** A run that goes on was adopted, and no engine serves it: it ended while this window did not look. Told once a run. */
  readonly onInterrupted = this.interrupted.event;

  get connection(): Connection {
    return this.standing;
  }

  /** The last state known; null before the first attach. */
  get state(): RunState | null {
    return this.link?.run.state ?? this.lastState;
  }

  /** Of what goes on, as the engine told them last; null without an engine. */
  get signs(): Signs | null {
    return this.link?.run.signs ?? null;
  }

  /** The supervisor chose to look at this run: a newer one of the folder does not take its place by itself. */
  get isChosen(): boolean {
    return this.wasChosen;
  }

  get runId(): string | null {
    return this.id;
  }

  /** Attaches to the folder's newest run if an engine serves it; otherwise shows what its journal says. Starts no engine. */
  async adopt(runId: string, { chosen = false }: { readonly chosen?: boolean } = {}): Promise<void> {
    const runtime = await this.ports.runtime();
    const link = await runtime.attachRun(runId);
    const stored = link === null ? await runtime.storedState(runId) : null;
    // Something else may have begun while the disk was read. A finished run that is looked at gives way to a newer one.
    if (this.disposed || this.link?.run.readOnly === false || this.standing.kind === 'starting') {
      link?.dispose();
      return;
    }
    const wasLost = this.id === runId && this.standing.kind === 'lost';
    this.id = runId;
    this.wasChosen = chosen;
    if (link !== null) this.take(link);
    else {
      this.drop();
      this.lastState = stored;
      this.stand(hasEnded(stored) ? 'readOnly' : 'lost');
      this.replaced.fire();
      if (!hasEnded(stored) && !wasLost) this.interrupted.fire();
    }
  }

  /** Starts a run. The result is for the one who asked; only a success changes what the window shows. */
  async start(options: StartOptions): Promise<LinkResult> {
    const before = this.standing.kind;
    this.stand('starting');
    const result = await this.reach((runtime) => runtime.startRun(options));
    if (result.ok) {
      this.restarts = 0;
      this.wasChosen = false;
      this.take(result.link);
    } else this.stand(before);
    return result;
  }

  /** Starts the engine of the same run again, or serves it read-only if it has ended. */
  async startAgain(): Promise<LinkResult> {
    const { id } = this;
    if (id === null) return { ok: false, code: 'failure', message: 'This folder has no run to start again.' };
    if (this.link !== null) return { ok: true, link: this.link.run };
    this.stand('starting');
    const result = await this.reach(async (runtime) => runtime.resumeRun(id, await this.ports.key()));
    if (result.ok) this.take(result.link);
    else this.stand('lost');
    return result;
  }

  /** Asks the engine; a run that has ended is served first. Rejects with a message for a person. */
  async request<N extends AskName>(name: N, params: Requests[N]['params']): Promise<Requests[N]['result']> {
    return (await this.served()).request(name, params);
  }

  /** The link, with an engine started where a finished run needs one to be looked at. */
  async served(): Promise<RunLink> {
    if (this.link !== null) return this.link.run;
    if (this.standing.kind !== 'readOnly') throw new Error(unreachable[this.standing.kind]);
    this.serving ??= this.serve();
    return this.serving;
  }

  /** The run that is shown was deleted: nothing of it is left to be shown. */
  forget(): void {
    this.drop();
    this.id = null;
    this.lastState = null;
    this.wasChosen = false;
    this.replaced.fire();
    this.stand('none');
  }

  dispose(): void {
    this.disposed = true;
    this.drop();
    for (const emitter of [this.changed, this.entries, this.deltas, this.replaced, this.interrupted]) emitter.dispose();
  }

  private async serve(): Promise<RunLink> {
    try {
      const { id } = this;
      const result = await this.reach(async (runtime) => runtime.resumeRun(id ?? ''));
      if (!result.ok) throw new Error(result.message);
      this.take(result.link);
      return result.link;
    } finally {
      this.serving = null;
    }
  }

  private async reach(work: (runtime: Runtime) => Promise<LinkResult>): Promise<LinkResult> {
    try {
      return await work(await this.ports.runtime());
    } catch (error) {
      this.ports.log(`engine not reached: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return { ok: false, code: 'failure', message: messageOf(error) };
    }
  }

  private take(run: RunLink): void {
    if (this.disposed) {
      run.dispose();
      return;
    }
    this.drop();
    const store = new DisposableStore();
    store.add(run);
    store.add(
      run.onEntry((entry) => {
        this.told(entry);
      }),
    );
    store.add(
      run.onDelta((delta) => {
        this.deltas.fire(delta);
      }),
    );
    store.add(
      run.onReplaced(() => {
        this.replaced.fire();
        this.changed.fire();
      }),
    );
    store.add(
      run.onClosed((closed) => {
        this.closed(closed);
      }),
    );
    this.link = { run, store };
    this.id = run.runId;
    this.lastState = run.state;
    this.standing = { kind: run.readOnly ? 'readOnly' : 'attached', since: this.ports.now() };
    this.replaced.fire();
    this.changed.fire();
  }

  private told(entry: Entry): void {
    if (entry.type === 'step.finished') this.restarts = 0;
    this.entries.fire(entry);
    this.changed.fire();
  }

  private closed(closed: Closed): void {
    const ended = hasEnded(this.state);
    this.drop();
    this.ports.log(closed.kind === 'goodbye' ? `engine left: ${closed.reason}` : `engine gone: ${closed.message}`);
    if (ended) this.stand('readOnly');
    else if (closed.kind === 'goodbye' || this.restarts >= restartsMost) this.stand('lost');
    else {
      this.restarts += 1;
      this.ports.log(`starting the engine again (${String(this.restarts)} of ${String(restartsMost)})`);
      // Its failure stands in the connection and in the log; nobody waits for it.
      void this.startAgain();
    }
  }

  private drop(): void {
    if (this.link === null) return;
    this.lastState = this.link.run.state;
    const { store } = this.link;
    this.link = null;
    store.dispose();
  }

  private stand(kind: ConnectionKind): void {
    if (this.disposed) return;
    this.standing = { kind, since: this.ports.now() };
    this.changed.fire();
  }
}

function hasEnded(state: RunState | null): boolean {
  return state !== null && state.ended !== null;
}

const unreachable: Readonly<Record<Exclude<ConnectionKind, 'readOnly'>, string>> = {
  none: 'This folder has no run yet.',
  starting: 'The engine is starting; try again in a moment.',
  attached: 'The engine does not answer.',
  lost: 'The engine does not answer. Start it again first (Belay: Start Engine Again).',
};
