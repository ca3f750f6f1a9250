/**
 * Job: decide whether the log follows its tail: until the supervisor scrolls up, and again when they come back down.
 * Boundary: numbers only; the element reports what it measured and does the scrolling.
 * Rules: only the supervisor stops it. A browser moves what is in sight up by itself where the content shrank or the window
 *   grew since it was measured last, such as when a step's fragments go and the gate's box comes.
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

/** Of an element that scrolls. */
export function measureOf(element: Pick<Element, 'scrollTop' | 'scrollHeight' | 'clientHeight'>): ScrollMeasure {
  return { top: element.scrollTop, content: element.scrollHeight, window: element.clientHeight };
}

export class FollowTail {
  following = true;
  /** Rows that came since it stopped following. */
  unseen = 0;
  private last: ScrollMeasure = { top: 0, content: 0, window: 0 };

  /** After any scroll event. Only a move upwards, away from the end, stops following: growth of the content does not. */
  scrolled(measure: ScrollMeasure): void {
    const { last } = this;
    const moved = measure.content < last.content || measure.window > last.window;
    const movedUp = measure.top < last.top && !moved;
    this.last = measure;
    if (measure.content - measure.window - measure.top <= closePx) this.follow();
    else if (movedUp) this.following = false;
  }

  /** Where it stands after the element itself has scrolled or another element scrolls now. */
  placed(measure: ScrollMeasure): void {
    this.last = measure;
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
