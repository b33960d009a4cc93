import { atLeast, checkPlatformApi, knowsBuildpackApi } from '../../lib/extend/platform-api.js';
import { failureOf } from './support/folder.js';

describe('the Platform API version', () => {
  it.each(['0.10', '0.11', '0.12', '0.13', '0.14', '0.15'])('%s is known', (api) => {
    expect(checkPlatformApi(api)).toBe(api);
    expect(checkPlatformApi(`v${api}`)).toBe(api);
  });

  it.each([undefined, '', ' ', '0.9', '0.16', '1.0', '0.1', '10', 'latest', '0.12.1'])(
    '%p exits 11',
    async (api) => {
      const failure = await failureOf(() => checkPlatformApi(api));
      expect(failure.exitCode).toBe(11);
      expect(failure.message).toContain('CNB_PLATFORM_API');
    },
  );

  it('is ordered by number, not by letter', () => {
    expect(atLeast('0.13', '0.12')).toBe(true);
    expect(atLeast('0.12', '0.12')).toBe(true);
    expect(atLeast('0.10', '0.12')).toBe(false);
  });
});

it('extensions may be written for the Buildpack APIs that the lifecycle knows', () => {
  expect(['0.9', '0.10', '0.12'].every(knowsBuildpackApi)).toBe(true);
  expect(['0.6', '0.13', '1.0', '', 'x'].some(knowsBuildpackApi)).toBe(false);
});
