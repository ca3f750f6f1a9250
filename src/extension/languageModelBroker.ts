/**
 * Job: the models that VS Code offers, for a run that names one: which there are, and asking them for the engine.
 * Boundary: the only place that speaks `vscode.lm`.
 */
import * as vscode from 'vscode';

export class LanguageModelBroker {
  /** What VS Code offers in this window, by vendor and name. */
  async available(): Promise<readonly vscode.LanguageModelChat[]> {
    const models = await vscode.lm.selectChatModels();
    return [...models].sort((a, b) => a.vendor.localeCompare(b.vendor) || a.name.localeCompare(b.name));
  }
}
