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
  collectCoverageFrom: ['functions/**/*.ts', '!functions/**/*.test.ts'],
  coverageProvider: 'v8',
  testTimeout: 30_000,
};
