// The extension as VS Code sees it: there, built on stable API only, and doing nothing before it is asked.

import { deepStrictEqual, match, notStrictEqual, ok, strictEqual, throws } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { activated, extension, type Manifest } from './window.ts';

describe('activation', () => {
  let manifest: Manifest;
  before(async () => {
    await activated();
    manifest = extension().packageJSON as Manifest;
  });

  it('finds the extension', () => {
    notStrictEqual(vscode.extensions.getExtension('belay.belay'), undefined);
  });

  it('runs on a host that refuses proposed API', () => {
    // The member is a proposal in every VS Code so far; on a lax host this call would just work.
    const window = vscode.window as unknown as { registerQuickDiffProvider: (...args: unknown[]) => unknown };
    throws(
      () => window.registerQuickDiffProvider({ scheme: 'file' }, {}, 'id', 'label'),
      /CANNOT use API proposal: quickDiffProvider/,
    );
    strictEqual(extension().packageJSON.enabledApiProposals, undefined);
  });

  it('registers every command that it contributes, and no other', async () => {
    const contributed = manifest.contributes.commands.map(({ command }) => command).sort();
    const registered = (await vscode.commands.getCommands(true)).filter((command) =>
      /^belay\.[a-zA-Z]+$/.test(command),
    );
    // VS Code makes an open command for each view itself.
    const views = new Set(manifest.contributes.views.belay.map(({ id }) => id));
    deepStrictEqual(registered.filter((command) => !views.has(command)).sort(), contributed);
  });

  it('shows the rows’ commands in no palette', () => {
    const hidden = manifest.contributes.menus.commandPalette.map(({ command }) => command);
    ok(hidden.includes('belay.rollBackTo') && !hidden.includes('belay.start'));
  });

  it('loads neither client nor schemas at activation', () => {
    const bundle = readFileSync(join(extension().extensionPath, 'dist', 'extension.cjs'), 'utf8');
    for (const late of ['vscode-jsonrpc', 'ZodError', 'createMessageConnection']) ok(!bundle.includes(late), late);
    ok(bundle.includes('runtime.cjs'));
  });

  it('contributes a schema that is there and an icon that is there', () => {
    const { jsonValidation, viewsContainers } = manifest.contributes;
    const [validation] = jsonValidation;
    const schema = JSON.parse(readFileSync(join(extension().extensionPath, validation?.url ?? ''), 'utf8')) as {
      required: string[];
    };
    ok(schema.required.includes('candidate') && schema.required.includes('budget'));
    ok(existsSync(join(extension().extensionPath, viewsContainers.activitybar[0]?.icon ?? '')));
  });

  it('marks what is wrong in a belay.json', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    ok(folder);
    const file = vscode.Uri.joinPath(folder, 'belay.json');
    const marked = new Promise<readonly vscode.Diagnostic[]>((resolve) => {
      const listening = vscode.languages.onDidChangeDiagnostics(() => {
        const found = vscode.languages.getDiagnostics(file);
        if (!found.some(({ message }) => message.includes('colour'))) return;
        listening.dispose();
        resolve(found);
      });
    });
    await vscode.workspace.fs.writeFile(file, Buffer.from('{"name": "x", "colour": "red"}'));
    try {
      await vscode.window.showTextDocument(file);
      match((await marked).map(({ message }) => message).join('\n'), /colour/);
    } finally {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.workspace.fs.delete(file);
    }
  });
});
