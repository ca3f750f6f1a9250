// Job: the lint rules. They run with the types of the tsconfig of each layer.
// Boundary: layout is prettier's, who may import whom is dependency-cruiser's (test/architecture).

import { join } from 'node:path';
import tseslint from 'typescript-eslint';

const root = join(import.meta.dirname, '..', '..');

const words = [
  {
    selector: 'TSInterfaceDeclaration[id.name=/^I[A-Z][a-z]/]',
    message: 'No I prefix.',
  },
  {
    selector: ':declaration[id.name=/(Manager|Helper|Utils)$/]',
    message: 'Name what it does.',
  },
];

/** Words of a run become links there; src/extension/notify.ts takes the links out. */
const notifications = [
  {
    selector: 'Identifier[name=/^show(Information|Warning|Error)Message$/]',
    message: 'Say it through src/extension/notify.ts.',
  },
  {
    selector: 'Literal[value=/^show(Information|Warning|Error)Message$/]',
    message: 'Say it through src/extension/notify.ts.',
  },
];

const pure = 'Pure layers take time and randomness as arguments.';

export default tseslint.config(
  {
    ignores: ['**/node_modules/', '**/out/', '**/dist/', '**/.vscode-test/', '**/*.cjs', '**/*.js'],
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: root },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // With noPropertyAccessFromIndexSignature off both spellings are fine.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A message without parameters is a mapped type that comes out empty.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // Numbers are welcome in messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...words],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/base/**/*.ts', 'src/run/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'performance', 'setTimeout', 'setInterval', 'process', 'fetch', 'crypto'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: pure },
        { object: 'Date', property: 'now', message: pure },
      ],
      'no-restricted-syntax': [
        'error',
        ...words,
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: pure,
        },
      ],
    },
  },
  {
    files: ['src/extension/**/*.ts'],
    ignores: ['src/extension/notify.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...words, ...notifications],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Test frameworks hand out unbound and any-typed values; a test's made-up input may be wrong on purpose.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
);
