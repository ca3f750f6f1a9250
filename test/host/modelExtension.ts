// Job: an extension that offers one model to VS Code, as Copilot does, whose answers a test gives over the loopback.
// Boundary: for tests only. It uses the stable provider API alone; the strict host would refuse another.

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';

const manifest = {
  name: 'acme',
  displayName: 'Acme',
  publisher: 'belay-test',
  version: '0.0.1',
  license: 'Apache-2.0',
  repository: 'https://github.com/belay/belay',
  engines: { vscode: '^1.106.0' },
  main: './main.js',
  activationEvents: [],
  contributes: { languageModelChatProviders: [{ vendor: 'acme', displayName: 'Acme' }] },
};

const main = `const vscode = require('vscode');
const plain = (part) =>
  part instanceof vscode.LanguageModelToolResultPart
    ? { result: part.callId, text: part.content.map(({ value }) => value).join('') }
    : part instanceof vscode.LanguageModelToolCallPart
      ? { call: part.callId, name: part.name, input: part.input }
      : { text: part.value };
exports.activate = (context) => {
  const url = vscode.workspace.getConfiguration().get('acme.url');
  context.subscriptions.push(vscode.lm.registerLanguageModelChatProvider('acme', {
    provideLanguageModelChatInformation: () => [{
      id: 'acme-1', name: 'Acme One', family: 'acme', version: '1', maxInputTokens: 64000, maxOutputTokens: 8000,
      capabilities: { toolCalling: true },
    }],
    async provideLanguageModelChatResponse(model, messages, options, progress, token) {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const asked = {
        model: model.id,
        tools: (options.tools ?? []).map(({ name }) => name),
        messages: messages.map(({ role, content }) => ({ role, content: content.map(plain) })),
      };
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(asked), signal: abort.signal });
      const { error, parts } = await response.json();
      if (error === 'NoPermissions') throw vscode.LanguageModelError.NoPermissions('Acme does not let you.');
      if (error === 'Blocked') throw vscode.LanguageModelError.Blocked('The month is used up.');
      if (error !== undefined) throw new Error(error);
      for (const [index, { text, name, input }] of parts.entries()) {
        progress.report(text === undefined
          ? new vscode.LanguageModelToolCallPart('call-' + index, name, input)
          : new vscode.LanguageModelTextPart(text));
      }
    },
    provideTokenCount: (model, text) => Promise.resolve(Math.ceil((typeof text === 'string' ? text : JSON.stringify(text)).length / 4)),
  }));
};
`;

export interface AskedAcme {
  readonly model: string;
  readonly tools: readonly string[];
  readonly messages: readonly {
    readonly role: number;
    readonly content: readonly {
      readonly text?: string;
      readonly result?: string;
      readonly call?: string;
      readonly name?: string;
    }[];
  }[];
}

export type AcmePart = { readonly text: string } | { readonly name: string; readonly input: object };
export type AcmeAnswer = { readonly parts: readonly AcmePart[] } | { readonly error: string };

/** Writes the extension below `folder`, packages it and returns the path of the VSIX. */
export async function packageAcme(folder: string): Promise<string> {
  const source = join(folder, 'acme');
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(source, 'main.js'), main);
  writeFileSync(join(source, 'LICENSE'), 'For tests only.\n');
  writeFileSync(join(source, 'README.md'), '# Acme\n');
  const vsix = join(folder, 'acme.vsix');
  const vsce = join(import.meta.dirname, '..', '..', 'node_modules', '@vscode', 'vsce', 'vsce');
  await promisify(execFile)(process.execPath, [vsce, 'package', '--no-dependencies', '--out', vsix], { cwd: source });
  return vsix;
}

/** What the extension's model says. */
export class AcmeModel {
  readonly asked: AskedAcme[] = [];
  /** null: no answer until the asker gives up. */
  answer: (asked: AskedAcme) => AcmeAnswer | null;
  private readonly server: Server;

  private constructor(answer: AcmeModel['answer']) {
    this.answer = answer;
    this.server = createServer((request, response) => {
      void json(request).then((body) => {
        const asked = body as AskedAcme;
        this.asked.push(asked);
        const answer = this.answer(asked);
        if (answer !== null) response.end(JSON.stringify(answer));
      });
    });
  }

  static async start(answer: AcmeModel['answer']): Promise<AcmeModel> {
    const model = new AcmeModel(answer);
    model.server.listen(0, '127.0.0.1');
    await once(model.server, 'listening');
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
