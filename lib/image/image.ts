// An image in memory: its config and the descriptors of its layers, lowest first. Layers are told apart by
// their position, never by digest: the same layer may occur twice.
import type { HistoryEntry, ImageConfig } from './config.js';
import { emptyConfig } from './evolve.js';
import type { Descriptor, Digest } from './manifest.js';

export interface Image {
  config: ImageConfig;
  layers: Descriptor[];
}

const architectures: Record<string, string> = { x64: 'amd64', ia32: '386', arm64: 'arm64', arm: 'arm' };

/** An image without layers, for this machine's architecture. */
export function emptyImage(): Image {
  return {
    config: {
      architecture: architectures[process.arch] ?? process.arch,
      os: 'linux',
      config: emptyConfig,
      rootfs: { type: 'layers', diff_ids: [] },
      history: [],
    },
    layers: [],
  };
}

/** The image with one more entry in its history, and with the layer that the entry speaks of, if any. */
export function extendImage(
  { config, layers }: Image,
  history: HistoryEntry,
  layer?: Pick<Descriptor, 'mediaType' | 'digest' | 'size'> & { diffID: Digest },
): Image {
  const entry = layer ? history : { ...history, empty_layer: true };
  const diffIDs = layer ? [...config.rootfs.diff_ids, layer.diffID] : config.rootfs.diff_ids;
  const descriptors = layer ? [{ mediaType: layer.mediaType, digest: layer.digest, size: layer.size }] : [];
  return {
    config: {
      ...config,
      rootfs: { type: 'layers', diff_ids: diffIDs },
      history: [...(config.history ?? []), entry],
    },
    layers: [...layers, ...descriptors],
  };
}
