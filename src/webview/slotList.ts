/**
 * Job: the elements of the slots that are drawn, each kept while its slot is in sight.
 * Boundary: puts them in their order before an element that the page has drawn; what is in them is drawn by the caller's template.
 *   Lit's `repeat` would do it, and leaves a comment behind for each item that it lets go of: in a log that is scrolled for weeks
 *   there is no end of them (lit-html 3.3.3).
 */
import { render } from 'lit';

export class SlotList {
  private readonly drawn = new Map<number, HTMLElement>();

  /** @param before what follows the last slot. @param slots ascending. @param content what lit draws in a slot */
  draw(before: Element, slots: readonly number[], content: (slot: number) => unknown): void {
    const wanted = new Set(slots);
    for (const [slot, element] of this.drawn) {
      if (wanted.has(slot)) continue;
      this.drawn.delete(slot);
      element.remove();
    }
    let next = before;
    for (const slot of slots.toReversed()) {
      const element = this.drawn.get(slot) ?? this.added(slot);
      if (element.nextElementSibling !== next) next.before(element);
      render(content(slot), element);
      next = element;
    }
  }

  /** Undefined: the slot is not drawn. */
  element(slot: number): HTMLElement | undefined {
    return this.drawn.get(slot);
  }

  [Symbol.iterator](): IterableIterator<[slot: number, element: HTMLElement]> {
    return this.drawn.entries();
  }

  private added(slot: number): HTMLElement {
    const element = document.createElement('div');
    element.className = 'slot';
    element.dataset['slot'] = String(slot);
    this.drawn.set(slot, element);
    return element;
  }
}
