import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimatedUsage, inputTokensBound, type Prompt } from '../../../src/engine/model/bound.ts';

const prompt = (text: string): Prompt => ({ system: 'be brief', messages: [{ role: 'user', text }], tools: [] });

describe('bound', () => {
  it('B1: no tokenizer that takes at least a byte a token finds more tokens than the bound', () => {
    const bytesOf = (p: Prompt) =>
      Buffer.byteLength(p.system) +
      p.messages.reduce((sum, m) => sum + (m.role === 'user' ? Buffer.byteLength(m.text) : 0), 0);
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        (text) => inputTokensBound(prompt(text)) >= bytesOf(prompt(text)),
      ),
    );
    // Sabotaged: characters instead of bytes are no bound.
    const characters = (p: Prompt) => JSON.stringify(p).length;
    expect(characters(prompt('漢'.repeat(500)))).toBeLessThan(bytesOf(prompt('漢'.repeat(500))));
  });

  it('B1: grows with each message, result and tool', () => {
    const empty = inputTokensBound({ system: '', messages: [], tools: [] });
    const result = (callId: string) => ({ callId, name: 'run', output: '' });
    const one = inputTokensBound({ system: '', messages: [{ role: 'tool', results: [result('a')] }], tools: [] });
    const two = inputTokensBound({
      system: '',
      messages: [{ role: 'tool', results: [result('a'), result('b')] }],
      tools: [],
    });
    expect(one).toBeGreaterThan(empty);
    expect(two).toBeGreaterThanOrEqual(one + 16);
    expect(
      inputTokensBound({ system: '', messages: [], tools: [{ name: 'x', description: '', schema: {} }] }),
    ).toBeGreaterThan(empty + 32);
  });

  it('estimates stay within what was reserved', () => {
    const p = prompt('some words '.repeat(50));
    const usage = estimatedUsage(p, { text: 'answer '.repeat(5000), calls: [] }, 300);
    expect(usage.output).toBe(300);
    expect(usage.input).toBeLessThanOrEqual(inputTokensBound(p));
  });
});
