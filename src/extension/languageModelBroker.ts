/**
 * Job: the models that VS Code offers, for a run that names one: which there are, and asking one for the engine.
 * Boundary: the only place that speaks `vscode.lm`. Composing, counting and journalling are the engine's; here one call goes to
 *   the model and its answer comes back. Nothing is kept but which vendors the supervisor has allowed.
 * Rules: VS Code asks for consent in the first request, which must follow a gesture of the supervisor's: without one the call is
 *   refused and the run waits. Usage is counted with the model's own tokenizer, since VS Code tells none.
 */
import * as vscode from 'vscode';
import { messageOf } from '../base/assert.ts';
import type { AbortSignalLike } from '../base/clock.ts';
import type { BrokeredAnswer, BrokeredCall, BrokerRefusal, WindowModel } from '../protocol/brokering.ts';
import { formatTokens, joinWords } from '../run/forDisplay.ts';
import { argumentsObject, wireId, type ModelMessage } from '../run/modelMessage.ts';

const allowedVendors = 'belay.allowedModelVendors';
/** Its extension may sign in first: a model that is not there yet is waited for. */
const modelWaitMs = 30_000;
/** Role marks around each message, which no tokenizer of a text counts. */
const tokensAroundMessage = 4;
const justification = 'Belay asks it step by step for the run that you started in this folder, up to the run’s limits.';

export interface BrokerPorts {
  readonly access: vscode.LanguageModelAccessInformation;
  readonly memory: vscode.Memento;
  readonly modelWaitMs?: number;
}

export class LanguageModelBroker {
  private readonly ports: BrokerPorts;

  constructor(ports: BrokerPorts) {
    this.ports = ports;
  }

  /** What VS Code offers in this window, by vendor and name. */
  async available(): Promise<readonly vscode.LanguageModelChat[]> {
    const models = await vscode.lm.selectChatModels();
    return [...models].sort((a, b) => a.vendor.localeCompare(b.vendor) || a.name.localeCompare(b.name));
  }

  /** Why a model can't be asked from this window, as one sentence; null: it is there. */
  async whyMissing(model: WindowModel): Promise<string | null> {
    return bestOf(await this.available(), model) === null ? this.missing(model) : null;
  }

  /** Called in a gesture of the supervisor's: the next request may let VS Code ask for its consent. @throws where there is no such model */
  async allow(model: WindowModel): Promise<void> {
    const found = await this.find(model, neverAborted);
    if (found === null) throw new Error(await this.missing(model));
    await this.remember(found.vendor, true);
  }

  /** Asks a model for the engine. Must not throw. */
  async ask(call: BrokeredCall, onText: (text: string) => void, signal: AbortSignalLike): Promise<BrokeredAnswer> {
    const source = new vscode.CancellationTokenSource();
    const cancel = (): void => {
      source.cancel();
    };
    signal.addEventListener('abort', cancel, { once: true });
    const asking = new Asking(source.token, onText);
    try {
      const model = await this.find(call.model, signal);
      if (model === null) return refused('no-model', await this.missing(call.model));
      if (!this.isAllowed(model)) return refused('no-consent', consentWords(model));
      return await asking.ask(model, call);
    } catch (error) {
      return await this.refusalOf(error, call.model, asking.begun, signal);
    } finally {
      signal.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  /** Waits a while for a model that is not there yet; null: it did not come. */
  private async find(model: WindowModel, signal: AbortSignalLike): Promise<vscode.LanguageModelChat | null> {
    const until = Date.now() + (this.ports.modelWaitMs ?? modelWaitMs);
    for (;;) {
      const changed = nextChange(until - Date.now(), signal);
      const found = bestOf(await this.available(), model);
      if (found !== null || signal.aborted || Date.now() >= until) {
        changed.dispose();
        return found;
      }
      await changed.promise;
    }
  }

  private isAllowed(model: vscode.LanguageModelChat): boolean {
    return this.ports.access.canSendRequest(model) !== false && this.vendors().includes(model.vendor);
  }

  private vendors(): readonly string[] {
    return this.ports.memory.get<readonly string[]>(allowedVendors) ?? [];
  }

  private async remember(vendor: string, allowed: boolean): Promise<void> {
    const others = this.vendors().filter((one) => one !== vendor);
    await this.ports.memory.update(allowedVendors, allowed ? [...others, vendor] : others);
  }

  private async missing({ name, vendor }: WindowModel): Promise<string> {
    const models = await this.available();
    const offered = joinWords([...new Set(models.map((model) => `${model.id} (${model.vendor})`))].slice(0, 8));
    const there =
      models.length === 0
        ? 'It offers none; install and sign in to one, such as GitHub Copilot.'
        : `It offers ${offered}.`;
    return `VS Code offers no model “${name}”${vendor === undefined ? '' : ` of ${vendor}`} in this window. ${there}`;
  }

  private async refusalOf(
    error: unknown,
    { name, vendor }: WindowModel,
    begun: boolean,
    signal: AbortSignalLike,
  ): Promise<BrokeredAnswer> {
    if (signal.aborted || error instanceof vscode.CancellationError || nameOf(error) === 'Canceled')
      return refused('cancelled', 'The call to VS Code’s model was cancelled.', begun);
    const said = sentence(messageOf(causeOf(error)));
    switch (error instanceof vscode.LanguageModelError ? error.code : '') {
      case vscode.LanguageModelError.NoPermissions.name:
        if (vendor !== undefined) await this.remember(vendor, false);
        return refused('no-consent', `VS Code does not let Belay use “${name}”: ${said}`);
      case vscode.LanguageModelError.NotFound.name:
        return refused('no-model', await this.missing({ name, ...(vendor !== undefined && { vendor }) }));
      case vscode.LanguageModelError.Blocked.name:
        return refused('blocked', `“${name}” is blocked for now, by a quota or its rate: ${said}`, begun);
      default:
        return refused('failed', `“${name}” failed: ${said}`, begun);
    }
  }
}

/** One request to one model. */
class Asking {
  /** The request was made: the model may have begun to work. */
  begun = false;
  private readonly token: vscode.CancellationToken;
  private readonly onText: (text: string) => void;

  constructor(token: vscode.CancellationToken, onText: (text: string) => void) {
    this.token = token;
    this.onText = onText;
  }

  async ask(model: vscode.LanguageModelChat, call: BrokeredCall): Promise<BrokeredAnswer> {
    const { system, messages, tools } = call;
    const inputTokens = await this.count(model, JSON.stringify({ system, messages, tools }), messages.length + 1);
    if (inputTokens !== null && inputTokens > model.maxInputTokens) {
      const sizes = `${formatTokens(inputTokens)} tokens, and “${model.name}” reads ${formatTokens(model.maxInputTokens)}`;
      const message = `The conversation has ${sizes}. Roll back to an earlier step, or choose a model that reads more.`;
      return { ...refused('too-long', message), maxInputTokens: model.maxInputTokens };
    }
    this.begun = true;
    const response = await model.sendRequest(messagesOf(call), { justification, tools: toolsOf(call) }, this.token);
    let text = '';
    const calls: { name: string; argumentsJson: string }[] = [];
    for await (const part of response.stream) {
      if (part instanceof vscode.LanguageModelTextPart) {
        text += part.value;
        this.onText(part.value);
      } else if (part instanceof vscode.LanguageModelToolCallPart) {
        calls.push({ name: part.name, argumentsJson: JSON.stringify(part.input) });
        this.onText(''); // a sign of life
      }
    }
    if (this.token.isCancellationRequested) throw new vscode.CancellationError();
    const written = text + calls.map(({ name, argumentsJson }) => `${name} ${argumentsJson}`).join('\n');
    return { ok: true, text, calls, inputTokens, outputTokens: await this.count(model, written, 1) };
  }

  /** null where the model has no tokenizer to ask: the engine then estimates. */
  private async count(model: vscode.LanguageModelChat, text: string, messages: number): Promise<number | null> {
    try {
      const tokens = await model.countTokens(text, this.token);
      return tokens > 0 ? Math.ceil(tokens) + messages * tokensAroundMessage : null;
    } catch {
      return null; // counting is a courtesy of the model's extension
    }
  }
}

/** By id, else family, else the name that is shown. */
function bestOf(
  models: readonly vscode.LanguageModelChat[],
  { name, vendor }: WindowModel,
): vscode.LanguageModelChat | null {
  const offered = models.filter((model) => vendor === undefined || model.vendor === vendor);
  const by = (key: 'id' | 'family' | 'name') => offered.find((model) => model[key] === name);
  return by('id') ?? by('family') ?? by('name') ?? null;
}

interface Waiting {
  readonly promise: Promise<void>;
  dispose(): void;
}

/** Resolves when other models are there, or the time is up, or it is cancelled. */
function nextChange(leftMs: number, signal: AbortSignalLike): Waiting {
  let done = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    done = resolve;
  });
  const timer = setTimeout(done, Math.max(0, leftMs));
  const listening = vscode.lm.onDidChangeChatModels(done);
  signal.addEventListener('abort', done, { once: true });
  const dispose = (): void => {
    clearTimeout(timer);
    listening.dispose();
    signal.removeEventListener('abort', done);
  };
  return { promise: promise.finally(dispose), dispose };
}

const neverAborted: AbortSignalLike = {
  aborted: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
};

/** VS Code's models know no system message; the instructions are the first of the user's. */
function messagesOf({ system, messages }: BrokeredCall): vscode.LanguageModelChatMessage[] {
  return [vscode.LanguageModelChatMessage.User(system), ...messages.map(messageFor)];
}

function messageFor(message: ModelMessage): vscode.LanguageModelChatMessage {
  switch (message.role) {
    case 'user':
      return vscode.LanguageModelChatMessage.User(message.text);
    case 'assistant':
      return vscode.LanguageModelChatMessage.Assistant([
        ...(message.text === '' ? [] : [new vscode.LanguageModelTextPart(message.text)]),
        ...message.calls.map(
          ({ callId, name, argumentsJson }) =>
            new vscode.LanguageModelToolCallPart(wireId(callId), name, argumentsObject(argumentsJson).value),
        ),
      ]);
    case 'tool':
      return vscode.LanguageModelChatMessage.User(
        message.results.map(
          ({ callId, output }) =>
            new vscode.LanguageModelToolResultPart(wireId(callId), [new vscode.LanguageModelTextPart(output)]),
        ),
      );
  }
}

function toolsOf({ tools }: BrokeredCall): vscode.LanguageModelChatTool[] {
  return tools.map(({ name, description, schema }) => ({ name, description, inputSchema: schema }));
}

function refused(reason: BrokerRefusal, message: string, begun = false): Extract<BrokeredAnswer, { ok: false }> {
  return { ok: false, reason, message, begun };
}

function consentWords({ name, vendor }: vscode.LanguageModelChat): string {
  return `You have not allowed Belay to use “${name}” of ${vendor} yet. “Allow the Model…” lets VS Code ask you.`;
}

/** What VS Code wraps into an error of its own. */
function causeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== '' ? cause : error;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function sentence(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}
