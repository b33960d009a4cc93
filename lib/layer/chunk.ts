// A piece of a tar on its way from whoever packs to whoever hashes, compresses and writes it.

export interface Chunk {
  bytes: Buffer;
  /** To be called when `bytes` has been used: the memory then holds something else. */
  release(): void;
}

/** Bytes of tar that are read, hashed and compressed at a time; part of what determines a gzip'ed layer's digest. */
export const chunkSize = 1024 * 1024;
