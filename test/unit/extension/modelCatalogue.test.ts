import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { foreignHost } from '../../../src/extension/keyHost.ts';
import { modelCatalogue } from '../../../src/extension/modelCatalogue.ts';
import { localServerAt } from '../../../src/run/providers.ts';
import { parseTask, taskModelSchema, type ModelChoice } from '../../../src/run/task.ts';

const { rewriteModel, modelsAt, isBounded, isPriceKnown, keyHost, listed } = modelCatalogue;

const task = `// what this is about
{
  "name": "x", /* kept */
  "candidate": { "language": "sh", "run": ["sh", "x.sh"] },
  "suites": { "visible": "x.jsonl" },
  "model": {
    "provider": "openai",
    // why this one
    "name": "gpt-5", // the newest
    "price": { "input": 1, "output": 2 }
  },
  "budget": { "costUsd": { "hard": 5 } } // all that I have
}
`;

describe('a belay.json with another model', () => {
  it('changes the model and nothing else, with the comments inside it', () => {
    expect(rewriteModel(task, { provider: 'anthropic', name: 'claude-sonnet-4-5' })).toBe(
      task
        .replace('"openai"', '"anthropic"')
        .replace('"gpt-5", // the newest\n    "price": { "input": 1, "output": 2 }', '"claude-sonnet-4-5"'),
    );
  });

  it('B1: takes the limit of steps that an unpriced model needs', () => {
    expect(isBounded(task)).toBe(false);
    const text = rewriteModel(task, { provider: 'vscode', vendor: 'copilot', name: 'gpt-5' }, 150);
    expect(isBounded(text)).toBe(true);
    const value = JSON.parse(text.replace(/\/\/.*$|\/\*.*?\*\//gm, '')) as { readonly model: unknown };
    expect(value.model).toEqual({ provider: 'vscode', name: 'gpt-5', vendor: 'copilot' });
    expect(parseTask(value)).toMatchObject({ ok: true, task: { budget: { steps: { hard: 150 } } } });
    expect(parseTask({ ...value, budget: { costUsd: { hard: 5 } } })).toMatchObject({ ok: false });
  });

  it('adds a model where there is none, with the indent of the file', () => {
    expect(rewriteModel('{\n\t"name": "x"\n}\n', { provider: 'manual' })).toBe(
      '{\n\t"name": "x",\n\t"model": {\n\t\t"provider": "manual"\n\t}\n}\n',
    );
  });

  it('refuses what is no task', () => {
    expect(() => rewriteModel('[1', { provider: 'manual' })).toThrow(/no JSON object/);
  });
});

describe('what is known of a choice', () => {
  it('B1: an unlisted price is not known, and a model that is never priced is', () => {
    expect(isPriceKnown({ provider: 'openai', name: 'nobody-knows-it' })).toBe(false);
    expect(isPriceKnown({ provider: 'vscode', name: 'gpt-5' })).toBe(true);
    expect(isPriceKnown({ provider: 'google', name: 'gemini-2.5-pro' })).toBe(true);
  });

  it('names the host that a key is kept for, and none where nobody wants one', () => {
    expect(keyHost({ provider: 'anthropic', name: 'x' })).toBe('api.anthropic.com');
    expect(keyHost({ provider: 'vscode', name: 'x' })).toBeNull();
  });

  it('keeps the key of a provider from an address that a task names, and from any way without encryption', () => {
    const at = (baseUrl: string, provider = 'anthropic') => keyHost({ provider, name: 'x', baseUrl } as ModelChoice);
    expect(at('https://api.anthropic.com/v1', 'openai-compatible')).toBe('api.anthropic.com');
    expect(at('https://api.anthropic.com@thief.example')).toBe('thief.example');
    expect(at('http://api.anthropic.com')).toBe('http://api.anthropic.com');
    expect(at('http://127.0.0.1:11434/v1', 'openai-compatible')).toBe('127.0.0.1:11434');
    expect(at('http://127.0.0.1.thief.example')).toBe('http://127.0.0.1.thief.example');
  });

  it('tells the start of an address that the task names, save the provider’s own and this machine', () => {
    const told = (model: object) => foreignHost(taskModelSchema.parse({ name: 'x', ...model }));
    expect(told({ provider: 'anthropic' })).toBeNull();
    expect(told({ provider: 'anthropic', baseUrl: 'https://api.anthropic.com/v1' })).toBeNull();
    expect(told({ provider: 'anthropic', baseUrl: 'http://api.anthropic.com/v1' })).toBe('http://api.anthropic.com');
    expect(told({ provider: 'openai', baseUrl: 'https://thief.example/v1' })).toBe('thief.example');
    expect(told({ provider: 'openai-compatible', baseUrl: 'https://thief.example/v1' })).toBe('thief.example');
    expect(told({ provider: 'openai-compatible', baseUrl: 'http://[::1]:8080/v1' })).toBeNull();
    expect(told({ provider: 'manual' })).toBeNull();
  });

  it.each(['anthropic', 'openai', 'google'] as const)('lists the models of %s that chat, each priced', (provider) => {
    const models = listed(provider);
    expect(models.length).toBeGreaterThan(5);
    expect(models.filter(({ name }) => /embed|audio|image|tts/.test(name))).toEqual([]);
    expect(models.every(({ name }) => isPriceKnown({ provider, name }))).toBe(true);
    expect(models.every(({ price }) => price.outputUsdPerMTok > 0)).toBe(true);
  });
});

describe('an address that is asked for its models', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server = undefined;
  });

  async function serving(listener: RequestListener): Promise<string> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
  }

  it('gives their names, and sends the key there only', async () => {
    const asked: unknown[] = [];
    const baseUrl = await serving((request, response) => {
      asked.push([request.url, request.headers.authorization]);
      response.end(JSON.stringify({ data: [{ id: 'one' }, { id: 'two' }, { odd: 1 }] }));
    });
    expect(await modelsAt(baseUrl, 'secret')).toEqual({ ok: true, names: ['one', 'two'] });
    expect(asked).toEqual([['/v1/models', 'Bearer secret']]);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['a page', (_, response) => response.end('<html>Welcome</html>'), /not as a server of models/],
    ['another JSON', (_, response) => response.end('{"ok":true}'), /not as a server of models/],
    ['404', (_, response) => response.writeHead(404).end('<html>'), /answers 404/],
    ['401', (_, response) => response.writeHead(401).end(), /wants a key/],
    ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), /answers 302/],
  ])('says what is wrong where it answers with %s', async (_, listener, words) => {
    const baseUrl = await serving(listener);
    const found = await modelsAt(baseUrl, 'secret');
    expect(found.ok ? '' : found.message).toMatch(words);
    expect(found.ok ? '' : found.message).toContain(new URL(baseUrl).host);
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  it('says so where nothing answers', async () => {
    const baseUrl = await serving(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    const { host } = new URL(baseUrl);
    expect(await modelsAt(baseUrl, undefined)).toEqual({
      ok: false,
      message: expect.stringMatching(new RegExp(`^Nothing answers for ${host} \\(.*ECONNREFUSED`)) as string,
    });
  });

  it('knows who usually lives at an address of this machine, and how it is started', () => {
    expect(localServerAt('localhost:11434')).toMatchObject({ name: 'Ollama', start: 'ollama serve' });
    expect(localServerAt('127.0.0.1:1234')?.name).toBe('LM Studio');
    expect(localServerAt('[::1]:8080')?.name).toBe('llama.cpp');
    expect(localServerAt('example.org:11434')).toBeUndefined();
  });

  it('bears an address that speaks no HTTP', async () => {
    const garbage = createSocketServer((socket) => socket.end('SSH-2.0-nothing\r\n')).listen(0, '127.0.0.1');
    await once(garbage, 'listening');
    const host = `127.0.0.1:${String((garbage.address() as AddressInfo).port)}`;
    const found = await modelsAt(`http://${host}/v1`, undefined);
    garbage.close();
    expect(found).toEqual({ ok: false, message: expect.stringContaining(`Nothing answers for ${host}`) as string });
  });
});
