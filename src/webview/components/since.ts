/**
 * Job: a span of time that grows by itself: writes its own text, so that nothing else is drawn again each second.
 * Boundary: one timer for all of them, only while one is on the page and the page is seen.
 */
import { formatSince } from '../../run/forDisplay.ts';

const tickMs = 1_000;
const shown = new Set<Since>();
let timer: ReturnType<typeof setInterval> | undefined;

function tickAll(): void {
  if (document.hidden) return;
  for (const since of shown) since.tick();
}

function keepTicking(): void {
  if (shown.size > 0) timer ??= setInterval(tickAll, tickMs);
  else {
    clearInterval(timer);
    timer = undefined;
  }
}

/** `<belay-since .now=${() => ms} .at=${ms}>`: "41 s" since `at`; with `.ago=${true}` "41 s ago". */
export class Since extends HTMLElement {
  private moment: number | null = null;
  private clock: () => number = Date.now;
  private saysAgo = false;

  set at(at: number | null) {
    this.moment = at;
    this.tick();
  }

  set now(now: () => number) {
    this.clock = now;
    this.tick();
  }

  set ago(ago: boolean) {
    this.saysAgo = ago;
    this.tick();
  }

  connectedCallback(): void {
    shown.add(this);
    keepTicking();
    this.tick();
  }

  disconnectedCallback(): void {
    shown.delete(this);
    keepTicking();
  }

  tick(): void {
    const text = this.words();
    if (this.textContent !== text) this.textContent = text;
  }

  private words(): string {
    if (this.moment === null) return '';
    const text = formatSince(Math.max(0, this.clock() - this.moment));
    return this.saysAgo && text !== 'now' ? `${text} ago` : text;
  }
}

customElements.define('belay-since', Since);
