/**
 * Job: the model's key: kept in the system's keychain by VS Code, asked for when it is missing, handed over the socket.
 * Boundary: the key is in no setting, no log and no file of Belay's; the engine keeps it in memory.
 */
import * as vscode from 'vscode';

export class ModelKeys {
  private readonly secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.secrets = secrets;
  }

  /** The key for an endpoint's host: the stored one, else BELAY_API_KEY of the window's environment. */
  async keyFor(host: string | null): Promise<string | undefined> {
    if (host === null) return undefined;
    const stored = await this.secrets.get(nameOf(host));
    return stored ?? (process.env['BELAY_API_KEY'] === '' ? undefined : process.env['BELAY_API_KEY']);
  }

  /** Asks for a key and keeps it. undefined: the supervisor gave none. */
  async ask(host: string): Promise<string | undefined> {
    const key = await vscode.window.showInputBox({
      title: `Model key for ${host}`,
      prompt: 'Stays in the system’s keychain; the engine holds it in memory only.',
      password: true,
      ignoreFocusOut: true,
      validateInput: (value) => (/\s/.test(value.trim()) ? 'A key has no spaces or line breaks.' : undefined),
    });
    const trimmed = key?.trim();
    if (trimmed === undefined || trimmed === '') return undefined;
    await this.secrets.store(nameOf(host), trimmed);
    return trimmed;
  }
}

const nameOf = (host: string): string => `belay.modelKey/${host}`;
