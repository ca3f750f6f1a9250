/**
 * Job: the commands that steer a run that an engine serves, each with the line that says what came of it.
 * Boundary: requests over the socket; `commands.ts` finds the run and prints.
 */
import { unreachable } from '../base/assert.ts';
import type { RunConnection } from '../client/connection.ts';
import { modelToSwitchTo } from '../run/models.ts';
import { shownOf } from '../run/shown.ts';
import { rollbackWords } from '../run/status.ts';
import { UsageError, type Command } from './args.ts';
import { acceptFile, pathInWorkspace, rejected } from './changes.ts';
import { acceptAndCommit, undoAccept } from './commit.ts';
import { rolledBack } from './rollBack.ts';
import type { Output } from './terminal.ts';

export type Steering = Extract<
  Command,
  {
    kind:
      | 'pause'
      | 'dismiss'
      | 'compact'
      | 'fresh'
      | 'switch-model'
      | 'diff'
      | 'accept'
      | 'redirect'
      | 'reject'
      | 'rollback'
      | 'undo'
      | 'undo-accept';
  }
>;

export async function steered(
  command: Exclude<Steering, { kind: 'diff' }>,
  connection: RunConnection,
  ports: { readonly cwd: string; readonly stderr: Output },
): Promise<string> {
  const shown = shownOf(connection.state, null);
  switch (command.kind) {
    case 'pause':
      await connection.request('pause', {});
      return 'Paused';
    case 'dismiss':
      await connection.request('dismissStall', {});
      return 'Alarm dismissed';
    case 'compact':
      await connection.request('askContext', { way: 'summary' });
      return 'The context is compacted when no step is half done';
    case 'fresh':
      await connection.request('askContext', { way: 'fresh' });
      return 'The story is left out of the prompts when no step is half done';
    case 'switch-model': {
      const next = modelToSwitchTo(connection.state);
      if (next === null) throw new UsageError('The task names no other model: stalls.otherModel in belay.json');
      await connection.request('switchModel', { name: next.name });
      return `${next.name} answers from here on`;
    }
    case 'accept': {
      const { gate, run } = connection.state;
      const file = command.file === null ? null : pathInWorkspace(command.file, ports.cwd, run?.workspace ?? '');
      if (command.commit) return acceptAndCommit(connection, { file, message: command.message });
      if (file !== null) return acceptFile(connection, file);
      if (!gate) throw new UsageError('No gate is open: there is nothing to accept');
      await connection.request('decide', { gate: gate.gate, decision: 'accept', shown });
      return `Gate ${String(gate.gate)} accepted`;
    }
    case 'redirect': {
      const { directive } = await connection.request('redirect', { text: command.text, shown });
      return `Directive ${String(directive)}, in the next prompt`;
    }
    case 'reject':
      return rejected(command, connection, ports);
    case 'rollback':
      return rolledBack(command, connection, ports);
    case 'undo-accept':
      return undoAccept(connection);
    case 'undo': {
      const { paths, part } = connection.state.lastRollback ?? {};
      const { checkpoint } = await connection.request('undoRollback', {});
      if (paths) return rollbackWords({ to: 0, paths, undo: true, ...(part && { part }) }).done;
      return `Rollback undone: back at checkpoint ${String(checkpoint)}`;
    }
    default:
      return unreachable(command, 'command');
  }
}
