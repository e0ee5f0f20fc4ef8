import tseslint from 'typescript-eslint';

/** What the live page uses of the browser. */
const BROWSER_GLOBALS = [
  ...['addEventListener', 'removeEventListener', 'document', 'location', 'navigator', 'matchMedia'],
  ...[
    'getComputedStyle',
    'requestAnimationFrame',
    'cancelAnimationFrame',
    'devicePixelRatio',
    'scrollX',
    'scrollY',
  ],
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'fetch'],
  ...['AbortController', 'ResizeObserver', 'TextDecoderStream', 'URL', 'URLSearchParams', 'sessionStorage'],
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'coverage/',
      'reports/',
      '.stryker-tmp/',
      'node_modules/',
      'src/interfaces/http/generated/',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowAny: false, allow: [{ name: ['bigint'], from: 'lib' }] },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `async` alone makes a rejection of a throw, as a port asks for
      '@typescript-eslint/require-await': 'off',
      // winston declares its transports' constructors as interfaces
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // no project of TypeScript knows them
    files: ['**/*.{js,mjs,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    // NestJS asks for classes without members
    rules: { '@typescript-eslint/no-extraneous-class': ['error', { allowEmpty: true }] },
  },
  {
    // runs in browsers; no compiler looks for names that nobody declared
    files: ['src/interfaces/http/page/**'],
    languageOptions: { globals: Object.fromEntries(BROWSER_GLOBALS.map((name) => [name, 'readonly'])) },
    rules: { 'no-undef': 'error' },
  },
  {
    // tests throw what users throw
    files: ['{test,tools}/**', 'packages/*/{test,example/test,src/contract}/**'],
    rules: {
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
    },
  },
);
