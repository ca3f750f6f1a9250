/**
 * Job: honest candidates for CommonMark that can do a part of it: three real programs, each with parts of its grammar taken out.
 * Boundary: the packages are loaded when they are asked for; they are no part of Belay and type checking does not need them.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface Program {
  readonly name: string;
  /** Its source, as one text. */
  readonly source: string;
  /** What can be taken out of it. */
  readonly parts: readonly string[];
  /** The program without these parts. */
  readonly without: (parts: ReadonlySet<string>) => (markdown: string) => string;
}

type AnyFunction = (...args: unknown[]) => unknown;

interface CommonMark {
  readonly Parser: new () => {
    blockStarts: AnyFunction[];
    readonly inlineParser: Record<string, AnyFunction>;
    readonly parse: (markdown: string) => unknown;
  };
  readonly HtmlRenderer: new () => { readonly render: (tree: unknown) => string };
}
interface Marked {
  readonly Marked: new (options: object) => { readonly parse: (markdown: string) => string };
}
type MarkdownIt = (preset: string) => {
  readonly disable: (rules: readonly string[]) => void;
  readonly render: (markdown: string) => string;
};

const require = createRequire(import.meta.url);

export function honestPrograms(): readonly Program[] {
  return [commonMark(), marked(), markdownIt()];
}

function commonMark(): Program {
  const { Parser, HtmlRenderer } = required('commonmark') as CommonMark;
  const inline = ['parseBackslash', 'parseBackticks', 'handleDelim', 'parseOpenBracket', 'parseBang', 'parseAutolink', 'parseHtmlTag', 'parseEntity']; // prettier-ignore
  const blocks = new Parser().blockStarts.map(({ name }) => name);
  return {
    name: 'commonmark',
    source: readFileSync(require.resolve('commonmark'), 'utf8'),
    parts: [...inline, ...blocks],
    without: (parts) => {
      const parser = new Parser();
      parser.blockStarts = parser.blockStarts.filter(({ name }) => !parts.has(name));
      for (const part of inline) if (parts.has(part)) parser.inlineParser[part] = () => false;
      const renderer = new HtmlRenderer();
      return (markdown) => renderer.render(parser.parse(markdown));
    },
  };
}

function marked(): Program {
  const { Marked } = required('marked') as Marked;
  const parts = ['code', 'fences', 'heading', 'hr', 'blockquote', 'list', 'html', 'def', 'lheading', 'escape', 'tag', 'link', 'reflink', 'emStrong', 'codespan', 'br', 'autolink']; // prettier-ignore
  return {
    name: 'marked',
    source: readFileSync(require.resolve('marked'), 'utf8'),
    parts,
    without: (out) => {
      const tokenizer = Object.fromEntries(
        parts.filter((part) => out.has(part)).map((part) => [part, () => undefined]),
      );
      const program = new Marked({ gfm: false, tokenizer });
      return (markdown) => program.parse(markdown);
    },
  };
}

function markdownIt(): Program {
  const create = required('markdown-it') as MarkdownIt;
  const parts = ['code', 'fence', 'blockquote', 'hr', 'list', 'reference', 'html_block', 'heading', 'lheading', 'newline', 'escape', 'backticks', 'emphasis', 'link', 'image', 'autolink', 'html_inline', 'entity']; // prettier-ignore
  return {
    name: 'markdown-it',
    source: readFileSync(require.resolve('markdown-it'), 'utf8'),
    parts,
    without: (out) => {
      const program = create('commonmark');
      program.disable(parts.filter((part) => out.has(part)));
      return (markdown) => program.render(markdown);
    },
  };
}

function required(name: string): unknown {
  try {
    return require(name);
  } catch (error) {
    throw new Error(`${name} is not installed: run npm ci, then again`, { cause: error });
  }
}
