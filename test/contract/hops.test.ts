/**
 * Contract of the whole road: one model answer, followed from the provider to the Run webview of a real window. One fact, one
 * form: from the journal to the page it is the same JSON, and it is handed on at most five times.
 */
import { describe, expect, it } from 'vitest';
import { answerText, boundaries, followAnswer, hopsOf, type Carrier } from '../bench/followAnswer.ts';
import { inScene } from '../bench/scene.ts';
import { rpcMessages } from '../bench/tap.ts';

const entry = '{"seq":7,"type":"model.answered","text":"capitals"}';
const road: readonly Carrier[] = boundaries.map((at) => ({ at, carried: at === 'model' ? 'capitals' : entry }));

describe('the road of a model answer', () => {
  it(
    'is five hops long, and its entry is one JSON in journal, socket, host and webview',
    { timeout: 180_000 },
    async () => {
      const carriers = await inScene(async (scene) => {
        await scene.build({ vsix: false });
        return followAnswer(scene);
      });
      expect(carriers.map(({ at }) => at)).toEqual(boundaries);
      const [model, journal, ...later] = carriers.map(({ carried }) => carried);
      expect(model).toBe(answerText);
      expect(JSON.parse(journal ?? '')).toMatchObject({ type: 'model.answered', step: 1, text: answerText });
      expect(later).toEqual([journal, journal, journal]);
      expect(hopsOf(carriers)).toEqual({ hops: 5, translatedAt: [] });
    },
  );

  it('would be longer with a translator, with a second carrier, and is no road with a boundary left out', () => {
    expect(hopsOf(road)).toEqual({ hops: 5, translatedAt: [] });
    const renamed = road.map((one) =>
      one.at === 'host' ? { ...one, carried: entry.replace('text', 'content') } : one,
    );
    expect(hopsOf(renamed)).toEqual({ hops: 6, translatedAt: ['host'] });
    const twice: readonly Carrier[] = [...road, { at: 'webview', carried: entry }];
    expect(hopsOf(twice).hops).toBe(6);
    expect(() => hopsOf(road.filter(({ at }) => at !== 'socket'))).toThrow(
      'the answer was not seen at the boundary "socket"',
    );
  });

  it('cuts the messages of a socket by their bytes, and leaves out what is not whole', () => {
    const message = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const stream = Buffer.from(`${message('{"a":"–"}')}${message('{"b":"“”"}')}${message('{"c":1}').slice(0, -2)}`);
    expect(rpcMessages(stream)).toEqual(['{"a":"–"}', '{"b":"“”"}']);
    expect(rpcMessages(Buffer.from('Content-Length: 5'))).toEqual([]);
  });
});
