/** A verifier that hears a cancel and does not mind: for verifierClient.test.ts. It starts a command in a group of its own. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ToVerifier } from '../../../src/engine/verification/messages.ts';

const work = process.argv[3] ?? '';

process.on('message', (message: ToVerifier) => {
  if (message.kind !== 'verify') return;
  const command = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  writeFileSync(join(work, 'pids'), `${String(process.pid)} ${String(command.pid)}`);
  process.send?.({ kind: 'progress', id: message.id, done: 0, total: 1 });
});
