/** Job: the policy that stands in for a model: what it says follows from the request and from nothing else. */
import { describe, expect, it, vi } from 'vitest';
import { canaryCases, specDocument, splitCases } from '../../cmark/cases.ts';
import { textOf, type ChatMessage } from '../../cmark/conversation.ts';
import { namedIn, readWish } from '../../cmark/directives.ts';
import { answer, type Answer } from '../../cmark/policy.ts';
import { passCount, Toolbench, type Files } from '../../cmark/toolbench.ts';

// Real processes: on a machine that is busy with other tests they take their time.
vi.setConfig({ testTimeout: 60_000 });

const { visible, heldOut } = splitCases();
const start: readonly ChatMessage[] = [
  { role: 'system', content: 'You rebuild a program. Your work may be rolled back.' },
  { role: 'user', content: 'Task: cmark → Perl.' },
];
const workspace: Files = new Map([
  ['docs/spec.md', specDocument()],
  ['belay.json', '{}'],
]);

interface Drive {
  readonly bench: Toolbench;
  readonly messages: ChatMessage[];
  readonly said: Answer[];
}

/** Runs the policy on the tools until it finishes or `until` holds. `between` may change the conversation. */
function drive(from: Drive | null, until: (d: Drive) => boolean, cases = visible.slice(0, 40)): Drive {
  const d = from ?? { bench: new Toolbench(workspace, cases), messages: [...start], said: [] };
  for (let i = 0; i < 60 && !d.bench.finished && !until(d); i += 1) {
    const said = answer(d.messages);
    d.said.push(said);
    d.messages.push(...d.bench.perform(said, d.said.length));
  }
  return d;
}

const wrote = (said: Answer | undefined): string[] =>
  (said?.toolCalls ?? []).filter((c) => c.name === 'write_file').map((c) => String(c.args['path']));
const has = (path: string) => (d: Drive) => d.bench.files.has(path);
const user = (content: string): ChatMessage => ({ role: 'user', content });
const write = (said: Answer | undefined) =>
  JSON.stringify((said?.toolCalls ?? []).filter((c) => c.name.endsWith('_file')));

describe('a whole run', () => {
  it('finishes in 14 steps or more, passes over half of the visible cases, and held-out within 10 points', () => {
    const held = [...heldOut, ...canaryCases()];
    const bench = new Toolbench(workspace, visible);
    const messages = [...start];
    const steps: { step: number; visible: number; heldOut: number }[] = [];
    while (!bench.finished && steps.length < 60) {
      messages.push(...bench.perform(answer(messages), steps.length));
      steps.push({
        step: steps.length + 1,
        visible: passCount(bench.files, visible) / visible.length,
        heldOut: passCount(bench.files, held) / held.length,
      });
    }
    const table = steps.map(
      (s) =>
        `${String(s.step).padStart(2)}  visible ${(100 * s.visible).toFixed(1)} %  held-out ${(100 * s.heldOut).toFixed(1)} %`,
    );
    console.log(table.join('\n'));
    const last = steps.at(-1);
    const falls = steps.filter((s, i) => s.visible < (steps[i - 1]?.visible ?? 0)).length;
    expect(bench.finished).toBe(true);
    expect(steps.length).toBeGreaterThanOrEqual(14);
    expect(last?.visible).toBeGreaterThanOrEqual(0.85);
    expect(Math.abs((last?.visible ?? 0) - (last?.heldOut ?? 1))).toBeLessThanOrEqual(0.1);
    expect(falls).toBe(1);
    expect(messages.filter((m) => m.role === 'tool' && textOf(m).startsWith('error'))).toEqual([]);
  });
});

describe('no state', () => {
  type Policy = (messages: readonly ChatMessage[]) => Answer;

  function saysTheSameTwice(policy: Policy): boolean {
    const d = drive(null, has('lib/Cmark/Block/FencedCode.pm'));
    const request = structuredClone(d.messages);
    const first = JSON.stringify(policy(request));
    policy(start);
    policy([...d.messages, user('Directive 9: Emphasis next.')]);
    return JSON.stringify(policy(request)) === first && JSON.stringify(request) === JSON.stringify(d.messages);
  }

  it('gives the same answer to the same request, whatever came between', () => {
    expect(saysTheSameTwice(answer)).toBe(true);
  });

  it('would be found out if it kept something between requests', () => {
    let seen: readonly ChatMessage[] = [];
    const keeping: Policy = (messages) => {
      seen = [...seen, ...messages];
      return answer(seen);
    };
    expect(saysTheSameTwice(keeping)).toBe(false);
  });

  it('gives differing edits to two differing histories', () => {
    const early = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    const late = drive(null, has('lib/Cmark/Inline/Entity.pm'));
    expect(write(answer(early.messages))).toContain('IndentedCode.pm');
    expect(write(answer(early.messages))).not.toBe(write(answer(late.messages)));
  });

  it('reads again what it can no longer see after a cut of the history, and goes on where the files are', () => {
    const d = drive(null, has('lib/Cmark/Block/FencedCode.pm'));
    d.messages.splice(2);
    const [first, second, third] = [1, 2, 3].map((n) =>
      drive(d, ({ said }) => said.length === before(d) + n).said.at(-1),
    );
    function before({ said }: Drive): number {
      count ??= said.length;
      return count;
    }
    expect(first?.toolCalls.map((c) => c.name)).toEqual(['list_files', 'read_file']);
    expect(second?.toolCalls.map((c) => c.args['path'])).toEqual(['cmark.pl', 'lib/Cmark/Line.pm']);
    expect(wrote(third)).toEqual(['lib/Cmark/Block/SetextHeading.pm']);
  });
  let count: number | undefined;
});

describe('the supervisor', () => {
  it('brings what a directive names next, marked with its number, with what it needs', () => {
    const d = drive(null, has('lib/Cmark/Block/ThematicBreak.pm'));
    d.messages.push(user('The supervisor redirected.\nDirective 1: Do links before lists.'));
    const links = answer(d.messages);
    expect(wrote(links)).toEqual([
      'lib/Cmark/LinkParts.pm',
      'lib/Cmark/Block/Reference.pm',
      'lib/Cmark/Address.pm',
      'lib/Cmark/Inline/Autolink.pm',
      'lib/Cmark/Inline/Link.pm',
    ]);
    expect(write(links)).toContain('use Cmark::Inline::Link; # directive 1');
    d.messages.push(...d.bench.perform(links, 99));
    const lists = answer(d.messages);
    expect(wrote(lists)).toEqual(['lib/Cmark/Block/List.pm']);
    expect(passCount(drive(d, () => false).bench.files, visible)).toBeGreaterThan(320);
  });

  it('lets the newest directive come first, wherever in the request the ledger stands', () => {
    const d = drive(null, has('lib/Cmark/Block/ThematicBreak.pm'));
    d.messages[0] = {
      role: 'system',
      content: 'Ledger:\n- Directive 1: Images next, please.\n- Directive 2: work on emphasis next',
    };
    expect(wrote(answer(d.messages))).toEqual(['lib/Cmark/Inline/Emphasis.pm']);
  });

  it('marks everything it writes after a directive on how to work, and leaves out what it shall skip', () => {
    const d = drive(null, has('lib/Cmark/Block/ThematicBreak.pm'));
    d.messages.push(user('Directive 1: Comment your code.\nDirective 2: Skip images.'));
    const end = drive(d, () => false);
    expect(end.bench.finished).toBe(true);
    expect(end.bench.files.get('lib/Cmark/Block/AtxHeading.pm')).toContain('# directive 1\n');
    expect(end.bench.files.has('lib/Cmark/Inline/Image.pm')).toBe(false);
  });

  it('goes over what is already there when a directive names it', () => {
    const d = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    d.messages.push(user('Directive 1: thematic breaks need another look'));
    const said = answer(d.messages);
    expect(said.toolCalls[0]).toEqual({
      name: 'edit_file',
      args: {
        path: 'lib/Cmark/Block/ThematicBreak.pm',
        old: 'package Cmark::Block::ThematicBreak;\n',
        new: 'package Cmark::Block::ThematicBreak;\n# directive 1\n',
      },
    });
    d.messages.push(...d.bench.perform(said, 99));
    expect(wrote(answer(d.messages))).toEqual(['lib/Cmark/Block/IndentedCode.pm']);
  });

  it('asks once where a directive wants it', () => {
    const d = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    d.messages.push(user('Directive 1: Ask me before you write lists.'));
    const end = drive(d, () => false);
    const asked = end.said
      .map((s, i) => ({ i, ask: s.toolCalls.find((c) => c.name === 'ask') }))
      .filter((s) => s.ask !== undefined);
    expect(asked.map((s) => s.ask?.args['question'])).toEqual(['Directive 1: may I go on with Lists?']);
    const next = end.said.slice((asked[0]?.i ?? 0) + 1).flatMap(wrote);
    expect(next[0]).toBe('lib/Cmark/Block/List.pm');
  });

  it('looks at the workspace again after a rollback, with or without the history cut', () => {
    const d = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    const then = { files: new Map(d.bench.files), messages: d.messages.length };
    const on = drive(d, has('lib/Cmark/Inline/CodeSpan.pm'));
    for (const messages of [on.messages, on.messages.slice(0, then.messages)]) {
      const back: Drive = {
        bench: new Toolbench(then.files, visible),
        messages: [...messages, user('The supervisor rolled back to checkpoint 5.')],
        said: [],
      };
      drive(back, has('lib/Cmark/Block/IndentedCode.pm'));
      expect(back.said[0]?.toolCalls.map((c) => c.name)).toEqual(['list_files', 'read_file']);
      expect(back.said.flatMap(wrote)).toEqual(['lib/Cmark/Block/IndentedCode.pm']);
    }
  });

  it('S3: reads a file again that the supervisor changed, and keeps the change', () => {
    const d = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    d.bench.files.set('cmark.pl', `${d.bench.files.get('cmark.pl') ?? ''}# mine\n`);
    const end = drive(d, () => false);
    expect(end.bench.finished).toBe(true);
    expect(end.bench.files.get('cmark.pl')).toContain('# mine\n');
    expect(passCount(end.bench.files, visible)).toBeGreaterThan(320);
  });
});

describe('notes of the engine', () => {
  it('S2: reads a file that the supervisor changed between steps before it writes', () => {
    const d = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    d.bench.files.set('cmark.pl', `${d.bench.files.get('cmark.pl') ?? ''}# mine\n`);
    d.messages.push(
      user('The supervisor changed these files between your steps: cmark.pl. Read them again before you write them.'),
    );
    expect(answer(d.messages).toolCalls).toEqual([{ name: 'read_file', args: { path: 'cmark.pl' } }]);
    const end = drive(d, () => false);
    const errors = end.messages.filter((m) => m.role === 'tool' && textOf(m).startsWith('error'));
    expect([end.bench.finished, errors]).toEqual([true, []]);
  });

  it('takes a directive that speaks of a rollback for a directive', () => {
    const d = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    d.messages.push(
      user('Directive 1: The supervisor rolled back too much: emphasis next\n\nGo on with the next step.'),
    );
    expect(wrote(answer(d.messages))).toEqual(['lib/Cmark/Inline/Emphasis.pm']);
  });

  it('goes on from the newest steps when the oldest are left out of the request', () => {
    const d = drive(null, has('lib/Cmark/Inline/Entity.pm'));
    const newest = d.messages.slice(d.messages.findLastIndex((m) => m.role === 'assistant'));
    d.messages.splice(1, d.messages.length, user('[9 earlier steps are left out.]'), ...newest);
    const end = drive(d, () => false);
    expect(end.bench.finished).toBe(true);
    expect(passCount(end.bench.files, visible)).toBeGreaterThan(320);
  });
});

describe('failures', () => {
  it.each(['malformed', 'unknown tool', 'interrupted'])('gets over a first call that was %s', (how) => {
    const d = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    const said = answer(d.messages);
    const [lost, ...others] = said.toolCalls;
    const id = 'call_lost';
    const performed = d.bench.perform({ ...said, toolCalls: others }, 99);
    const [first, ...results] = performed;
    const made = {
      id,
      function: {
        name: how === 'unknown tool' ? 'frobnicate' : (lost?.name ?? ''),
        arguments: how === 'malformed' ? '{"path": "lib' : JSON.stringify(lost?.args),
      },
    };
    const content = how === 'interrupted' ? 'interrupted, outcome unknown' : `error: ${how}`;
    d.messages.push(
      { ...first, role: 'assistant', tool_calls: [made, ...(first?.tool_calls ?? [])] },
      { role: 'tool', tool_call_id: id, content },
      ...results,
    );
    const end = drive(d, () => false);
    expect(end.bench.finished).toBe(true);
    expect(passCount(end.bench.files, visible)).toBeGreaterThan(320);
  });

  it('asks when it can not write a file after three attempts', () => {
    const d = drive(null, has('lib/Cmark/Block/AtxHeading.pm'));
    for (let i = 0; i < 8; i += 1) {
      const said = answer(d.messages);
      if (said.toolCalls.some((c) => c.name === 'ask')) break;
      const [answered, ...results] = d.bench.perform(said, 100 + i);
      const calls = answered?.tool_calls ?? [];
      const failed = calls.filter((c) => c.function.name === 'write_file').map((c) => c.id);
      d.bench.files.delete('lib/Cmark/Block/IndentedCode.pm');
      d.messages.push(
        { ...answered, role: 'assistant' },
        ...results.map((r) =>
          failed.includes(r.tool_call_id ?? '') ? { ...r, content: 'error: you are editing this file' } : r,
        ),
      );
    }
    const asked = answer(d.messages).toolCalls[0];
    expect(asked).toEqual({
      name: 'ask',
      args: {
        question:
          "I can't get on with lib/Cmark/Block/IndentedCode.pm (error: you are editing this file). What shall I do?",
      },
    });
  });
});

describe('directives in words', () => {
  it.each([
    ['Do links before lists', ['links', 'lists']],
    ['lists only after block quotes', ['block-quotes', 'lists']],
    ['work on tables and then emphasis next', ['emphasis']],
    ['Link reference definitions first', ['references']],
    ['fenced code blocks, then HTML blocks', ['fenced-code', 'html-blocks']],
    ['Be careful with tabs', ['tabs']],
    ['establish a table of tests', []],
  ])('%s', (text, names) => {
    expect(readWish({ number: 1, text }).first.map((i) => i.name)).toEqual(names);
  });

  it('takes a word for what it is', () => {
    expect(namedIn('linked, listed, escaping, constable')).toEqual([]);
  });
});
