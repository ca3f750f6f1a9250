import { expect, it } from 'vitest';
import { interruptedWords } from '../../../src/run/interrupted.ts';
import { FixtureRun } from '../../ui/webview/fixtures.ts';

const hourMs = 3_600_000;
const started = () => new FixtureRun(0).create().step('One', '', []);
const said = ({ state }: FixtureRun) => interruptedWords(state, state.at + 3 * hourMs);

it('says what was interrupted where, and whether it goes on', () => {
  expect(said(started())).toEqual({
    text: 'The run “cmark → Perl” was interrupted 3 h ago, after step 1. Nothing of it is lost, and no answer is bought twice.',
    choice: 'Resume',
  });
  expect(said(started().ask(2))?.text).toContain('3 h ago, in step 2. Nothing of it is lost');
  expect(interruptedWords(started().state, 0)?.text, 'a clock that was put back').toContain('interrupted just now,');
});

it('G1: what waits for its supervisor waits again: nothing is promised to go on', () => {
  const reasons = [{ kind: 'steps', text: '20 steps since the last gate' }] as const;
  expect(said(started().gate(reasons))).toEqual({
    text: 'The run “cmark → Perl” was interrupted 3 h ago, at its gate at step 1. Once it is started again it waits there for you.',
    choice: 'Start Again',
  });
  expect(said(started().paused('supervisor', ''))).toMatchObject({ choice: 'Start Again' });
  expect(said(started().paused('supervisor', ''))?.text).toContain('while it was paused.');
  expect(said(started().ask(2).parked('usage limit'))).toMatchObject({ choice: 'Resume' });
  expect(said(started().ask(2).parked('usage limit'))?.text).toContain('while it waited for the provider.');
});

it('has nothing to say of a run that has ended, or that never began', () => {
  expect(said(started().add({ type: 'run.ended', outcome: 'stopped', message: '' }))).toBeNull();
  expect(said(new FixtureRun(0))).toBeNull();
});
