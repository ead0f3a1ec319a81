// Packages that come as ES modules, and those that load one by a dynamic import: Jest's sandbox runs CommonJS alone.
const transformed = [
  '@polyglot-sql',
  'data-uri-to-buffer',
  'fetch-blob',
  'formdata-polyfill',
  'gaxios',
  'node-fetch',
  'teeny-request',
].join('|');

// The figure says something, and its threshold may fail a run, only when all tests run.
const all = process.argv.slice(2).every((argument) => argument.startsWith('-'));

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/functions', '<rootDir>/emulators', '<rootDir>/cli', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs', ignoreDynamic: false },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(.*/node_modules/)?(${transformed})/)`],
  collectCoverage: all,
  collectCoverageFrom: ['functions/**/*.ts', '!functions/**/*.test.ts'],
  // Counts every branch, `??` and `?.` too, and knows files of types alone as what they are; v8 does neither.
  coverageProvider: 'babel',
  coverageReporters: ['text-summary', 'lcovonly'],
  coverageThreshold: { './functions/': { branches: 90 } },
  testSequencer: '<rootDir>/test/sequencer.cjs',
  reporters: ['default', '<rootDir>/test/reporter.cjs'],
  // All cores: several tests mostly wait.
  maxWorkers: '100%',
  testTimeout: 30_000,
};
