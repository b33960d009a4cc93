import { withFixedTimes, withPlainHistory } from '../../lib/extend/history.js';
import type { HistoryEntry, ImageConfig } from '../../lib/image/config.js';

const config = (layers: number, history?: HistoryEntry[]): ImageConfig => ({
  architecture: 'amd64',
  os: 'linux',
  created: '2024-05-06T07:08:09Z',
  rootfs: { type: 'layers', diff_ids: Array.from({ length: layers }, (_, index) => `sha256:${index}`) },
  ...(history && { history }),
});
const zero = '0001-01-01T00:00:00Z';

describe('the history of an extended image', () => {
  it('has one entry a layer', () => {
    const history = [{ created_by: 'a' }, { created_by: 'ENV', empty_layer: true }, { created_by: 'b' }];
    expect(withPlainHistory(config(2, history)).history).toEqual([{ created_by: 'a' }, { created_by: 'b' }]);
  });

  it('names nobody where the base image does not say who made which layer', () => {
    const nameless = [{ created: zero }, { created: zero }];
    expect(withPlainHistory(config(2)).history).toEqual(nameless);
    expect(withPlainHistory(config(2, [{ created_by: 'squashed' }])).history).toEqual(nameless);
  });

  it('keeps the entries of the base, and dates ours by SOURCE_DATE_EPOCH or the zero time of Go', () => {
    const history = [{ created: '2020-01-01T00:00:00Z', created_by: 'a' }, { created_by: 'b' }];
    const undated = withFixedTimes(config(2, history), 1);
    expect(undated.created).toBe(zero);
    expect(undated.history).toEqual([history[0], { created: zero, created_by: 'b' }]);
    const dated = withFixedTimes(config(2, history), 1, 1_700_000_000);
    expect(dated.created).toBe('2023-11-14T22:13:20Z');
    expect(dated.history?.[1]?.created).toBe('2023-11-14T22:13:20Z');
  });
});
