/**
 * Job: put the Run view on the page: wires transport, store and element, and keeps what must survive a reload.
 * Boundary: the only place where the page's clock and its visibility are asked.
 */
import './components/since.ts';
import { Looks, seenOf } from './looks.ts';
import type { Page } from './page.ts';
import { RunStore } from './store.ts';
import type { Kept, Transport } from './transport.ts';
import { RunView } from './views/runView.ts';

const writeEveryMs = 150;

export function mount(parent: HTMLElement, transport: Transport): RunView {
  let kept: Kept = transport.getState();
  const keep = (part: Kept) => {
    kept = { ...kept, ...part };
    transport.setState(kept);
  };
  const store = new RunStore((message) => {
    transport.post(message);
  }, Date.now);
  const looks = new Looks(kept.seen);
  const page: Page = {
    store,
    looks,
    draft: {
      read: () => kept.draft ?? '',
      write: (draft) => {
        keep({ draft });
      },
    },
    answerDraft: {
      read: (question) => (kept.answer?.question === question ? kept.answer.text : ''),
      write: (question, text) => {
        keep({ answer: { question, text } });
      },
    },
    logPlace: {
      read: () => kept.log ?? null,
      write: lately((log) => {
        keep({ log });
      }),
    },
    timeOfDay,
  };
  keepSeen(store, keep);
  watchVisibility(page);
  const view = new RunView();
  view.page = page;
  parent.append(view);
  transport.onMessage((message) => {
    store.apply(message);
    if (message.type === 'state') void markReady(view, parent);
  });
  transport.post({ type: 'ready' });
  return view;
}

/** Says on the page that it shows the run, for whoever looks from outside. */
async function markReady(view: RunView, parent: HTMLElement): Promise<void> {
  await view.updateComplete;
  parent.dataset['ready'] = '';
}

/** Who scrolls has a new place in each frame: the newest is written a few times a second, and before the page is left. */
function lately<T>(write: (value: T) => void): (value: T) => void {
  let waits: { readonly value: T } | null = null;
  const flush = () => {
    if (waits === null) return;
    const { value } = waits;
    waits = null;
    write(value);
  };
  document.addEventListener('visibilitychange', flush);
  window.addEventListener('pagehide', flush);
  return (value) => {
    if (waits === null) setTimeout(flush, writeEveryMs);
    waits = { value };
  };
}

/** VS Code throws the page away when its view is hidden, without asking: so what is seen is kept as it changes. */
function keepSeen(store: RunStore, keep: (part: Kept) => void): void {
  let figures = store.state.figures;
  store.changed.event(() => {
    if (store.state.figures === figures || document.hidden) return;
    figures = store.state.figures;
    keep({ seen: seenOf(store.state) });
  });
}

function watchVisibility({ store, looks }: Page): void {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) looks.leave(store.state, Date.now());
    else {
      looks.comeBack(Date.now());
      store.changed.fire('all');
    }
  });
}

/** Made once: to make one takes longer than to draw the row that asks for it. */
const clockFace = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndClockFace = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', weekday: 'short' });

function timeOfDay(at: number): string {
  const far = Math.abs(at - Date.now()) > 20 * 3_600_000;
  return (far ? dayAndClockFace : clockFace).format(at);
}
