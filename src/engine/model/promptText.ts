/**
 * Job: a request as a text that a person can carry to any model, with how its answer is to be written.
 * Boundary: pure; `answerText.ts` reads the answers.
 * Rules: all stands in one text, where headings part who speaks: what a tool gave is fenced, so that no file of the workspace
 *   speaks as the supervisor.
 */
import type { ModelMessage, ModelRequest, ToolDefinition } from './request.ts';

/** The whole prompt: for a new chat. */
export function promptText(request: ModelRequest): string {
  return [
    request.system,
    `# Tools\n\n${request.tools.map(toolText).join('\n\n')}`,
    answerForm,
    ...request.messages.map(messageText),
    `Answer now, with at most ${String(request.maxOutputTokens)} tokens.`,
  ].join('\n\n');
}

/** Only what came after the last answer: to go on in the chat that gave it. */
export function newsText({ messages }: ModelRequest): string {
  const last = messages.findLastIndex((message) => message.role === 'assistant');
  return messages
    .slice(last + 1)
    .map(messageText)
    .join('\n\n');
}

const answerForm = `# How to answer

Say in a sentence or two what you do and why, then make the calls. Write each call like this, each argument in an element with
its name; nothing in it is escaped:

<call tool="write_file">
<path>src/example.txt</path>
<content>
first line
second line
</content>
</call>

A value on lines of its own keeps its last line break. Lists, numbers, true and false are written as JSON.`;

function toolText({ name, description, schema }: ToolDefinition): string {
  const { properties = {}, required = [] } = schema as ObjectSchema;
  const lines = Object.entries(properties).map(([key, value]) => {
    const { description: words = '', ...shape } = value;
    return `- ${key}${required.includes(key) ? '' : ' (optional)'}: ${words} ${JSON.stringify(shape)}`;
  });
  return [`## ${name}`, description, ...lines].join('\n');
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  readonly required?: readonly string[];
}

function messageText(message: ModelMessage): string {
  switch (message.role) {
    case 'user':
      return `# Supervisor\n\n${message.text}`;
    case 'assistant':
      return [
        '# You answered',
        message.text,
        ...message.calls.map((call) => `(called ${call.name} ${call.argumentsJson})`),
      ].join('\n\n');
    case 'tool':
      return message.results.map(({ name, output }) => `# Result of ${name}\n\n${fenced(output)}`).join('\n\n');
  }
}

/** Within a fence that is longer than any in it. */
export function fenced(text: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`{3,}/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}
