/** Job: the real language server over stdio, driven by a client that speaks the protocol through vscode-jsonrpc. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';

interface Position {
  readonly line: number;
  readonly character: number;
}

interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly {
    readonly range: Range;
    readonly message: string;
    readonly severity: number;
    readonly relatedInformation?: readonly { readonly location: { readonly uri: string; readonly range: Range } }[];
  }[];
}

interface Watcher {
  readonly globPattern: { readonly baseUri: string; readonly pattern: string };
}

export interface ServerProcess {
  readonly connection: MessageConnection;
  /** Everything published so far. */
  readonly published: Published[];
  /** Base and pattern of what the server asked the client to watch; undone registrations are gone. */
  readonly watched: () => string[];
  open(uri: string, text: string, version?: number): Promise<void>;
  /** Replaces the whole text. */
  change(uri: string, text: string, version: number): Promise<void>;
  /** The first publication, of those to come, that is as wanted. */
  next(wanted: (published: Published) => boolean): Promise<Published>;
  /** The exit code after shutdown and exit. */
  end(): Promise<number | null>;
}

export async function startServer(serverModule: string, initializationOptions: unknown): Promise<ServerProcess> {
  const child = spawn(process.execPath, [serverModule, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  onTestFinished(async () => {
    connection.dispose();
    child.kill('SIGKILL');
    await exited;
  });
  const published: Published[] = [];
  const waiting = new Set<(one: Published) => void>();
  const registered = new Map<string, readonly Watcher[]>();
  connection.onNotification('textDocument/publishDiagnostics', (one: Published) => {
    published.push(one);
    for (const tell of waiting) tell(one);
  });
  connection.onRequest(
    'client/registerCapability',
    ({ registrations }: { registrations: { id: string; registerOptions: { watchers: Watcher[] } }[] }) => {
      for (const { id, registerOptions } of registrations) registered.set(id, registerOptions.watchers);
      return null;
    },
  );
  connection.onRequest(
    'client/unregisterCapability',
    ({ unregisterations }: { unregisterations: { id: string }[] }) => {
      for (const { id } of unregisterations) registered.delete(id);
      return null;
    },
  );
  connection.listen();
  const capabilities = {
    workspace: { didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true } },
  };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities,
    initializationOptions,
  });
  await connection.sendNotification('initialized', {});
  return {
    connection,
    published,
    watched: () =>
      [...registered.values()].flat().map(({ globPattern: { baseUri, pattern } }) => `${baseUri} ${pattern}`),
    open: (uri, text, version = 1) =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'jsonc', version, text },
      }),
    change: (uri, text, version) =>
      connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      }),
    next: (wanted) =>
      new Promise((done) => {
        const tell = (one: Published): void => {
          if (!wanted(one)) return;
          waiting.delete(tell);
          done(one);
        };
        waiting.add(tell);
      }),
    end: async () => {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      return (await exited)[0];
    },
  };
}
