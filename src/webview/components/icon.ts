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
  stopped: svg`<path fill="none" stroke="currentColor" stroke-width="1.5" d="M3.800 3.800h8.400v8.400H3.800z"/>`,
  idle: svg`<circle cx="8" cy="8" r="4" fill="none" stroke="currentColor" stroke-width="1.4"/>`,
  failed: svg`<path fill="none" stroke="currentColor" stroke-width="1.8" d="m4 4 8 8m0-8-8 8"/>`,
  closed: svg`<path fill="none" stroke="currentColor" stroke-width="1.3" d="m6 3.8 4.2 4.2L6 12.2"/>`,
  open: svg`<path fill="none" stroke="currentColor" stroke-width="1.3" d="m3.8 6 4.2 4.2L12.2 6"/>`,
  down: svg`<path fill="none" stroke="currentColor" stroke-width="1.4" d="M8 2.5v10.2m-4-4 4 4 4-4"/>`,
  rose: svg`<path fill="currentColor" d="m8 4.5 4 6.5H4z"/>`,
  fell: svg`<path fill="currentColor" d="m8 11.5 4-6.5H4z"/>`,
  person: svg`<path fill="currentColor" d="M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.5 6c0-3 2.4-5 5.5-5s5.5 2 5.5 5Z"/>`,
  undo: svg`<path fill="none" stroke="currentColor" stroke-width="1.4" d="M5.800 2.500 2.800 5.500l3 3M3 5.500h6.200a3.900 3.900 0 0 1 0 7.800H5"/>`,
  pencil: svg`<path fill="none" stroke="currentColor" stroke-width="1.3" d="m3 13 .7-3 7-7L13 5.300l-7 7Z"/>`,
  limit: svg`<path fill="none" stroke="currentColor" stroke-width="1.4" d="M2.500 12a5.500 5.500 0 1 1 11 0M8 12l2.500-4"/>`,
  eye: svg`<path fill="none" stroke="currentColor" stroke-width="1.3" d="M1.500 8C3 5 5.300 3.800 8 3.800S13 5 14.500 8C13 11 10.700 12.200 8 12.200S3 11 1.500 8Z"/><circle cx="8" cy="8" r="1.800" fill="currentColor"/>`,
  play: svg`<path fill="currentColor" d="M4.500 2.800v10.400L13 8Z"/>`,
  info: svg`<path fill="currentColor" fill-rule="evenodd" d="M8 1.500a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm-.8 5.500v4.500h1.600V7ZM8 4.200a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.800Z"/>`,
  send: svg`<path fill="none" stroke="currentColor" stroke-width="1.4" d="M13 3v5H3.500m3-3-3 3 3 3"/>`,
} as const;

/** Of a row that opens: the same glyph for both, which the sheet turns. */
export const chevron = html`<svg class="icon chevron" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
  <path fill="none" stroke="currentColor" stroke-width="1.3" d="m6 3.8 4.2 4.2L6 12.2" />
</svg>`;

export type IconName = keyof typeof shapes;

export function icon(name: IconName, className = ''): TemplateResult {
  return html`<svg class="icon ${className}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    ${shapes[name]}
  </svg>`;
}
