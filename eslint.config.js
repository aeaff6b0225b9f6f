import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const typed = {
  languageOptions: {
    parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
  },
};

const rules = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-console': 'error',
  'max-lines': ['error', { max: 400 }],
  'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/consistent-type-exports': 'error',
  '@typescript-eslint/explicit-module-boundary-types': 'error',
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true },
  ],
  '@typescript-eslint/return-await': ['error', 'in-try-catch'],
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
  ],
  // A type parameter used once documents what a caller gets from a query.
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
};

/** What workflow code may import: it runs in a sandbox and has to be deterministic. */
const workflowImports = {
  patterns: [
    {
      // Everything but the two SDK packages and relative paths …
      regex: '^(?!@temporalio/(workflow|common)$)(?!\\.{1,2}/)',
      message: 'Workflow code imports only @temporalio/workflow, @temporalio/common and src/core.',
      allowTypeImports: true,
    },
    {
      // … and of those, only siblings and src/core.
      regex:
        '^(\\.\\./)+(activities|cli|client|config|dashboard|engines|local|observability|state|transform|worker)',
      message: 'Workflow code imports values only from src/workflows and src/core.',
      allowTypeImports: true,
    },
  ],
};

export default defineConfig(
  globalIgnores(['dist/', 'dist-bench/', 'coverage/', 'node_modules/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylisticTypeChecked],
    ...typed,
    rules: {
      ...rules,
      // `type` and `interface` both have their place; `Record` reads better in both.
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    files: ['src/workflows/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', workflowImports] },
  },
  {
    // These print for people.
    files: ['src/cli/**/*.ts', 'src/local/demo/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // A describe block is one long function by nature.
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "CallExpression[callee.object.property.name='rejects'] > .arguments AwaitExpression",
          message:
            'What is expected is awaited before the promise that rejects is made: until the matcher has it, its rejection is unhandled.',
        },
        {
          selector:
            "CallExpression[callee.type='MemberExpression'][callee.object.name='describe'][callee.property.name='each'] Literal[value='14']",
          message:
            'describeEachPostgres: there is no PostgreSQL 14 for some platforms, where its tests are skipped and counted.',
        },
      ],
      // Fakes answer at once where the real thing is asynchronous.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
