/**
 * Job: the signs of life of what is under way, each with its part's name, drawn anew once a second.
 * Boundary: words are run/liveness.ts's. No live region: a reader finds them, and is not told each second.
 */
import { render } from 'lit';
import { livingOf, partNames, type Living } from '../../run/liveness.ts';
import type { RunState } from '../../run/state.ts';
import type { RunStore } from '../store.ts';
import { icon } from './icon.ts';
import { beginTicking, endTicking, type Ticking } from './ticking.ts';

/** `<belay-life .store=${store} .state=${store.state}>`: empty where nothing is under way. */
export class Life extends HTMLElement implements Ticking {
  private from: RunStore | undefined;
  private drawn = '';

  set store(store: RunStore) {
    this.from = store;
    this.tick();
  }

  /** What is under way has changed: that is not left to the next beat. */
  set state(_: RunState) {
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
    const living = this.living();
    const drawn = JSON.stringify(living);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.replaceChildren(...(living.length === 0 ? [] : [listOf(living)]));
  }

  private living(): readonly Living[] {
    const { from } = this;
    if (from?.connection.kind !== 'attached') return [];
    const all = livingOf(from.state, from.live.signs, from.now());
    // While it waits for its supervisor there is only the engine, of which nothing has to be said as long as it lives.
    const waits = from.state.gate !== null || from.state.paused !== null;
    return waits && all.every(({ part, silent }) => part === 'engine' && !silent) ? [] : all;
  }
}

function listOf(living: readonly Living[]): HTMLElement {
  const list = document.createElement('ul');
  list.className = 'life';
  list.setAttribute('aria-label', 'Signs of life');
  list.append(...living.map(itemOf));
  return list;
}

function itemOf({ part, words, silent }: Living): HTMLElement {
  const item = document.createElement('li');
  const name = document.createElement('span');
  item.className = silent ? 'silent' : '';
  name.className = 'part';
  name.textContent = partNames[part];
  if (silent) item.append(warning());
  item.append(name, ` ${words}`);
  item.title = `${partNames[part]}: ${words}`;
  return item;
}

function warning(): HTMLElement {
  const mark = document.createElement('span');
  render(icon('problem'), mark);
  return mark;
}

customElements.define('belay-life', Life);
