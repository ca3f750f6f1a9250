/**
 * Job: the second's beat of what draws times that pass.
 * Boundary: one timer for all of them, only while one is on the page and the page is seen.
 */
export interface Ticking {
  tick(): void;
}

const tickMs = 1_000;
const shown = new Set<Ticking>();
let timer: ReturnType<typeof setInterval> | undefined;

function tickAll(): void {
  if (document.hidden) return;
  for (const one of shown) one.tick();
}

/** From when it is on the page. */
export function beginTicking(one: Ticking): void {
  shown.add(one);
  timer ??= setInterval(tickAll, tickMs);
}

export function endTicking(one: Ticking): void {
  shown.delete(one);
  if (shown.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
