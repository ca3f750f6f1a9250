/**
 * Job: load the bundles beside this one when they are first needed.
 * Boundary: by path, so that they are neither built in nor read at activation: client, zod and jsonrpc are in runtime.cjs, the
 *   language client in languageClient.cjs.
 */
import { createRequire } from 'node:module';
import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.ts';
import type { AskWindowModel } from '../protocol/brokering.ts';
import type * as LanguageClientBundle from './languageClient.ts';
import type { Runtime } from './runLink.ts';
import type * as RuntimeBundle from './runtime.ts';
import { settings } from './settings.ts';
import { taskFileName } from './taskFiles.ts';

function late(context: vscode.ExtensionContext, bundle: string): unknown {
  return createRequire(context.asAbsolutePath('dist/extension.cjs'))(`./${bundle}`);
}

/** The runtime, made at the first call. Rejects when its bundle can't be loaded. */
export function lateRuntime(context: vscode.ExtensionContext, askModel: AskWindowModel): () => Promise<Runtime> {
  let runtime: Promise<Runtime> | undefined;
  const load = (): Runtime => {
    const { createRuntime } = late(context, 'runtime.cjs') as typeof RuntimeBundle;
    return createRuntime({
      engineFolder: context.asAbsolutePath('dist/engine'),
      nodePath: settings.nodePath,
      askModel,
    });
  };
  return () => (runtime ??= Promise.resolve().then(load));
}

/** Loads the language client when the first `belay.json` is open. */
export function lateLanguageClient(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Disposable {
  let loaded = false;
  const look = (document: vscode.TextDocument): void => {
    if (loaded || document.uri.scheme !== 'file' || !document.uri.path.endsWith(`/${taskFileName}`)) return;
    loaded = true;
    const { startLanguageClient } = late(context, 'languageClient.cjs') as typeof LanguageClientBundle;
    context.subscriptions.push(startLanguageClient(context.asAbsolutePath('dist/languageServer.cjs'), log));
  };
  const listening = vscode.workspace.onDidOpenTextDocument(look);
  vscode.workspace.textDocuments.forEach(look);
  return listening;
}
