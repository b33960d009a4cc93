import unit from './jest.config.js';

/** The end-to-end specs: they need root, Debian packages (see `.ci/run`) and minutes. */
export default {
  ...unit,
  roots: ['<rootDir>/spec/e2e'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
  maxWorkers: 1,
};
