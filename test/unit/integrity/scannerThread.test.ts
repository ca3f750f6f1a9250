import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScannerThread } from '../../../src/engine/integrity/scannerThread.ts';

const script = join(import.meta.dirname, '../../../src/engine/integrity/scanner.ts');
const output = 'The quick brown fox jumps over the lazy dog while 17 badgers watch.\n';

let folder: string;
let threads: ScannerThread[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-scanner-'));
  threads = [];
});
afterEach(async () => {
  for (const thread of threads) await thread.close();
  rmSync(folder, { recursive: true, force: true });
});

function threadOf(suite: string, wallMs?: number): ScannerThread {
  const suiteFile = join(folder, 'visible.jsonl');
  writeFileSync(suiteFile, suite);
  const thread = new ScannerThread(
    script,
    { suiteFile, suspicions: { forbidden: ['markdown'], reference: 'cmark' } },
    wallMs,
  );
  threads.push(thread);
  return thread;
}
const suite = `${JSON.stringify({ id: 'fox', expect: { stdout: output } })}\n`;
const fileOf = (text: string) => ({ path: 'main.pl', content: Buffer.from(text) });

describe('the thread that looks through files', () => {
  it('finds in one what is looked for, and nothing in another', async () => {
    const thread = threadOf(suite);
    expect(await thread.eligible()).toBe(1);
    const source = `use Markdown;\nmy $fox = ${JSON.stringify(output)};\nprint \`cmark x\`;\n`;
    expect(await thread.find(fileOf(source))).toEqual({
      literals: [{ id: 'fox', first: 2, last: 2 }],
      libraries: [{ name: 'markdown', line: 1 }],
      references: [3],
      machineCode: null,
    });
    expect(await thread.find(fileOf('print uc while <>;'))).toEqual({
      literals: [],
      libraries: [],
      references: [],
      machineCode: null,
    });
  });

  it('B3: gives a file up that takes too long, and goes on with the next in a new thread', async () => {
    const thread = threadOf(suite);
    await thread.eligible();
    const slow = threadOf(suite, 0);
    await expect(slow.eligible()).rejects.toThrow('was not looked through: it took longer than 0 s');
    expect((await thread.find(fileOf(output))).literals).toHaveLength(1);
  });

  it('fails what it was asked where it can not begin, and nothing else', async () => {
    const thread = threadOf(suite);
    rmSync(join(folder, 'visible.jsonl'));
    await expect(thread.find(fileOf('x'))).rejects.toThrow('was not looked through');
    writeFileSync(join(folder, 'visible.jsonl'), suite);
    expect((await thread.find(fileOf(output))).literals).toHaveLength(1);
  });
});
