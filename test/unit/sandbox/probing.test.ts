/** Job: the agent's questions to the reference: each is asked once, and only so many. */
import { describe, expect, it } from 'vitest';
import { probing } from '../../../src/engine/effects/agentPorts.ts';
import { limits } from '../../../src/run/limits.ts';
import type { World } from '../../../src/engine/world.ts';
import { nothingMasked } from '../../../src/engine/sandbox/shape.ts';
import { sealed } from '../verification/candidates.ts';

const commandLimits = { wallMs: 10_000, outputBytes: 10_000, memoryMb: 256, processes: 16 };
const world = {
  sandbox: sealed,
  view: { mask: nothingMasked, toolchains: [], never: [] },
  reference: { program: '/usr/bin/date', mask: nothingMasked, needs: [], gaps: [] },
  commandLimits,
} as unknown as World; // no more of the world is asked

const running = { signal: new AbortController().signal, onOutput: () => undefined };

describe('probes', () => {
  it('B3: a question that was asked is answered from memory, and after the last probe only such ones are', async () => {
    const ask = probing(world, ['date', '+%N'], limits.probesPerRun - 1);
    const first = await ask({ args: [], stdin: '' }, running);
    expect(first).toMatchObject({ ok: true, exitCode: 0, stdout: expect.stringMatching(/^\d{9}\n$/) as string });
    expect(await ask({ args: [], stdin: '' }, running)).toEqual(first);
    expect(await ask({ args: ['-u'], stdin: '' }, running)).toEqual({
      ok: false,
      message: `no probes are left: a run has ${String(limits.probesPerRun)}`,
    });
    const another = await probing(world, ['date', '+%N'], 0)({ args: [], stdin: '' }, running);
    expect(another, 'an answer that was not kept is another one').not.toEqual(first);
  });
});
