import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../../../src/run/report/markdown.ts';
import { plain } from '../../../../src/run/report/markdownText.ts';
import { reportOf, story } from './story.ts';

const time = (at: number) => new Date(at).toISOString().slice(11, 19);

describe('the report as Markdown', () => {
  it('is this text', async () => {
    await expect(reportMarkdown(reportOf(story), time)).toMatchFileSnapshot('story.golden.txt');
  });

  it('has no empty section before the first step', () => {
    const text = reportMarkdown(reportOf(story.slice(0, 3)), time);
    expect(text.match(/^## .*/gm)).toEqual(['## Spend']);
    expect(reportMarkdown(reportOf([]), time)).toContain('no entry yet');
  });

  it('has as many cells in each row as in its head, whatever a model wrote', () => {
    const tables = reportMarkdown(reportOf(story), time)
      .trim()
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    for (const table of tables) {
      const cells = table.split('\n').map((row) => row.replaceAll('\\|', '').split('|').length);
      expect(new Set(cells).size).toBe(1);
    }
    expect(tables.length).toBeGreaterThan(7);
  });

  it('lets no text of a model be markup, a link, HTML, an escape sequence or another line', () => {
    expect(plain('# a\n| b | <img src=x> [c](d) `e` *f* \u001b[31m https://g.h www.i.j k@l.m $n$')).toBe(
      '# a \\| b \\| \\<img src=x> \\[c\\](d) \\`e\\` \\*f\\* ^\\[\\[31m https&#58;//g.h www&#46;i.j k@&#8203;l.m \\$n\\$',
    );
  });

  it('calls nobody and points at no issue where it is pasted', () => {
    expect(plain('@octocat by anna@desk: see #12, owner/repo#3, GH-4 and mail@host.org; a @ b, C#')).toBe(
      '@&#8203;octocat by anna@desk: see #&#8203;12, owner/repo#&#8203;3, GH-&#8203;4 and mail@&#8203;host.org; a @ b, C#',
    );
  });
});
