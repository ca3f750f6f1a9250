/**
 * Job: the few glyphs of the Run view, drawn in the text's colour. An icon never stands alone for a meaning: it is hidden
 *   from screen readers, and a word stands beside it.
 */
import { html, svg, type TemplateResult } from 'lit';

const shapes = {
  running: svg`<circle cx="8" cy="8" r="4.5" fill="currentColor"/>`,
  waiting: svg`<path fill="currentColor" d="M8 1.5a4.5 4.5 0 0 0-4.5 4.5v3L2 11.5V12h12v-.5L12.5 9V6A4.5 4.5 0 0 0 8 1.5ZM6.3 13a1.8 1.8 0 0 0 3.4 0Z"/>`,
  paused: svg`<path fill="currentColor" d="M4.5 3h2.4v10H4.5zM9.1 3h2.4v10H9.1z"/>`,
  problem: svg`<path fill="currentColor" fill-rule="evenodd" d="M8 1.5 15 14H1L8 1.5Zm-.7 4.6.2 4h1l.2-4H7.3ZM8 10.9a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Z"/>`,
  done: svg`<path fill="none" stroke="currentColor" stroke-width="1.8" d="m2.8 8.4 3.4 3.4 7-7.4"/>`,
  idle: svg`<circle cx="8" cy="8" r="4" fill="none" stroke="currentColor" stroke-width="1.4"/>`,
  failed: svg`<path fill="none" stroke="currentColor" stroke-width="1.8" d="m4 4 8 8m0-8-8 8"/>`,
  closed: svg`<path fill="none" stroke="currentColor" stroke-width="1.3" d="m6 3.8 4.2 4.2L6 12.2"/>`,
  open: svg`<path fill="none" stroke="currentColor" stroke-width="1.3" d="m3.8 6 4.2 4.2L12.2 6"/>`,
  down: svg`<path fill="none" stroke="currentColor" stroke-width="1.4" d="M8 2.5v10.2m-4-4 4 4 4-4"/>`,
  rose: svg`<path fill="currentColor" d="m8 4.5 4 6.5H4z"/>`,
  fell: svg`<path fill="currentColor" d="m8 11.5 4-6.5H4z"/>`,
  person: svg`<path fill="currentColor" d="M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.5 6c0-3 2.4-5 5.5-5s5.5 2 5.5 5Z"/>`,
  info: svg`<path fill="currentColor" fill-rule="evenodd" d="M8 1.500a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm-.8 5.500v4.500h1.600V7ZM8 4.200a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.800Z"/>`,
  send: svg`<path fill="none" stroke="currentColor" stroke-width="1.4" d="M13 3v5H3.500m3-3-3 3 3 3"/>`,
} as const;

export type IconName = keyof typeof shapes;

export function icon(name: IconName, className = ''): TemplateResult {
  return html`<svg class="icon ${className}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    ${shapes[name]}
  </svg>`;
}
