/**
 * Job: the chart of the report: two step curves against dollars or steps, and lanes of marks below; what is pointed at is read out
 *   under it and leads to its diff or gate.
 * Boundary: draws rows (chartRows.ts) on scales (scale.ts); asks for nothing but to go somewhere.
 * Rules: each row is one tab stop, a slider whose value is the item read out, so that a screen reader says it; arrows, Home and End
 *   move, Enter goes there. Rows differ by dash and shape, never by colour alone. No inline style (content security policy).
 */
import { LitElement, html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { formatCount, formatUsd } from '../../run/forDisplay.ts';
import type { BandPoint } from '../../run/forecastFacts.ts';
import { valueOn, type Axis, type ChartItem, type ChartRow, type RowId } from './chartRows.ts';
import { rateScale, scaleTo, share, type Scale } from './scale.ts';

const left = 46;
const right = 14;
const top = 10;
const axisHigh = 24;
const laneHigh = 34;
const dotsMost = 60;

interface Cursor {
  readonly row: RowId;
  readonly index: number;
}

interface Geometry {
  readonly width: number;
  readonly plotHigh: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly lanes: readonly ChartRow[];
}

export class ReportChart extends LitElement {
  static override properties = {
    rows: { attribute: false },
    axis: { attribute: false },
    band: { attribute: false },
    width: { state: true },
    cursor: { state: true },
  };

  declare rows: readonly ChartRow[];
  declare axis: Axis;
  /** What is expected from now on; drawn against dollars only. */
  declare band: readonly BandPoint[];
  declare private width: number;
  declare private cursor: Cursor | null;
  go: (item: ChartItem) => void = () => undefined;
  private readonly sizes = new ResizeObserver(([entry]) => {
    if (entry !== undefined) this.width = Math.max(200, Math.floor(entry.contentRect.width));
  });

  constructor() {
    super();
    this.rows = [];
    this.axis = 'cost';
    this.band = [];
    this.width = 640;
    this.cursor = null;
  }

  /** In the tree of the page, whose sheet styles it. */
  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
  }

  protected override render(): TemplateResult {
    const g = this.geometry();
    const high = top + g.plotHigh + axisHigh + g.lanes.length * laneHigh;
    return html`<svg
        class="chart"
        width=${g.width}
        height=${high}
        viewBox="0 0 ${g.width} ${high}"
        @mousemove=${(event: MouseEvent) => {
          this.cursor = this.nearest(event, g) ?? this.cursor;
        }}
        @click=${(event: MouseEvent) => {
          this.cursor = this.nearest(event, g);
          this.goThere();
        }}
      >
        ${grid(g, this.axis)} ${this.ahead(g)} ${this.rows.map((row) => this.row(row, g))} ${this.pointer(g)}
      </svg>
      ${this.readout()}`;
  }

  private geometry(): Geometry {
    const { width, rows, axis } = this;
    const band = axis === 'cost' ? this.band : [];
    const ends = rows.flatMap(({ items }) => items.slice(-1).map(({ place }) => valueOn(axis, place)));
    const most = Math.max(0, ...ends, ...band.slice(-1).map(({ costUsd }) => costUsd));
    const expected = band.flatMap(({ low, high }) => [low, high]);
    const rates = rows.flatMap(({ items }) => items.flatMap(({ rate }) => (rate === null ? [] : [rate])));
    const x = scaleTo(most, Math.max(2, Math.floor(width / 110)), axis === 'step');
    const lanes = rows.filter(({ items }) => items[0]?.rate === null);
    return { width, plotHigh: width < 460 ? 140 : 220, x, y: rateScale([...rates, ...expected]), lanes };
  }

  /** Beyond now: shaded, the band with dashed edges and its middle. The section Forecast says the same in words. */
  private ahead(g: Geometry): SVGTemplateResult | typeof nothing {
    const [now] = this.band;
    if (now === undefined || this.axis !== 'cost') return nothing;
    const x = (usd: number) => left + share(g.x, usd) * (g.width - left - right);
    const line = (key: 'low' | 'middle' | 'high') =>
      this.band.map((point) => `${at(x(point.costUsd))} ${at(top + (1 - share(g.y, point[key])) * g.plotHigh)}`);
    const [low, middle, high] = [line('low'), line('middle'), line('high')];
    const from = x(now.costUsd);
    return svg`<g class="ahead" aria-hidden="true">
      <rect class="beyond" x=${from} y=${top} width=${Math.max(0, x(this.band.at(-1)?.costUsd ?? 0) - from)} height=${g.plotHigh}/>
      <path class="area" d=${`M${[...low, ...high.toReversed()].join('L')}Z`}/>
      <path class="edge" d=${`M${low.join('L')}`}/><path class="edge" d=${`M${high.join('L')}`}/>
      <path class="middle" d=${`M${middle.join('L')}`}/>
    </g>`;
  }

  private row(row: ChartRow, g: Geometry): SVGTemplateResult {
    const last = row.items.length - 1;
    const index = this.cursor?.row === row.id ? Math.min(this.cursor.index, last) : last;
    const lane = g.lanes.indexOf(row);
    const drawn = lane < 0 ? this.curve(row, g) : this.lane(row, lane, g);
    return svg`<g
      role="slider"
      tabindex="0"
      class="row ${row.id}"
      aria-label=${row.name}
      aria-orientation="horizontal"
      aria-valuemin="1"
      aria-valuemax=${row.items.length}
      aria-valuenow=${index + 1}
      aria-valuetext=${row.items[index]?.words ?? ''}
      @focus=${() => {
        this.cursor = { row: row.id, index };
      }}
      @keydown=${(event: KeyboardEvent) => {
        this.pressed(event, row, index);
      }}
    >${drawn}</g>`;
  }

  private curve(row: ChartRow, g: Geometry): SVGTemplateResult {
    const spots = row.items.map((item) => this.spot(item, row, g));
    const line = spots.map(([x, y], i) => (i === 0 ? `M${at(x)} ${at(y)}` : `H${at(x)}V${at(y)}`)).join('');
    const dots = spots.length > dotsMost ? spots.slice(-1) : spots;
    return svg`<path class="line" d=${line} fill="none"/><path class="dots" d=${dots.map((s) => shape(row.id, s)).join('')}/>`;
  }

  private lane(row: ChartRow, lane: number, g: Geometry): SVGTemplateResult {
    const y = laneY(g, lane);
    const marks = row.items.map((item) => shape(row.id, this.spot(item, row, g))).join('');
    return svg`<text class="lane" x=${left} y=${y - 10}>${row.name}</text>
      <path class="rail" d="M${left} ${y}H${g.width - right}"/><path class="dots" d=${marks}/>`;
  }

  /** Where an item stands, in pixels. */
  private spot({ place, rate }: ChartItem, row: ChartRow, g: Geometry): readonly [number, number] {
    const x = left + share(g.x, valueOn(this.axis, place)) * (g.width - left - right);
    const y = rate === null ? laneY(g, g.lanes.indexOf(row)) : top + (1 - share(g.y, rate)) * g.plotHigh;
    return [x, y];
  }

  private pointer(g: Geometry): SVGTemplateResult | typeof nothing {
    const found = this.pointed();
    if (found === null) return nothing;
    const [x, y] = this.spot(found.item, found.row, g);
    return svg`<g class="pointer ${found.row.id}"><path d="M${at(x)} ${top}V${top + g.plotHigh + g.lanes.length * laneHigh + axisHigh}"/>
      <circle cx=${x} cy=${y} r="7"/></g>`;
  }

  private readout(): TemplateResult {
    const found = this.pointed();
    if (found === null)
      return html`<p class="readout dim">Point at the chart, or move on it with the arrow keys; Enter goes there.</p>`;
    const label = found.item.goesTo.type === 'openGate' ? 'Open Gate' : 'Open Diff';
    return html`<p class="readout">
      <span>${found.item.words}</span>
      <button
        class="link"
        @click=${() => {
          this.go(found.item);
        }}
      >
        ${label}
      </button>
    </p>`;
  }

  private pointed(): { readonly row: ChartRow; readonly item: ChartItem } | null {
    const row = this.rows.find(({ id }) => id === this.cursor?.row);
    const item = row?.items[Math.min(this.cursor?.index ?? 0, row.items.length - 1)];
    return row === undefined || item === undefined ? null : { row, item };
  }

  private goThere(): void {
    const found = this.pointed();
    if (found !== null) this.go(found.item);
  }

  private pressed(event: KeyboardEvent, row: ChartRow, index: number): void {
    const last = row.items.length - 1;
    const page = Math.max(1, Math.round(row.items.length / 10));
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: index - 1,
      ArrowDown: index - 1,
      ArrowRight: index + 1,
      ArrowUp: index + 1,
      PageDown: index - page,
      PageUp: index + page,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to !== undefined) this.cursor = { row: row.id, index: Math.min(last, Math.max(0, to)) };
    else if (event.key === 'Enter' || event.key === ' ') this.goThere();
    else return;
    event.preventDefault();
  }

  /** The item that a pointer is at: its row by height, there the nearest by width. */
  private nearest(event: MouseEvent, g: Geometry): Cursor | null {
    const box = (event.currentTarget as SVGSVGElement).getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const lane = Math.floor((py - top - g.plotHigh - axisHigh) / laneHigh);
    const rows = lane < 0 ? this.rows.filter((row) => !g.lanes.includes(row)) : g.lanes.slice(lane, lane + 1);
    let best: (Cursor & { readonly far: number }) | null = null;
    for (const row of rows) {
      row.items.forEach((item, index) => {
        const [x, y] = this.spot(item, row, g);
        const far = Math.abs(x - px) + (lane < 0 ? Math.abs(y - py) / 8 : 0);
        if (best === null || far < best.far) best = { row: row.id, index, far };
      });
    }
    return best;
  }
}

function laneY(g: Geometry, lane: number): number {
  return top + g.plotHigh + axisHigh + lane * laneHigh + 24;
}

function grid(g: Geometry, axis: Axis): SVGTemplateResult {
  const bottom = top + g.plotHigh;
  const plotWide = g.width - left - right;
  const x = (value: number) => left + share(g.x, value) * plotWide;
  const y = (value: number) => top + (1 - share(g.y, value)) * g.plotHigh;
  // Ticks closer than a cent would all read the same.
  const usd = (value: number) => (g.x.to < 0.1 && value > 0 ? `$${value.toFixed(3)}` : formatUsd(value));
  const word = (value: number) => (axis === 'cost' ? usd(value) : formatCount(value));
  return svg`<g class="grid" aria-hidden="true">
    ${g.y.ticks.map((tick) => svg`<path d="M${left} ${at(y(tick))}H${g.width - right}"/><text x=${left - 6} y=${y(tick) + 4} text-anchor="end">${Math.round(tick * 100)} %</text>`)}
    ${g.x.ticks.map((tick) => svg`<path d="M${at(x(tick))} ${bottom}v4"/><text x=${x(tick)} y=${bottom + 17} text-anchor=${anchorOf(x(tick), g)}>${word(tick)}</text>`)}
  </g>`;
}

/** The last word of the axis must not be cut by the chart's end. */
function anchorOf(x: number, { width }: Geometry): 'end' | 'middle' {
  return x > width - right - 20 ? 'end' : 'middle';
}

const at = (pixels: number): string => pixels.toFixed(1);

/** A mark of a row around a spot: a row is told by its shape, too. */
export function shape(row: RowId, [x, y]: readonly [number, number]): string {
  switch (row) {
    case 'visible':
      return `M${at(x - 3)} ${at(y)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z`;
    case 'heldOut':
      return `M${at(x)} ${at(y - 5)}l5 5l-5 5l-5 -5Z`;
    case 'gates':
      return `M${at(x - 5)} ${at(y - 6)}h10v8l-5 4l-5 -4Z`;
    case 'rollbacks':
      return `M${at(x - 6)} ${at(y)}l9 -5.500v11Z`;
    case 'rejections':
      return `M${at(x - 5)} ${at(y - 3)}l2 -2l3 3l3 -3l2 2l-3 3l3 3l-2 2l-3 -3l-3 3l-2 -2l3 -3Z`;
    case 'regressions':
      return `M${at(x)} ${at(y + 5)}l-5.500 -9h11Z`;
    case 'redirects':
      return `M${at(x - 4)} ${at(y - 4)}h8v8h-8Z`;
  }
}

customElements.define('belay-report-chart', ReportChart);
