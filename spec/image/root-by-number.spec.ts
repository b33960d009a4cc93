import { emptyImage } from '../../lib/image/image.js';
import { withRootByNumber } from '../../lib/image/root-by-number.js';

describe('root by number', () => {
  it.each([
    ['root', '0'],
    ['root:root', '0:0'],
    ['root:staff', '0:staff'],
    ['1000:root', '1000:0'],
    ['www-data', 'www-data'],
    ['rooty', 'rooty'],
    ['0', '0'],
  ])('%s is %s', (User, expected) => {
    const { config } = emptyImage();
    expect(withRootByNumber({ ...config, config: { User } }).config).toEqual({ User: expected });
  });

  it('leaves a config without a user as it is', () => {
    const { config } = emptyImage();
    expect(withRootByNumber(config)).toBe(config);
  });
});
