import { expect, it } from 'vitest';
import { menuProblems } from '../../architecture/menus.ts';

it('passes stable menus and own submenus', () => {
  const contributes = {
    menus: { 'view/title': [], 'scm/change/title': [], 'belay.more': [] },
    submenus: [{ id: 'belay.more' }],
  };
  expect(menuProblems({ contributes })).toEqual([]);
  expect(menuProblems({})).toEqual([]);
});

it.each(['multiDiffEditor/resource/title', 'diffEditor/gutter/hunk', 'editor/content', 'scm/inputBox'])(
  'refuses the proposed menu %s',
  (id) => {
    expect(menuProblems({ contributes: { menus: { [id]: [] } } })).toEqual([expect.stringContaining(`"${id}"`)]);
  },
);

it('refuses enabledApiProposals', () => {
  expect(menuProblems({ enabledApiProposals: ['quickDiffProvider'] })).toHaveLength(1);
});
