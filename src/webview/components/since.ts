/**
 * Job: a span of time that grows by itself: writes its own text, so that nothing else is drawn again each second.
 * Boundary: the beat is ticking.ts's.
 */
import { formatSince } from '../../run/forDisplay.ts';
import { beginTicking, endTicking, type Ticking } from './ticking.ts';

/** `<belay-since .now=${() => ms} .at=${ms}>`: "41 s" since `at`. */
export class Since extends HTMLElement implements Ticking {
  private moment: number | null = null;
  private clock: () => number = Date.now;

  set at(at: number | null) {
    this.moment = at;
    this.tick();
  }

  set now(now: () => number) {
    this.clock = now;
    this.tick();
  }

  connectedCallback(): void {
    beginTicking(this);
    this.tick();
  }

  disconnectedCallback(): void {
    endTicking(this);
  }

  tick(): void {
    const text = this.words();
    if (this.textContent !== text) this.textContent = text;
  }

  private words(): string {
    if (this.moment === null) return '';
    return formatSince(Math.max(0, this.clock() - this.moment));
  }
}

customElements.define('belay-since', Since);
