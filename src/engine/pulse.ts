/**
 * Job: the engine's signs of life, and those of what it waits for: model stream, tool, verifier.
 * Boundary: ephemeral; nothing of it comes into the journal.
 * Rules: at most one message a beat, and where nothing was heard only every so many of them, so that a silence is cheap and an
 *   engine that hangs is noticed.
 */
import type { Disposable } from '../base/disposable.ts';
import type { Delta, Signs } from '../run/delta.ts';
import { limits } from '../run/limits.ts';

export interface PulsePorts {
  /** How long a command may take that does not say so itself. */
  readonly commandMs: number;
  /** Wall time, ms since the epoch. */
  readonly now: () => number;
  readonly send: (delta: Delta) => void;
}

export class Pulse implements Disposable {
  private readonly ports: PulsePorts;
  private modelAt: number | null = null;
  private toolAt: number | null = null;
  private verdictAt: number | null = null;
  private verified: Signs['verified'] = null;
  /** Something was heard since the last message. */
  private isNews = false;
  private toldAt = -Infinity;
  private beating: NodeJS.Timeout | undefined;

  constructor(ports: PulsePorts) {
    this.ports = ports;
  }

  get signs(): Signs {
    const { commandMs, now } = this.ports;
    const { modelAt, toolAt, verdictAt, verified } = this;
    return { at: now(), pid: process.pid, modelAt, toolAt, verdictAt, verified, commandMs };
  }

  /** A byte from the model, whatever it says. */
  readonly byteCame = (): void => {
    this.modelAt = this.ports.now();
    this.isNews = true;
  };

  /** What the engine streams is a sign of whom it comes from. */
  hear(delta: Delta): void {
    const now = this.ports.now();
    if (delta.kind === 'text') this.modelAt = now;
    if (delta.kind === 'output') this.toolAt = now;
    if (delta.kind === 'verification' && delta.waits === undefined) {
      this.verdictAt = now;
      this.verified = { done: delta.done, total: delta.total };
    }
    this.isNews = true;
  }

  begin(): void {
    this.beating = setInterval(() => {
      this.beat();
    }, limits.heartbeatMs);
  }

  dispose(): void {
    clearInterval(this.beating);
  }

  /** Tells what is to be told; called every limits.heartbeatMs. */
  beat(): void {
    const now = this.ports.now();
    // A clock that was put back is told at once.
    const isDue = now - this.toldAt >= limits.heartbeatSilentMs || now < this.toldAt;
    if (!this.isNews && !isDue) return;
    this.isNews = false;
    this.toldAt = now;
    this.ports.send({ kind: 'signs', signs: this.signs });
  }
}
