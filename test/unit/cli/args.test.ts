import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../src/cli/args.ts';

describe('the command line', () => {
  it('reads commands', () => {
    const parse = (line: string) => parseCommand(line.split(' ').filter(Boolean));
    expect(parse('')).toEqual({ kind: 'help', of: null });
    expect(parse('--help')).toEqual({ kind: 'help', of: null });
    expect(parse('rollback --help')).toEqual({ kind: 'help', of: 'rollback' });
    expect(parse('help fork')).toEqual({ kind: 'help', of: 'fork' });
    expect(parse('run')).toEqual({
      kind: 'run',
      path: '.',
      unsealed: false,
      storeQuotaBytes: null,
      gates: 'wait',
      json: false,
    });
    expect(parse('run work --unsealed --accept-gates --json')).toEqual({
      kind: 'run',
      path: 'work',
      unsealed: true,
      storeQuotaBytes: null,
      gates: 'accept',
      json: true,
    });
    expect(parse('run --until-gate')).toMatchObject({ gates: 'stop' });
    expect(parse('status --json')).toEqual({ kind: 'status', run: null, json: true });
    expect(parse('verify-audit 7f3a --json')).toEqual({
      kind: 'verify-audit',
      run: '7f3a',
      json: true,
      full: false,
    });
    const recording = { kind: 'record-suite', inputs: null, visible: null, heldOut: null, replace: false, json: false };
    expect(parse('record-suite')).toEqual({ ...recording, path: '.', cases: 200, seed: null });
    expect(
      parse('record-suite work --inputs in.txt --cases 50 --held-out ../h.jsonl --seed 7 --replace --json'),
    ).toEqual({
      ...recording,
      path: 'work',
      inputs: 'in.txt',
      cases: 50,
      seed: 7,
      heldOut: '../h.jsonl',
      replace: true,
      json: true,
    });
    expect(() => parse('record-suite --cases 0')).toThrow('--cases 0 does not fit: give 1 to 5000');
    expect(parse('failing --json')).toEqual({ kind: 'failing', run: null, json: true });
    expect(parse('bisect tabs-1 --run 7f3a')).toEqual({ kind: 'bisect', run: '7f3a', id: 'tabs-1' });
    expect(() => parse('bisect')).toThrow('belay bisect tabs-1');
    expect(parse('stop 7f3a')).toEqual({ kind: 'stop', run: '7f3a' });
    expect(parseCommand(['redirect', 'links first', '--run', '7f3a'])).toEqual({
      kind: 'redirect',
      run: '7f3a',
      text: 'links first',
    });
    expect(parseCommand(['reject', 'src/x.sh', 'too clever', '--run', '7f3a'])).toEqual({
      kind: 'reject',
      run: '7f3a',
      path: 'src/x.sh',
      reason: 'too clever',
    });
    expect(parse('reject src/x.sh')).toMatchObject({ path: 'src/x.sh', reason: '' });
    expect(parse('rollback 4 --yes')).toEqual({ kind: 'rollback', run: null, to: 4, yes: true, reason: '', paths: [] });
    const whole = { kind: 'accept', run: null, file: null, commit: false, message: null };
    expect(parse('accept')).toEqual(whole);
    expect(parseCommand(['accept', '--commit', '-m', 'By hand'])).toEqual({
      ...whole,
      commit: true,
      message: 'By hand',
    });
    expect(parse('diff')).toEqual({ kind: 'diff', run: null, from: 'accepted', to: 'workspace' });
    expect(parse('diff 7f3a --from head --to 12')).toMatchObject({ run: '7f3a', from: 'head', to: 12 });
    const fork = { kind: 'fork', run: null, checkpoint: 3, to: '../x', worktree: null };
    expect(parse('fork --checkpoint 3 --to ../x')).toEqual(fork);
    expect(parse('fork --checkpoint 3 --to ../x --worktree')).toEqual({ ...fork, worktree: '' });
    expect(parse('fork --checkpoint 3 --to ../x --branch try')).toEqual({ ...fork, worktree: 'try' });
    expect(parse('rollback 4 --path src/a --path lib')).toMatchObject({ paths: ['src/a', 'lib'], yes: false });
    expect(parse('run --quota-gb 0.5')).toMatchObject({ storeQuotaBytes: 500_000_000 });
    expect(parse('thin')).toEqual({ kind: 'thin', run: null, keep: 200, yes: false });
    expect(parse('thin 7f3a --keep 50 --yes')).toEqual({ kind: 'thin', run: '7f3a', keep: 50, yes: true });
    expect(parse('show-not-covered --checkpoint 0')).toEqual({ kind: 'show-not-covered', run: null, checkpoint: 0 });
    expect(parse('delete 7f3a')).toEqual({ kind: 'delete', run: '7f3a', yes: false });
  });

  it('says what is wrong', () => {
    const wrong = (...args: string[]) => expect(() => parseCommand(args));
    wrong('fly').toThrow('There is no command "fly"');
    wrong('fly', '--help').toThrow('There is no command "fly"');
    wrong('help', 'fly').toThrow('There is no command "fly"');
    wrong('toString').toThrow('There is no command "toString"');
    wrong('run', '--fast').toThrow("Unknown option '--fast'");
    wrong('stop', '--unsealed').toThrow('"belay stop" has no option --unsealed');
    wrong('run', 'a', 'b').toThrow('"belay run" takes one name, not 2: a b');
    wrong('run', '--until-gate', '--accept-gates').toThrow('exclude each other');
    wrong('redirect').toThrow('Say what to do differently');
    wrong('reject').toThrow('Name the file');
    wrong('reject', 'x.sh', 'too', 'clever').toThrow('Put the reason in quotes');
    wrong('thin', '--keep', '0').toThrow('--keep 0 is no number that fits');
    wrong('run', '--quota-gb', 'much').toThrow('--quota-gb much is no size');
    wrong('delete').toThrow('Name the run');
    wrong('accept', '-m', 'x').toThrow('add --commit');
    wrong('diff', '--from', 'four').toThrow('"four" is no side of a diff');
    wrong('fork', '--to', 'x').toThrow('Name a checkpoint and a new folder');
    wrong('rollback', 'four').toThrow('Name a checkpoint by its number');
  });
});
