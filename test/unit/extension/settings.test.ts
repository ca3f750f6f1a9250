// Every setting of package.json is read, in the one place for it, and nothing is read that package.json does not have.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

/** The names that the code asks for, `belay.` left out. */
const namesRead = (code: string): readonly string[] =>
  [...code.matchAll(/\.get\('(\w+)'/g)].map(([, name]) => name ?? '');

it('package.json and settings.ts have the same settings, each with a default and a description', () => {
  const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    contributes: { configuration: { properties: Record<string, Record<string, unknown>> } };
  };
  const code = readFileSync(join(root, 'src', 'extension', 'settings.ts'), 'utf8');
  const { properties } = contributes.configuration;
  expect(namesRead(code).map((name) => `belay.${name}`)).toEqual(Object.keys(properties));
  for (const setting of Object.values(properties)) {
    expect(setting).toHaveProperty('default');
    expect(setting['markdownDescription']).toMatch(/^[A-Z].*\.$/);
  }
  expect(namesRead("belay().get('unheardOf', 1)")).toEqual(['unheardOf']);
});
