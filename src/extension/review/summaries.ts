/**
 * Job: texts that a command made, as documents that can only be read and ask for nothing when they are closed.
 * Boundary: kept in the window's memory: after a reload such a document says that it is gone.
 */
import * as vscode from 'vscode';

const scheme = 'belay-summary';

export class Summaries implements vscode.TextDocumentContentProvider {
  private readonly texts = new Map<string, string>();

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  /** @param name with the ending that tells its language, such as "recorded suite.md" */
  async open(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `/${name}`, query: String(this.texts.size + 1) });
    this.texts.set(uri.toString(), text);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? 'This text was kept by a window that was closed or reloaded since.\n';
  }
}
