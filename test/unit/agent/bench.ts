/**
 * Job: an agent's surroundings for a test: a real folder, a real shell, and a journal's memory of what was read.
 * Boundary: the shell is plain `sh`; the sandbox has tests of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { perform, prepare } from '../../../src/engine/agent/tools.ts';
import type { AgentPorts, Running, ToolContext, ToolOutcome } from '../../../src/engine/agent/tool.ts';
import type { FileEdit, ToolCall } from '../../../src/run/entry.ts';
import { makeFolder } from '../workspace/folder.ts';

export interface AgentBench {
  readonly root: string;
  readonly lastRead: Map<string, string>;
  readonly context: ToolContext;
  /** Prepares and performs, as the engine does. */
  use(
    name: string,
    args: object | string,
    running?: Partial<Running>,
  ): Promise<ToolOutcome['fields'] & { readonly whole?: string; readonly intent?: FileEdit; readonly title: string }>;
}

export const callOf = (name: string, args: object | string): ToolCall => ({
  callId: 'c',
  name,
  argumentsJson: typeof args === 'string' ? args : JSON.stringify(args),
});

export const still: Running = { signal: new AbortController().signal, onOutput: () => undefined };

export function agentBench(
  files: Readonly<Record<string, string | Buffer>> = {},
  ports: Partial<AgentPorts> = {},
): AgentBench {
  const root = makeFolder(files);
  const lastRead = new Map<string, string>();
  const context: ToolContext = {
    lastRead,
    commandSeconds: 30,
    ports: {
      place: { root, hidden: [] },
      runShell: (command, _seconds, running) => shell(root, command, running),
      runVisibleTests: () => Promise.resolve({ ok: false, message: 'no tests here' }),
      toolOutput: () => Promise.resolve(null),
      dirtyEditors: () => [],
      redactedTask: () => ({ name: 't', suites: { visible: 'run_visible_tests' } }),
      ...ports,
    },
  };
  return {
    root,
    lastRead,
    context,
    async use(name, args, running) {
      const call = callOf(name, args);
      const prepared = await prepare(call, context);
      if (!prepared.ok) return { ...prepared.outcome.fields, title: prepared.title };
      const { fields, whole } = await perform(call, context, { ...still, ...running }, prepared.intent);
      if (fields.read) lastRead.set(fields.read.path, fields.read.digest);
      return {
        ...fields,
        title: prepared.title,
        ...(whole !== undefined && { whole }),
        ...(prepared.intent && { intent: prepared.intent }),
      };
    },
  };
}

async function shell(cwd: string, command: string, running: Running) {
  const child = spawn('sh', ['-c', command], { cwd, signal: running.signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      running.onOutput(text);
    });
  }
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { output, exitCode };
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    return { output, exitCode: null, endedBy: 'was interrupted' };
  }
}
