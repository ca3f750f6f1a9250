/**
 * Job: the command line's process: streams, signals, environment, exit code.
 * Boundary: no logic of a run and none of a command.
 */
import { existsSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../base/assert.ts';
import { stateFolder } from '../protocol/places.ts';
import { parseCommand, UsageError } from './args.ts';
import { exitCodeOf, perform, type CliPorts } from './commands.ts';

/** Set by the bundler. */
declare const BELAY_VERSION: string | undefined;

/** Beside the bundle; from the sources the last build's. */
function engineBundle(): string {
  const beside = fileURLToPath(new URL('./engine', import.meta.url));
  return existsSync(`${beside}/main.mjs`) ? beside : fileURLToPath(new URL('../../dist/engine', import.meta.url));
}

async function main(): Promise<number> {
  const interrupt = new AbortController();
  process.once('SIGINT', () => {
    interrupt.abort();
  });
  // Whoever read the output has left (`belay attach | head`): that detaches too, and is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    interrupt.abort();
  });
  const key = process.env['BELAY_API_KEY'];
  const ports: CliPorts = {
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    state: stateFolder(process.env, homedir()),
    engineBundle: engineBundle(),
    person: `${userInfo().username}@${hostname()}`,
    version: typeof BELAY_VERSION === 'string' ? BELAY_VERSION : 'from source',
    interrupt: interrupt.signal,
    ...(key && { key }),
  };
  try {
    return await perform(parseCommand(process.argv.slice(2)), ports);
  } catch (error) {
    process.stderr.write(`belay: ${messageOf(error)}\n`);
    if (error instanceof UsageError) process.stderr.write('"belay help" shows how it is used\n');
    return exitCodeOf(error);
  }
}

process.exitCode = await main();
