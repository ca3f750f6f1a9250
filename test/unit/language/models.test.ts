/** Job: the list of models is asked of this machine only, within bounds, and kept for a while. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createModelLists } from '../../../src/language/models.ts';
import { listing, startModelEndpoint } from './modelEndpoint.ts';

describe('the list of models', () => {
  it('is read, without a key, and kept', async () => {
    const endpoint = await startModelEndpoint(listing('a', 'b'));
    let now = 0;
    const models = createModelLists(() => now);
    for (const slash of ['', '/'])
      expect(await models.list(endpoint.baseUrl + slash)).toEqual({ silent: false, models: ['a', 'b'] });
    expect(endpoint.requests).toEqual(['GET /v1/models no key']);
    now = 60_000;
    await models.list(endpoint.baseUrl);
    expect(endpoint.requests).toHaveLength(2);
  });

  it.each([
    'https://models.example/v1',
    'http://127.0.0.1.example/v1',
    'http://10.0.0.1/v1',
    'ftp://127.0.0.1/v1',
    'not a url',
  ])('is not asked of %s', async (baseUrl) => {
    expect(await createModelLists(() => 0).list(baseUrl)).toBeNull();
  });

  it.each([
    ['an error status', 500, 'x'],
    ['a wanted key', 401, '{}'],
    ['a redirect, which is not followed', 302, ''],
    ['a page', 200, '<html>'],
    ['another shape', 200, '{"data": 7}'],
    ['more than a list holds', 200, `{"data":[]}${' '.repeat(2_000_000)}`],
  ])('is null for %s', async (_what, status, body) => {
    const elsewhere = await startModelEndpoint(listing('elsewhere'));
    const endpoint = await startModelEndpoint((_request, response) => {
      response.writeHead(status, { location: `${elsewhere.baseUrl}/models` }).end(body);
    });
    expect(await createModelLists(() => 0).list(endpoint.baseUrl)).toEqual({ silent: false, models: null });
    expect(elsewhere.requests).toEqual([]);
  });

  it('is silent where nothing listens, and where nothing answers within a second', async () => {
    const gone = createServer();
    await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
    const { port } = gone.address() as AddressInfo;
    await new Promise((done) => gone.close(done));
    expect(await createModelLists(() => 0).list(`http://127.0.0.1:${port}/v1`)).toEqual({ silent: true });
    const hanging = await startModelEndpoint(() => undefined);
    expect(await createModelLists(() => 0).list(hanging.baseUrl)).toEqual({ silent: true });
  });

  it('holds only names that can be read and written as they stand, and no more than anybody chooses from', async () => {
    const hostile = ['', 'a\nb', 'x'.repeat(201), '\u202egpt', '\u001b[2J', '$(check) safe', 'soft\u00adhyphen'];
    const many = Array.from({ length: 20_000 }, (_, index) => `model-${String(index)}`);
    const endpoint = await startModelEndpoint(listing('qwen3:8b', ...hostile, ...many));
    const listed = await createModelLists(() => 0).list(endpoint.baseUrl);
    const names = listed?.silent === false ? listed.models : null;
    expect(names?.slice(0, 2)).toEqual(['qwen3:8b', 'model-0']);
    expect(names).toHaveLength(5_000);
  });
});
