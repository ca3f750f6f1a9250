/**
 * Job: decide whether the log follows its tail: until the supervisor scrolls up, and again when they come back down.
 * Boundary: numbers only; the element reports what it measured and does the scrolling.
 */

/** How close to the end still counts as the end, in CSS pixels: zoom makes scroll positions fractional. */
const closePx = 8;

export interface ScrollMeasure {
  readonly top: number;
  /** Height of the whole content. */
  readonly content: number;
  /** Height of the window onto it. */
  readonly window: number;
}

export class FollowTail {
  following = true;
  /** Rows that came since it stopped following. */
  unseen = 0;
  private lastTop = 0;

  /** After any scroll event. Only a move upwards, away from the end, stops following: growth of the content does not. */
  scrolled(measure: ScrollMeasure): void {
    const movedUp = measure.top < this.lastTop;
    this.lastTop = measure.top;
    if (measure.content - measure.window - measure.top <= closePx) this.follow();
    else if (movedUp) this.following = false;
  }

  /** Rows were added at the end. */
  appended(count: number): void {
    if (!this.following) this.unseen += count;
  }

  follow(): void {
    this.following = true;
    this.unseen = 0;
  }
}
