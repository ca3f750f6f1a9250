/** Job: the language server as a process: what it publishes, when, and that nothing ends it but its client. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeFolder, put } from '../workspace/folder.ts';
import { bundledServer } from './bundledServer.ts';
import { listing, startModelEndpoint } from './modelEndpoint.ts';
import { startServer, type ServerProcess } from './serverProcess.ts';
import { goodCase, taskWith, textOf } from './taskText.ts';

function taskUri(folder: string): string {
  return pathToFileURL(join(folder, 'belay.json')).href;
}

const serverModule = bundledServer();
const inEditor = { jsonFeatures: true, trusted: false };

/** Opens a document and waits for what is said of it. */
async function opened(server: ServerProcess, uri: string, text: string): Promise<readonly string[]> {
  const told = server.next((one) => one.uri === uri);
  await server.open(uri, text);
  return (await told).diagnostics.map(({ message }) => message);
}

describe('the language server', () => {
  it('publishes the exact range, the severity and the line of the suite', async () => {
    const folder = makeFolder({ 'tests/visible.jsonl': `${goodCase}{"id":"b","expect":{}}\n` });
    const server = await startServer(serverModule(), inEditor);
    const told = server.next(() => true);
    await server.open(taskUri(folder), textOf(taskWith({ suites: { visible: 'tests/visible.jsonl' } })), 7);
    const { uri, version, diagnostics } = await told;
    expect([uri, version, diagnostics.length]).toEqual([taskUri(folder), 7, 1]);
    expect(diagnostics[0]).toMatchObject({
      message: 'tests/visible.jsonl:2: expect: expects nothing: give "stdout", "stderr", "exit" or "files"',
      range: { start: { line: 10, character: 13 }, end: { line: 10, character: 34 } },
      severity: 1,
      source: 'belay',
      relatedInformation: [
        {
          location: {
            uri: pathToFileURL(join(folder, 'tests/visible.jsonl')).href,
            range: { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } },
          },
        },
      ],
    });
    expect(await server.end()).toBe(0);
  });

  it('checks once after a pause in typing, not at each key', async () => {
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const server = await startServer(serverModule(), inEditor);
    const uri = taskUri(folder);
    expect(await opened(server, uri, textOf(taskWith()))).toEqual([]);
    const last = server.next(({ version }) => version === 41);
    for (let version = 2; version <= 41; version += 1) {
      await server.change(uri, textOf(taskWith({ docs: [`none-${version}`] })), version);
    }
    expect((await last).diagnostics.map(({ message }) => message)).toEqual([
      '"none-41" does not exist; paths are relative to belay.json',
    ]);
    // A server that checked at each key would have published 41 times; the machine may be slow enough for a few.
    expect(server.published.length).toBeLessThan(10);
  });

  it('asks the editor to watch the files of the open tasks, and checks again when they change', async () => {
    const root = makeFolder({ 'work/x': '' });
    const folder = join(root, 'work');
    const server = await startServer(serverModule(), inEditor);
    const uri = taskUri(folder);
    const task = taskWith({ suites: { visible: 'cases [1].jsonl', heldOut: '../held.jsonl' } });
    expect(await opened(server, uri, textOf(task))).toHaveLength(2);
    put(folder, 'cases [1].jsonl', goodCase);
    put(root, 'held.jsonl', goodCase);
    const clean = server.next(({ diagnostics }) => diagnostics.length === 0);
    await server.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: `${uri}/../cases`, type: 1 }],
    });
    await clean;
    const base = (path: string) => pathToFileURL(path).href;
    expect(server.watched().sort()).toEqual([`${base(root)} held.jsonl`, `${base(folder)} cases [[]1[]].jsonl`].sort());
    // Another path: another watch, and only that one.
    const changed = server.next(({ version }) => version === 2);
    await server.change(uri, textOf(taskWith({ suites: { visible: 'other.jsonl' } })), 2);
    await changed;
    const shut = server.next(({ diagnostics }) => diagnostics.length === 0);
    await server.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    await shut;
    // What the server asks of the client comes in order: after this answer the watches of before have been undone.
    expect(await server.end()).toBe(0);
    expect(server.watched().filter((one) => one.includes('cases'))).toEqual([]);
  });

  it('works on a document without a folder, and takes what it said back when it is closed', async () => {
    const server = await startServer(serverModule(), undefined);
    expect(await opened(server, 'untitled:belay.json', textOf(taskWith({ budget: {} })))).toEqual([
      'name at least one hard limit, such as "costUsd": { "hard": 10 }',
    ]);
    const cleared = server.next(() => true);
    await server.connection.sendNotification('textDocument/didClose', { textDocument: { uri: 'untitled:belay.json' } });
    expect((await cleared).diagnostics).toEqual([]);
  });

  it('asks a model endpoint of this machine only once the folder is trusted', async () => {
    const endpoint = await startModelEndpoint(listing('qwen'));
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const server = await startServer(serverModule(), inEditor);
    const task = taskWith({ model: { ...(taskWith()['model'] as object), baseUrl: endpoint.baseUrl } });
    expect(await opened(server, taskUri(folder), textOf(task))).toEqual([]);
    expect(endpoint.requests).toEqual([]);
    const warned = server.next(({ diagnostics }) => diagnostics.length > 0);
    await server.connection.sendNotification('belay/trusted');
    expect((await warned).diagnostics).toMatchObject([
      { severity: 2, message: 'the endpoint does not list a model "m"; it lists qwen' },
    ]);
    expect(endpoint.requests).toEqual(['GET /v1/models no key']);
  });

  it('outlives a document that nobody wrote, and odd options', async () => {
    const folder = makeFolder({ 'cases.jsonl': goodCase });
    const server = await startServer(serverModule(), { jsonFeatures: 'yes', trusted: 7 });
    await server.open('file:///deep/belay.json', '['.repeat(300_000));
    await server.open('file:///binary/belay.json', '\0\ud800'.repeat(50_000));
    await server.open('file://some.host/share/belay.json', '{}');
    expect(await opened(server, taskUri(folder), textOf(taskWith()))).toEqual([]);
    expect(await server.end()).toBe(0);
  });
});
