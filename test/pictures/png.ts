/**
 * Job: make the pictures that Chromium takes small enough to ship: a PNG of true colours becomes one of at most 256.
 * Boundary: 8-bit RGB and RGBA without interlace, as Chromium writes them; pure but for zlib. A screen has few colours: what is
 *   drawn flat stays exactly as it is, only shades of a font's edge are brought together.
 */
import { deflateSync, inflateSync, crc32 } from 'node:zlib';
import { assert } from '../../src/base/assert.ts';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel: red, green, blue, alpha. */
  readonly rgba: Uint8Array;
}

const signature = Buffer.from('89504e470d0a1a0a', 'hex');
const mostColours = 256;

/** The same picture in a palette of at most 256 colours. */
export function smallPng(png: Buffer): Buffer {
  return encodePng(decodePng(png));
}

/** Throws where it is no PNG of the kind that Chromium writes. */
export function decodePng(png: Buffer): Pixels {
  assert(png.subarray(0, 8).equals(signature), 'a PNG');
  const data: Buffer[] = [];
  let header: Buffer = Buffer.alloc(0);
  for (let at = 8; at < png.length;) {
    const bytes = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const chunk = png.subarray(at + 8, at + 8 + bytes);
    if (type === 'IHDR') header = chunk;
    if (type === 'IDAT') data.push(chunk);
    at += 12 + bytes;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[header.readUInt8(9)];
  assert(header.readUInt8(8) === 8 && channels !== undefined && header.readUInt8(12) === 0, '8 bits, RGB or RGBA');
  return { width, height, rgba: withAlpha(unfiltered(inflateSync(Buffer.concat(data)), width, height, channels)) };

  function withAlpha(raw: Uint8Array): Uint8Array {
    if (channels === 4) return raw;
    const rgba = new Uint8Array(width * height * 4).fill(255);
    for (let pixel = 0; pixel < width * height; pixel += 1) rgba.set(raw.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
    return rgba;
  }
}

/** Takes the five line filters of PNG back (https://www.w3.org/TR/png-3/#9Filters). */
function unfiltered(raw: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const line = width * channels;
  const out = new Uint8Array(line * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (line + 1)] ?? 0;
    for (let x = 0; x < line; x += 1) {
      const at = y * line + x;
      const left = x < channels ? 0 : (out[at - channels] ?? 0);
      const up = y === 0 ? 0 : (out[at - line] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (out[at - line - channels] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      out[at] = (raw[y * (line + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

export function encodePng({ width, height, rgba }: Pixels): Buffer {
  const colours = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const { palette, indexOf } = quantise(colours);
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = indexOf.get(colours[y * width + x] ?? 0) ?? 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits an index, palette
  return Buffer.concat([
    signature,
    chunkOf('IHDR', header),
    chunkOf('PLTE', Buffer.from(palette.flatMap(([r, g, b]) => [r, g, b]))),
    chunkOf('tRNS', Buffer.from(palette.map(([, , , a]) => a))),
    chunkOf('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunkOf('IEND', Buffer.alloc(0)),
  ]);
}

function chunkOf(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

type Colour = readonly [red: number, green: number, blue: number, alpha: number];

interface Counted {
  readonly packed: number;
  readonly colour: Colour;
  readonly pixels: number;
}

interface Quantised {
  readonly palette: readonly Colour[];
  readonly indexOf: ReadonlyMap<number, number>;
}

/**
 * Median cut (Heckbert 1982): the box with the most pixels times its longest side is cut where half of its pixels are, until
 * there are as many boxes as a palette has places; each box becomes the mean of its pixels.
 */
function quantise(pixels: Uint32Array): Quantised {
  const counts = new Map<number, number>();
  for (const packed of pixels) counts.set(packed, (counts.get(packed) ?? 0) + 1);
  const all = [...counts].map(([packed, n]): Counted => ({ packed, colour: unpacked(packed), pixels: n }));
  let boxes: Counted[][] = [all];
  while (boxes.length < mostColours) {
    const widest = boxes.toSorted((a, b) => priority(b) - priority(a))[0] ?? [];
    if (priority(widest) === 0) break;
    boxes = [...boxes.filter((box) => box !== widest), ...cut(widest)];
  }
  const indexOf = new Map(boxes.flatMap((box, index) => box.map(({ packed }) => [packed, index] as const)));
  return { palette: boxes.map(meanOf), indexOf };
}

const unpacked = (packed: number): Colour => [packed & 255, (packed >>> 8) & 255, (packed >>> 16) & 255, packed >>> 24];
const sum = (box: readonly Counted[]): number => box.reduce((total, { pixels }) => total + pixels, 0);

/** The channel in which the box is longest, and how long it is there. */
function longest(box: readonly Counted[]): { readonly channel: number; readonly span: number } {
  const spans = [0, 1, 2, 3].map((channel) => {
    let [low, high] = [255, 0];
    for (const { colour } of box) {
      low = Math.min(low, colour[channel] ?? 0);
      high = Math.max(high, colour[channel] ?? 0);
    }
    return high - low;
  });
  const span = Math.max(...spans);
  return { channel: spans.indexOf(span), span };
}

/** The square root lets a few pixels of a colour of their own (a badge, an icon) keep it beside a large plain surface. */
const priority = (box: readonly Counted[]): number =>
  box.length < 2 ? 0 : Math.sqrt(sum(box)) * Math.max(1, longest(box).span);

function cut(box: readonly Counted[]): readonly Counted[][] {
  const { channel } = longest(box);
  const sorted = box.toSorted((a, b) => (a.colour[channel] ?? 0) - (b.colour[channel] ?? 0));
  const half = sum(box) / 2;
  let [at, before] = [0, 0];
  while (at < sorted.length - 1 && before + (sorted[at]?.pixels ?? 0) <= half) before += sorted[at++]?.pixels ?? 0;
  at = Math.max(1, at);
  return [sorted.slice(0, at), sorted.slice(at)];
}

function meanOf(box: readonly Counted[]): Colour {
  const total = sum(box);
  const mean = (channel: 0 | 1 | 2 | 3): number =>
    Math.round(box.reduce((all, { colour, pixels }) => all + colour[channel] * pixels, 0) / total);
  return [mean(0), mean(1), mean(2), mean(3)];
}
