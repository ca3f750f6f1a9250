/**
 * Job: what was dropped on the box for an answer: a file, the URI of one, or text.
 * Boundary: no element; whoever draws the box says what comes of it.
 */
import { notAnAnswer, tooLargeToAnswer } from '../run/answerFile.ts';

/** VS Code's own list of URIs, from its Explorer; and everybody's. */
const uriTypes = ['application/vnd.code.uri-list', 'text/uri-list'];

export type Dropped =
  | { readonly kind: 'file' | 'text'; readonly text: string }
  /** A file that only the host can read. */
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'refused'; readonly message: string };

/** Told before the drop, when only the types may be read. */
export function holdsAnswer({ types }: DataTransfer): boolean {
  return ['Files', 'text/plain', ...uriTypes].some((type) => types.includes(type));
}

/** Must be called while the drop is handled: its data is gone after that. */
export function droppedAnswer(data: DataTransfer): Promise<Dropped> {
  const files = [...data.files];
  const uris = uriTypes.map((type) => filesIn(data.getData(type))).find((list) => list.length > 0) ?? [];
  if (files.length > 1 || uris.length > 1)
    return Promise.resolve({ kind: 'refused', message: 'Drop one file: the whole answer is one text.' });
  const [file] = files;
  if (file !== undefined) return readFile(file);
  const [uri] = uris;
  if (uri !== undefined) return Promise.resolve({ kind: 'uri', uri });
  return Promise.resolve({ kind: 'text', text: data.getData('text/plain') });
}

async function readFile(file: File): Promise<Dropped> {
  const tooLarge = tooLargeToAnswer(file.name, file.size);
  if (tooLarge !== null) return { kind: 'refused', message: tooLarge };
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    // a folder, or a file that is gone
    return { kind: 'refused', message: `${file.name} can't be read. Is it a file?` };
  }
  const text = decoded(bytes);
  const problem = notAnAnswer(file.name, text);
  return text === null || problem !== null ? { kind: 'refused', message: problem ?? '' } : { kind: 'file', text };
}

function decoded(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null; // not UTF-8
  }
}

/** The files of a URI list; a web page's address is text. */
function filesIn(list: string): readonly string[] {
  return list.split(/\r?\n/).filter((line) => /^[a-z][a-z\d+.-]*:/i.test(line) && !/^(https?|data|blob):/i.test(line));
}
