/**
 * Job: connect VS Code to Belay's language server for `belay.json`.
 * Boundary: a bundle of its own (dist/languageClient.cjs), since loading the client costs more than activation may. The
 *   server says what the contributed JSON Schema can't; its words are in the output channel "Belay Language Server".
 */
import * as vscode from 'vscode';
import { LanguageClient, RevealOutputChannelOn, TransportKind } from 'vscode-languageclient/node';
import { messageOf } from '../base/assert.ts';
import { DisposableStore } from '../base/disposable.ts';
import { trustedNotification, type LanguageServerOptions } from '../protocol/languageServer.ts';

/** A server that ends this often within three minutes is not started again. */
const restartsMost = 4;

/** Starts the server at `serverModule`; dispose ends it. A server that does not start is told in `log`. */
export function startLanguageClient(serverModule: string, log: vscode.LogOutputChannel): vscode.Disposable {
  const initializationOptions = (): LanguageServerOptions => ({
    jsonFeatures: vscode.extensions.getExtension('vscode.json-language-features') !== undefined,
    trusted: vscode.workspace.isTrusted,
  });
  const told =
    (what: string) =>
    (error: unknown): void => {
      log.warn(`language server: ${what}: ${messageOf(error)}`);
    };
  const client = new LanguageClient(
    'belay.languageServer',
    'Belay Language Server',
    { module: serverModule, transport: TransportKind.ipc },
    {
      documentSelector: [
        { scheme: 'file', pattern: '**/belay.json' },
        { scheme: 'untitled', pattern: '**/belay.json' },
      ],
      initializationOptions,
      // A run goes on without the findings of an editor: nothing of this pops up.
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: (error) => {
        told('it did not start')(error);
        return false;
      },
      connectionOptions: { maxRestartCount: restartsMost },
    },
  );
  const store = new DisposableStore();
  store.add({
    dispose: () => {
      client.dispose().catch(told('it did not end'));
    },
  });
  const started = client.start();
  started.catch(told('it did not start'));
  store.add(
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      started.then(() => client.sendNotification(trustedNotification)).catch(told('it was not told of the trust'));
    }),
  );
  return new vscode.Disposable(() => {
    store.dispose();
  });
}
