import { fileURLToPath } from 'node:url';

/** Shared by every package: native ESM TypeScript, resolved from source, in a realm native addons accept. */
export default {
  testEnvironment: fileURLToPath(new URL('./tools/jest-environment.mjs', import.meta.url)),
  reporters: ['default', fileURLToPath(new URL('./tools/jest-results.mjs', import.meta.url))],
  // The project that ends last has all cores to itself; two at a time share them, at some cost in memory.
  maxWorkers: '100%',
  // A busy machine is no failure: what hangs is ended all the same.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        sourceMaps: 'inline',
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['@equilibria/source', 'node', 'node-addons'] },
};
