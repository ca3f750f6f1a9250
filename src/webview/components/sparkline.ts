/**
 * Job: a pass rate over its last verifications as a row of bars, and a share as a bar.
 * Boundary: SVG attributes only: the page's content security policy allows no style attributes.
 */
import { html, nothing, svg, type TemplateResult } from 'lit';

const barsAtMost = 24;
const high = 16;
const barWide = 4;

/**
 * Bars for rates of 0–1, oldest first. The scale runs from a little below the lowest to the highest of them, at least 10
 * points, so that a small gain is seen; the number beside it says how high that is.
 */
export function sparkline(rates: readonly number[]): TemplateResult | typeof nothing {
  const last = rates.slice(-barsAtMost);
  if (last.length < 2) return nothing;
  const top = Math.max(...last);
  const bottom = Math.max(0, Math.min(Math.min(...last) - 0.02, top - 0.1));
  // One shape for all bars: the page holds few nodes.
  const bars = last.map((rate, index) => {
    const tall = Math.max(1.5, ((rate - bottom) / (top - bottom || 1)) * high);
    return `M${String(index * barWide)} ${String(high)}v${String(-tall)}h${String(barWide - 1)}v${String(tall)}z`;
  });
  const wide = last.length * barWide - 1;
  return html`<svg
    class="sparkline"
    viewBox="0 0 ${wide} ${high}"
    width=${wide}
    height=${high}
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <path fill="currentColor" d=${bars.join('')} />
  </svg>`;
}

export interface Share {
  readonly label: string;
  /** 0–1. */
  readonly share: number;
  /** Where the soft limit stands, 0–1. */
  readonly soft: number | null;
  readonly text: string;
}

/** A bar that is filled to `share`, with a mark at the soft limit. */
export function shareBar({ label, share, soft, text }: Share): TemplateResult {
  const percent = (value: number) => `${(value * 100).toFixed(1)}%`;
  const warn = share >= 0.9 || (soft !== null && share >= soft);
  const mark =
    soft === null || soft >= 1 ? nothing : svg`<rect class="soft" x=${percent(soft)} y="0" width="1" height="6"/>`;
  return html`<svg
    class="share ${warn ? 'warn' : ''}"
    height="6"
    width="100%"
    role="meter"
    aria-label=${label}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${Math.round(share * 100)}
    aria-valuetext=${text}
  >
    <rect class="track" x="0" y="0" width="100%" height="6" rx="2" />
    <rect class="used" x="0" y="0" width=${percent(share)} height="6" rx="2" />
    ${mark}
  </svg>`;
}
