// belay.json in a real editor: the schema's help and errors, the language server's findings, each told once.

import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { activated } from './window.ts';

/** Waits until what is told of a file is as wanted. */
function diagnosed(
  file: vscode.Uri,
  wanted: (found: readonly vscode.Diagnostic[]) => boolean,
): Promise<readonly vscode.Diagnostic[]> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = vscode.languages.getDiagnostics(file);
      if (!wanted(found)) return;
      listening.dispose();
      resolve(found);
    };
    const listening = vscode.languages.onDidChangeDiagnostics(look);
    look();
  });
}

const messages = (found: readonly vscode.Diagnostic[]): string => found.map(({ message }) => message).join('\n');

describe('belay.json in the editor', () => {
  // Outside the workspace of the test, so that no run's view takes notice.
  const folder = mkdtempSync(join(tmpdir(), 'belay-task-'));
  const file = vscode.Uri.file(join(folder, 'work', 'belay.json'));
  const task = {
    name: 'cat → sh',
    candidate: { language: 'sh', run: ['sh', 'cat.sh'] },
    suites: { visible: 'cases.jsonl', heldOut: '../held.jsonl' },
    model: {
      provider: 'openai-compatible',
      baseUrl: 'https://models.example/v1',
      name: 'm',
      price: { input: 0, output: 0 },
    },
    budget: { steps: { soft: 9, hard: 5 } },
    colour: 'red',
  };
  const put = (name: string, text: string) =>
    vscode.workspace.fs.writeFile(vscode.Uri.file(join(folder, name)), Buffer.from(text));
  let document: vscode.TextDocument;

  before(async () => {
    await activated();
    await put('work/belay.json', JSON.stringify(task, null, 2));
    document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is JSON with comments', () => {
    strictEqual(document.languageId, 'jsonc');
  });

  it('has each problem told once, the schema’s by the editor and the rest by Belay, at the exact range', async () => {
    const found = await diagnosed(file, (all) => all.length >= 4 && all.some(({ source }) => source !== 'belay'));
    strictEqual(found.filter(({ message }) => message.includes('colour')).length, 1, messages(found));
    const belay = found.filter(({ source }) => source === 'belay');
    deepStrictEqual(belay.map(({ range }) => document.getText(range)).sort(), [
      '"../held.jsonl"',
      '"cases.jsonl"',
      '"steps"',
    ]);
    match(messages(belay), /soft must not be more than hard/);
    match(messages(belay), /"cases\.jsonl" does not exist/);
  });

  it('is checked again when a file that it names changes, beside it or elsewhere', async () => {
    await put('work/cases.jsonl', '{"id":"a","expect":{}}\n');
    const [inside] = (await diagnosed(file, (all) => messages(all).includes('expects nothing'))).filter(({ message }) =>
      message.includes('expects nothing'),
    );
    strictEqual(inside?.relatedInformation?.[0]?.location.uri.fsPath, join(folder, 'work', 'cases.jsonl'));
    await put('held.jsonl', '{"id":"a","expect":{"exit":0}}\n');
    await diagnosed(file, (all) => !messages(all).includes('held.jsonl'));
  });

  it('has completion and hover from the schema', async () => {
    const at = document.positionAt(document.getText().indexOf('"budget"') + 2);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', file, at);
    const text = hovers
      .flatMap(({ contents }) => contents)
      .map((content) => (content instanceof vscode.MarkdownString ? content.value : JSON.stringify(content)))
      .join('\n');
    match(text, /Only you can change a limit/);
    const start = document.positionAt(document.getText().indexOf('"name"'));
    const offered = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      file,
      start,
    );
    ok(offered.items.some(({ label }) => JSON.stringify(label).includes('gates')));
  });
});
