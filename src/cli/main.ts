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
import { nodePlacesOf } from './nodePlaces.ts';
import { printText } from './terminal.ts';

/** Set by the bundler. */
declare const BELAY_VERSION: string | undefined;

/** The folder of the bundle; from the sources the last build's. */
function bundleFolder(): URL {
  const beside = new URL('./', import.meta.url);
  return existsSync(new URL('engine/main.mjs', beside)) ? beside : new URL('../../dist/', import.meta.url);
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
  const folder = bundleFolder();
  const ports: CliPorts = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    cwd: process.cwd(),
    state: stateFolder(process.env, homedir()),
    engineBundle: fileURLToPath(new URL('engine', folder)),
    nodePlaces: nodePlacesOf(process.env, folder),
    person: `${userName()}@${hostname()}`,
    version: typeof BELAY_VERSION === 'string' ? BELAY_VERSION : 'from source',
    interrupt: interrupt.signal,
    ...(key && { key }),
  };
  try {
    return await perform(parseCommand(process.argv.slice(2)), ports);
  } catch (error) {
    printText(process.stderr, `belay: ${messageOf(error)}`);
    if (error instanceof UsageError)
      printText(process.stderr, '"belay help" shows how it is used, "belay help COMMAND" one command');
    return exitCodeOf(error);
  }
}

/** The user's number where passwd has no line for it, as in a container. */
function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    const uid = process.geteuid?.();
    if (uid === undefined) throw error;
    return String(uid);
  }
}

process.exitCode = await main();
