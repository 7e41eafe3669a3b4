import { fileURLToPath } from 'node:url'

/** One configuration for every package: `jest -c ../../jest.config.js --rootDir .` */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: { customExportConditions: ['@clew/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2023' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  coverageProvider: 'v8',
  maxWorkers: 2,
  testTimeout: 120_000,
  reporters: [
    ['default', { summaryThreshold: 1000 }],
    fileURLToPath(new URL('scripts/test-results.js', import.meta.url)),
  ],
}
