/**
 * Job: what a `when` or `enablement` clause of package.json says in a given context, as VS Code reads it.
 * Boundary: the operators that the manifest uses: ! && || == != =~ and parentheses. Anything else throws, and so does a key that
 *   the context does not hold: a misspelt key would be false for ever.
 */
import { assert } from '../../src/base/assert.ts';

export type Context = Readonly<Record<string, boolean | number | string>>;

const token = /\s*(&&|\|\||==|!=|=~|!|\(|\)|\/(?:[^/\\]|\\.)+\/[a-z]*|'[^']*'|[\w.:-]+)\s*/y;

export function holds(clause: string, context: Context): boolean {
  const tokens = tokensOf(clause);
  const value = anyOf();
  assert(tokens.length === 0, `"${clause}" ends where it should`);
  return value;

  function anyOf(): boolean {
    let value = allOf();
    while (take('||')) value = allOf() || value;
    return value;
  }
  function allOf(): boolean {
    let value = one();
    while (take('&&')) value = one() && value;
    return value;
  }
  function one(): boolean {
    if (take('!')) return !one();
    if (take('(')) {
      const value = anyOf();
      assert(take(')'), `"${clause}" closes what it opens`);
      return value;
    }
    const key = tokens.shift() ?? '';
    const value = context[key];
    if (key !== 'true' && key !== 'false' && value === undefined) throw new Error(`"${clause}": no key "${key}"`);
    const operator = ['==', '!=', '=~'].find((each) => take(each));
    if (operator === undefined) return key === 'true' || (value !== undefined && Boolean(value));
    const right = (tokens.shift() ?? '').replace(/^'(.*)'$/, '$1');
    if (operator === '=~') return pattern(right).test(String(value));
    return (String(value) === right) === (operator === '==');
  }
  function take(wanted: string): boolean {
    if (tokens[0] !== wanted) return false;
    tokens.shift();
    return true;
  }
}

function tokensOf(clause: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < clause.length) {
    const at = token.lastIndex;
    const found = token.exec(clause)?.[1];
    if (found === undefined) throw new Error(`"${clause}" can't be read from "${clause.slice(at)}" on`);
    tokens.push(found);
  }
  return tokens;
}

function pattern(literal: string): RegExp {
  const end = literal.lastIndexOf('/');
  return new RegExp(literal.slice(1, end), literal.slice(end + 1));
}
