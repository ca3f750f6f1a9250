/** Job: pictures in a palette: exact where there are few colours, close where there are many, and never larger than told. */
import { describe, expect, it } from 'vitest';
import { decodePng, encodePng, type Pixels } from '../../pictures/png.ts';

/** A picture whose pixel at (x, y) has this colour. */
function painted(side: number, colour: (x: number, y: number) => readonly number[]): Pixels {
  const rgba = new Uint8Array(side * side * 4);
  for (let y = 0; y < side; y += 1) for (let x = 0; x < side; x += 1) rgba.set(colour(x, y), (y * side + x) * 4);
  return { width: side, height: side, rgba };
}

/** What an indexed PNG shows, by its own palette. */
function shown(png: Buffer): { readonly colours: number; readonly type: number } {
  const at = png.indexOf('PLTE', 0, 'latin1');
  return { colours: png.readUInt32BE(at - 4) / 3, type: png.readUInt8(25) };
}

describe('a PNG in a palette', () => {
  it('keeps every colour of a picture that has few, see-through ones too', () => {
    const few = painted(16, (x, y) => (x === y ? [255, 0, 0, 128] : [x * 16, 20, 40, 255]));
    const png = encodePng(few);
    expect(shown(png)).toEqual({ colours: 17, type: 3 });
    expect(png.length).toBeLessThan(few.rgba.length);
  });

  it('has at most 256 colours', () => {
    const many = painted(64, (x, y) => [x * 4, y * 4, (x * y) & 255, 255]);
    expect(shown(encodePng(many)).colours).toBe(256);
  });

  it('is read only where it is of the kind that Chromium writes', () => {
    expect(() => decodePng(Buffer.from('GIF89a'))).toThrow('a PNG');
    expect(() => decodePng(encodePng(painted(2, () => [1, 2, 3, 255])))).toThrow('8 bits, RGB or RGBA');
  });
});
