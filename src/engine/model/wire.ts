/**
 * Job: turn Belay's messages and tools into the SDK's, and watch the bytes of the answer.
 * Boundary: with `providers.ts` and `requestModel.ts` all that knows the SDK's types. No key passes here.
 */
import { argumentsObject, wireId } from '../../run/modelMessage.ts';
import type { SdkModel } from './providers.ts';
import type { ModelMessage, ModelRequest, ToolDefinition } from './request.ts';

type SdkCall = Parameters<SdkModel['doStream']>[0];
type SdkMessage = SdkCall['prompt'][number];
type SdkTool = NonNullable<SdkCall['tools']>[number];

/**
 * The prompt as the SDK's providers take it. Anthropic caches only up to the places that are marked: the end of what never
 * changes, and the ends of the last two turns, the older of which is where the request before this one was marked. The
 * other providers cache by themselves.
 */
export function sdkPrompt({ provider, system, messages }: SdkRequest): SdkMessage[] {
  const prompt: SdkMessage[] = [{ role: 'system', content: system }, ...sdkMessages(messages)];
  if (provider !== 'anthropic') return prompt;
  const turnEnds = prompt.flatMap(({ role }, index) => (role === 'tool' ? [index] : [])).slice(-2);
  return prompt.map((message, index) =>
    index === 0 || turnEnds.includes(index) ? { ...message, providerOptions: cacheHere } : message,
  );
}

type SdkRequest = Pick<ModelRequest, 'provider' | 'system' | 'messages'>;
const cacheHere = { anthropic: { cacheControl: { type: 'ephemeral' } } } as const;

/** What a provider adds to a part of its answer. */
export type SdkMetadata = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

export function signatureOf(metadata: SdkMetadata | undefined): string | undefined {
  const signature = metadata?.['google']?.['thoughtSignature'];
  return typeof signature === 'string' ? signature : undefined;
}

/** Tool arguments go back as the very text that the model wrote, for a stable prefix. */
function sdkMessages(messages: readonly ModelMessage[]): SdkMessage[] {
  return messages.map((message): SdkMessage => {
    switch (message.role) {
      case 'user':
        return { role: 'user', content: [{ type: 'text', text: message.text }] };
      case 'assistant':
        return {
          role: 'assistant',
          content: [
            ...(message.text === '' ? [] : [{ type: 'text' as const, text: message.text }]),
            ...message.calls.map((call) => ({
              type: 'tool-call' as const,
              toolCallId: wireId(call.callId),
              toolName: call.name,
              input: resentArguments(call.argumentsJson),
              ...(call.signature !== undefined && {
                providerOptions: { google: { thoughtSignature: call.signature } },
              }),
            })),
          ],
        };
      case 'tool':
        return {
          role: 'tool',
          content: message.results.map((result) => ({
            type: 'tool-result' as const,
            toolCallId: wireId(result.callId),
            toolName: result.name,
            output: { type: 'text' as const, value: result.output },
          })),
        };
    }
  });
}

/** Servers that render a template parse the arguments and want an object; what is one goes back as it was written. */
function resentArguments(argumentsJson: string): unknown {
  const { value, asWritten } = argumentsObject(argumentsJson);
  return asWritten ? argumentsJson : value;
}

export function sdkTools(tools: readonly ToolDefinition[]): SdkTool[] {
  return tools.map(({ name, description, schema }) => ({ type: 'function', name, description, inputSchema: schema }));
}

/** What happened on the wire, whatever the SDK makes of it. */
export interface WireWatch {
  /** The status of the answer; null before its head arrived. */
  status: number | null;
  contentType: string;
  bytes: number;
}

/** `fetch` that fills a watch and tells each sign of life. */
export function watchedFetch(watch: WireWatch, onBytes: (bytes: number) => void): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    watch.status = response.status;
    watch.contentType = response.headers.get('content-type') ?? '';
    onBytes(0);
    if (!response.body) return response;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          watch.bytes += chunk.byteLength;
          onBytes(chunk.byteLength);
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(counted, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}
