// History and times of an extended image, in the form in which the exporter reads them: one entry a layer.
// https://github.com/buildpacks/rfcs/blob/main/text/0102-history.md
import type { HistoryEntry, ImageConfig } from '../image/config.js';

/** When the reference lifecycle says that an extended image was made: Go's zero time. */
const zeroTime = '0001-01-01T00:00:00Z';

/**
 * The config with a history of one entry a layer: entries without a layer go, and where the rest are not as many
 * as the layers, nameless ones take their place.
 */
export function withPlainHistory(config: ImageConfig): ImageConfig {
  const entries = (config.history ?? []).filter((entry) => !entry.empty_layer);
  const { length } = config.rootfs.diff_ids;
  const nameless = (): HistoryEntry[] => Array.from({ length }, () => ({ created: zeroTime }));
  return { ...config, history: entries.length === length ? entries : nameless() };
}

/**
 * The config as it leaves us: a plain history, and a time that does not tell when the build ran.
 * @param baseLayers how many layers, from the lowest up, keep their entries as they are.
 * @param sourceDateEpoch seconds since the epoch.
 */
export function withFixedTimes(
  config: ImageConfig,
  baseLayers: number,
  sourceDateEpoch?: number,
): ImageConfig {
  const created = sourceDateEpoch === undefined ? zeroTime : goTime(sourceDateEpoch);
  const plain = withPlainHistory(config);
  const history = plain.history!.map((entry, index) => (index < baseLayers ? entry : { ...entry, created }));
  return { ...plain, created, history };
}

function goTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
