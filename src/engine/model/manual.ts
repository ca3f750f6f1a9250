/**
 * Job: a model whose wire is a person: the prompt goes into files of the run directory, the answer comes as pasted text.
 * Boundary: no network; the words of prompt and answer are `promptText.ts` and `answerText.ts`.
 * Rules: an answer that can't be read is refused with its line, and the question stays open: nothing that was written is lost.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/assert.ts';
import type { Question } from '../../protocol/messages.ts';
import { readAnswer } from './answerText.ts';
import { estimatedUsage } from './bound.ts';
import { newsText, promptText } from './promptText.ts';
import type { ModelCallOptions, ModelFailure, ModelRequest, ModelResult } from './request.ts';

interface Asked {
  readonly step: number;
  readonly request: ModelRequest;
  readonly settle: (result: ModelResult) => void;
}

export class ManualModel {
  private readonly folder: string;
  private asked: Asked | null = null;

  /** @param folder where the prompts go; made when the first is written */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Asks, and waits for `answer` for as long as it takes. Must not throw. */
  readonly call = (request: ModelRequest, { step, signal }: ModelCallOptions): Promise<ModelResult> =>
    new Promise((resolve) => {
      const settle = (result: ModelResult): void => {
        this.asked = null;
        signal.removeEventListener('abort', interrupt);
        resolve(result);
      };
      const interrupt = (): void => {
        settle(failed('interrupted', 'The question was taken back.'));
      };
      if (signal.aborted) {
        interrupt();
        return;
      }
      signal.addEventListener('abort', interrupt, { once: true });
      // Open at once: whoever was told of the request may ask for the question.
      this.asked = { step, request, settle };
      this.write(step, request).catch((error: unknown) => {
        settle(failed('rejected', `The prompt could not be written: ${messageOf(error)}`));
      });
    });

  /** What waits for an answer; null: nothing. */
  open(): Question | null {
    if (this.asked === null) return null;
    const { step, request } = this.asked;
    return { step, prompt: promptText(request), news: newsText(request), file: promptFiles(this.folder, step).whole };
  }

  /** Takes a pasted answer to the open question. @returns what is wrong with it, for the person who pasted; null: taken */
  answer(step: number, pasted: string): string | null {
    const { asked } = this;
    if (asked === null) return 'No question is open: the run is not waiting for an answer.';
    if (asked.step !== step) return `This answers step ${String(step)}, but step ${String(asked.step)} is asked now.`;
    const read = readAnswer(pasted, asked.request.tools);
    if (!read.ok) return read.message;
    const calls = read.calls.map((call, index) => ({ ...call, callId: String(index + 1) }));
    const usage = estimatedUsage(asked.request, { text: read.text, calls }, asked.request.maxOutputTokens);
    asked.settle({
      ok: true,
      answer: { text: read.text, calls, usage, usageEstimated: true, finishReason: 'stop' },
    });
    return null;
  }

  private async write(step: number, request: ModelRequest): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const files = promptFiles(this.folder, step);
    await writeFile(files.whole, promptText(request), { mode: 0o600 });
    await writeFile(files.news, newsText(request), { mode: 0o600 });
  }
}

/** Where the prompt of a step is found: whole, for a new chat, and what is new in it, for the chat that gave the last answer. */
export function promptFiles(folder: string, step: number): { readonly whole: string; readonly news: string } {
  const name = `step-${String(step)}`;
  return { whole: join(folder, `${name}.md`), news: join(folder, `${name}.new.md`) };
}

function failed(kind: ModelFailure['kind'], message: string): ModelResult {
  return { ok: false, failure: { kind, message, retryable: kind === 'interrupted', billed: false } };
}
