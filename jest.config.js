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
  transformIgnorePatterns: ['/node_modules/(?!(@polyglot-sql)/)'],
  collectCoverageFrom: ['functions/**/*.ts', '!functions/**/*.test.ts'],
  coverageProvider: 'v8',
  testTimeout: 30_000,
};
