/**
 * Specs import `../../lib/x.js`; they get the compiled `dist/x.js`, because workers and the commands
 * are files that Node itself must be able to load, and because that is what users run.
 */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/spec/e2e/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(?:\\.\\./){2,}lib/(.*)\\.js$': '<rootDir>/dist/$1.js',
    '^(\\.{1,2}/(?!.*(?:lib|dist|node_modules)/).*)\\.js$': '$1',
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  globalSetup: '<rootDir>/spec/support/require-machine.ts',
  // By default jest leaves one core alone, which is half of two.
  maxWorkers: '100%',
  // Ten times what the slowest takes: a disk has its bad minutes.
  testTimeout: 150_000,
};
