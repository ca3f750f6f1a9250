/**
 * Job: match a regular expression of a case within a time limit (B3), since one can take for ever on an output made for it.
 * Boundary: in the verifier's process, which has nothing else to do meanwhile. The context holds two texts and no way out.
 */
import { createContext, Script } from 'node:vm';
import { limits } from '../../run/limits.ts';

const sandbox: { pattern: string; text: string } = { pattern: '', text: '' };
const context = createContext(sandbox, { codeGeneration: { strings: false, wasm: false } });
const script = new Script('new RegExp(`^(?:${pattern})$`, "u").test(text)');

/** Whether all of the text matches; null: it took longer than limits.regexMatchMs. @throws SyntaxError for what is no pattern */
export function boundedMatch(pattern: string, text: string): boolean | null {
  sandbox.pattern = pattern;
  sandbox.text = text;
  try {
    return script.runInContext(context, { timeout: limits.regexMatchMs }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  } finally {
    sandbox.text = '';
  }
}
