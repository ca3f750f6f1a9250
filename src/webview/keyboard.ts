/**
 * Job: what a key means, in the redirect box and on the log's rows.
 * Boundary: pure; the elements do it.
 */

export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  /** True while an input method composes: its Enter picks a candidate and sends nothing. */
  readonly isComposing: boolean;
}

/** Whether this key sends what is in the redirect box: Enter does, Shift+Enter breaks the line. */
export function sends(press: KeyPress): boolean {
  return press.key === 'Enter' && !press.shiftKey && !press.altKey && !press.isComposing;
}

/** Whether this key sends the answer by hand: its lines are broken with Enter. */
export function sendsAnswer(press: KeyPress): boolean {
  return press.key === 'Enter' && (press.ctrlKey || press.metaKey) && !press.isComposing;
}

export type RowMove = { readonly to: number } | 'expand' | 'collapse' | null;

/** What a key does on row `index` of `count`: arrows and Home and End move, right opens, left closes. */
export function rowMove(press: KeyPress, index: number, count: number, expanded: boolean): RowMove {
  if (press.ctrlKey || press.altKey || press.metaKey || press.shiftKey) return null;
  switch (press.key) {
    case 'ArrowUp':
      return { to: Math.max(0, index - 1) };
    case 'ArrowDown':
      return { to: Math.min(count - 1, index + 1) };
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: count - 1 };
    case 'ArrowRight':
      return expanded ? null : 'expand';
    case 'ArrowLeft':
      return expanded ? 'collapse' : null;
    default:
      return null;
  }
}
