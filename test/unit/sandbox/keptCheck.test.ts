/** Job: what a check found holds for the very sandbox that was checked, and a damaged file is none. */
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepCheck, keptCheck } from '../../../src/engine/sandbox/keptCheck.ts';
import { sandboxCheckFile } from '../../../src/protocol/places.ts';
import type { SandboxCheck } from '../../../src/run/sandboxCheck.ts';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'belay-kept-'));
});
afterEach(() => {
  rmSync(state, { recursive: true });
});

const check: SandboxCheck = { passed: true, sandbox: 'bubblewrap 0.8.0', attacks: [], reasons: [] };

describe('a kept check', () => {
  it('H2: is found again for the sandbox that it is of, and for no other', () => {
    expect(keptCheck(state, 'bubblewrap 0.8.0')).toBeNull();
    keepCheck(join(state, 'new'), check, 1);
    expect(keptCheck(join(state, 'new'), 'bubblewrap 0.8.0')).toEqual(check);
    expect(keptCheck(join(state, 'new'), 'bubblewrap 0.9.0')).toBeNull();
  });

  it('H2: is none where the file is cut, and none is kept of no sandbox', () => {
    keepCheck(state, { ...check, sandbox: null }, 1);
    expect(keptCheck(state, 'bubblewrap 0.8.0')).toBeNull();
    keepCheck(state, check, 1);
    truncateSync(sandboxCheckFile(state), 20);
    expect(keptCheck(state, 'bubblewrap 0.8.0')).toBeNull();
  });
});
