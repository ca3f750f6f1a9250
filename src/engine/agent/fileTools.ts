/**
 * Job: the agent's tools for files: read, list, search, write, edit.
 * Boundary: `edits.ts` makes the edits; `workspace/` decides which paths exist for the agent.
 * Rules: S3, H1 (`belay.json` is read in its redacted form), B3.
 */
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { limits } from '../../run/limits.ts';
import { readText } from '../workspace/files.ts';
import { absent, resolveInside, taskFileName } from '../workspace/paths.ts';
import { listFiles, searchCommand, searchMatches } from '../workspace/search.ts';
import { fileFacts, makeEdit, planEdit, readProblem } from './edits.ts';
import { lineCount, oneLine } from './output.ts';
import { defineTool, failed, told, type ToolOutcome } from './tool.ts';

const path = z.string().min(1).describe('A path relative to the workspace.');
const lineNumber = z.int().min(1).max(10_000_000);

export const readFile = defineTool({
  name: 'read_file',
  touches: 'nothing',
  description:
    'Reads a text file. The first line says its path, how many lines it has and its digest; the content follows verbatim. A file must be read before it is changed.',
  schema: z.strictObject({
    path,
    offset: lineNumber.optional().describe('The first line to be shown, from 1.'),
    limit: lineNumber.optional().describe('How many lines at most.'),
  }),
  title: (args) => `read ${oneLine(args.path)}`,
  async perform(args, { ports }): Promise<ToolOutcome> {
    const target = await resolveInside(ports.place, args.path, 'read');
    if (!target.ok) return failed(target.message);
    if (target.path.toLowerCase() === taskFileName) {
      const text = `${JSON.stringify(ports.redactedTask(), null, 2)}\n`;
      return told(`${target.path} (${String(lineCount(text))} lines, as far as it concerns you)\n${text}`);
    }
    const file = await readText(target.absolute);
    if (!file.ok) return failed(readProblem(target.path, file));
    const shown = piece(file.text, args.offset ?? 1, args.limit ?? Number.POSITIVE_INFINITY);
    if (shown === null)
      return failed(
        `error: ${target.path} has ${String(lineCount(file.text))} lines; there is no line ${String(args.offset)}`,
      );
    const output = `${target.path} ${fileFacts(file.text, file.digest)}${shown.mark}\n${shown.text}`;
    return told(output, { read: { path: target.path, digest: file.digest } });
  },
});

/** The wanted lines, at most limits.readFileChars; the mark says which ones unless it is the whole file. */
function piece(text: string, first: number, most: number): { readonly text: string; readonly mark: string } | null {
  if (first === 1 && lineCount(text) <= most && text.length <= limits.readFileChars) return { text, mark: '' };
  const lines = text.split(/(?<=\n)/);
  if (first > lines.length) return null;
  let shown = '';
  let last = first - 1;
  while (last < lines.length && last - first + 1 < most) {
    const line = lines[last] ?? '';
    if (shown.length + line.length > limits.readFileChars) break;
    shown += line;
    last += 1;
  }
  if (last < first) {
    const line = lines[first - 1] ?? '';
    shown = `${line.slice(0, limits.readFileChars)}\n[… ${String(line.length - limits.readFileChars)} characters of this line left out]\n`;
    last = first;
  }
  const more = last < lines.length ? `; go on with offset ${String(last + 1)}` : '';
  return { text: shown, mark: `, lines ${String(first)}-${String(last)}${more}` };
}

export const listFilesTool = defineTool({
  name: 'list_files',
  touches: 'nothing',
  description:
    'Lists the files of the workspace or of one of its folders, one path a line. Files that .gitignore excludes are left out.',
  schema: z.strictObject({
    path: z.string().optional().describe('A folder relative to the workspace; the whole workspace where absent.'),
  }),
  title: (args) => (args.path === undefined || args.path === '' ? 'list files' : `list ${oneLine(args.path)}`),
  async perform(args, { ports }, { signal }): Promise<ToolOutcome> {
    const target = await resolveInside(ports.place, args.path ?? '', 'list');
    if (!target.ok) return failed(target.message);
    const found = await stat(target.absolute).catch(absent);
    if (found === null) return failed(`error: no such folder: ${target.path}`);
    if (!found.isDirectory()) return failed(`error: ${target.path} is a file; read_file shows it`);
    const { paths, truncated } = await listFiles(ports.place, target.path, limits.listedFiles, signal);
    if (paths.length === 0) return told('no files');
    return told(
      `${paths.join('\n')}\n${truncated ? `[… only the first ${String(paths.length)} files; list a folder]\n` : ''}`,
    );
  },
});

const searchSeconds = 30;

export const search = defineTool({
  name: 'search',
  touches: 'nothing',
  description: 'Searches the files for a regular expression. Each match is a line "path:line:text".',
  schema: z.strictObject({
    pattern: z.string().min(1).describe('An extended regular expression.'),
    path: z.string().optional().describe('A file or folder relative to the workspace; everything where absent.'),
  }),
  title: (args) => oneLine(`search ${args.pattern}${args.path === undefined ? '' : ` in ${args.path}`}`),
  async perform(args, { ports }, running): Promise<ToolOutcome> {
    if (/[\0\n]/.test(args.pattern)) return failed('error: the pattern must be one line');
    const target = await resolveInside(ports.place, args.path ?? '', 'list');
    if (!target.ok) return failed(target.message);
    if ((await stat(target.absolute).catch(absent)) === null)
      return failed(`error: no such file or folder: ${target.path}`);
    const quiet = { ...running, onOutput: () => undefined };
    const { output, exitCode, endedBy } = await ports.runShell(
      searchCommand(args.pattern, target.path),
      searchSeconds,
      quiet,
    );
    if (exitCode !== null && exitCode > 1) return failed(`error: the search failed: ${oneLine(output, 400)}`);
    const { lines, more } = searchMatches(output);
    if (lines.length === 0)
      return endedBy === undefined ? told('no matches') : failed(`error: the search ${endedBy}; search in a folder`);
    const left =
      more > 0 || endedBy !== undefined
        ? `[… ${more > 0 ? `${String(more)} more matches` : 'more'}; search in a folder or for more]\n`
        : '';
    return told(`${lines.join('\n')}\n${left}`);
  },
});

export const writeFile = defineTool({
  name: 'write_file',
  touches: 'intent',
  description:
    'Writes a whole file, making its folders. A file that exists must have been read before and must not have changed since.',
  schema: z.strictObject({ path, content: z.string().describe('The whole new content.') }),
  title: (args) => `write ${oneLine(args.path)}`,
  prepare: planEdit,
  perform: (args, context, _running, intent) => edited(args, context, intent),
});

export const editFile = defineTool({
  name: 'edit_file',
  touches: 'intent',
  description: 'Replaces one piece of a file that you have read. "old" must occur in it exactly once.',
  schema: z.strictObject({
    path,
    old: z.string().describe('The text to be replaced, exactly as it stands.'),
    new: z.string().describe('What stands there then.'),
  }),
  title: (args) => `edit ${oneLine(args.path)}`,
  prepare: planEdit,
  perform: (args, context, _running, intent) => edited(args, context, intent),
});

async function edited(
  args: Parameters<typeof makeEdit>[0],
  context: Parameters<typeof makeEdit>[2],
  intent: Parameters<typeof makeEdit>[1] | undefined,
): Promise<ToolOutcome> {
  if (intent) return makeEdit(args, intent, context);
  const planned = await planEdit(args, context);
  return 'intent' in planned ? makeEdit(args, planned.intent, context) : planned;
}
