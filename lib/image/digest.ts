// Digests as OCI writes them.
import { createHash } from 'node:crypto';
import type { Digest } from './manifest.js';

/** The digest of some bytes. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Whether a string is a sha256 digest in OCI's form, safe to use as a file name. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
}
