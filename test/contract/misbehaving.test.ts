/** Contract of the real engine: commands that would never end, or take the machine with them. */
import { expect, it } from 'vitest';
import { limits } from '../../src/run/limits.ts';
import { Bench, runs, say, script, upper, writes } from './harness.ts';
import { processesNaming } from './processes.ts';

/** A duration that no other process on the machine sleeps for. */
const asleep = '98763.5';

const misbehaviours = [
  { command: `sleep ${asleep}`, status: 'error', told: /^stopped after 2 s\n$/ },
  {
    command: 'yes and on and on',
    status: 'error',
    told: /^stopped: it wrote more than 4194304 bytes\nand on and on\n/,
  },
  {
    command: `setsid sleep ${asleep} & (sleep ${asleep} &) ; trap '' TERM; echo begun`,
    status: 'ok',
    told: /^exit 0\nbegun\n$/,
  },
  { command: 'read -r line; echo "read: $?"; cat', status: 'ok', told: /^exit 0\nread: 1\n$/ },
  {
    command: `perl -e '$x = "x" x (300 * 1048576); sleep 60'`,
    status: 'error',
    told: /^stopped: it used more than 128 MB of memory\n$/,
  },
  // It doubles, but only seven times: where the limit fails, the machine that the test runs on does not.
  {
    command:
      'bomb() { if [ "$1" -gt 0 ]; then bomb $(($1 - 1)) & bomb $(($1 - 1)) & fi; sleep 60; }; bomb 7 2>/dev/null',
    status: 'error',
    told: /^stopped: it had more than 40 processes\n$/,
  },
  { command: 'truncate -s 100G huge 2>&1; ls', status: 'ok', told: /File (too large|size limit exceeded)/ },
] as const;

it('B3: each is bounded, ended with all that it started, told in few words with the rest in a blob, and the run goes on', async () => {
  const bench = await Bench.make({
    answer: script(
      say('Trouble.', writes('upper.sh', upper), ...misbehaviours.map(({ command }) => runs(command))),
      say('Words.', writes('README', 'Capitals.\n')),
    ),
    task: { sandbox: { commandSeconds: 2, memoryMb: 128, processes: 40 } },
  });
  const window = await bench.start();
  await bench.gate(window);
  const told = bench.entries(window, 'tool.finished').slice(1, 1 + misbehaviours.length);
  expect(told.map(({ status }) => status)).toEqual(misbehaviours.map(({ status }) => status));
  for (const [index, { command, told: words }] of misbehaviours.entries()) {
    expect(told[index]?.output, command).toMatch(words);
    expect(told[index]?.output.length).toBeLessThanOrEqual(limits.toolOutputChars);
    expect(told[index]?.wallMs, command).toBeLessThan(10_000);
  }
  const whole = told[1]?.whole?.bytes ?? 0;
  expect(whole, 'what the agent is not shown').toBeGreaterThan(limits.toolOutputChars);
  expect(whole).toBeLessThanOrEqual(limits.commandOutputBytes + 100);
  expect(processesNaming(asleep)).toEqual([]);
  expect(bench.requests[1]?.text, 'the agent is told').toContain('it used more than 128 MB of memory');
  expect(bench.read('README'), 'the run went on').toBe('Capitals.\n');
  expect(bench.entries(window, 'run.paused')).toEqual([]);
});
