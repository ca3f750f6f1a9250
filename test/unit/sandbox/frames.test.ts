/** Job: frames come out as they went in, however the stream is cut, and what is none is refused. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameReader, frameOf } from '../../../src/engine/sandbox/frames.ts';

const frames = fc.array(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), { maxLength: 8 });

it('gives back each frame, cut anywhere', () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 17 }), (sent, size) => {
      const stream = Buffer.concat(sent.map((parts) => frameOf(parts)));
      const reader = new FrameReader();
      const got: Buffer[][] = [];
      for (let at = 0; at < stream.length; at += size) got.push(...reader.push(stream.subarray(at, at + size)));
      expect(got.map((parts) => parts.map((part) => [...part]))).toEqual(
        sent.map((parts) => parts.map((part) => [...part])),
      );
    }),
  );
});

it('B3: refuses a frame that is too long, or whose parts do not fit', () => {
  expect(() => new FrameReader().push(Buffer.from([0x7f, 0, 0, 0]))).toThrow('too long');
  expect(() => new FrameReader().push(Buffer.from([0, 0, 0, 5, 0, 0, 0, 9, 1]))).toThrow('cut short');
});
