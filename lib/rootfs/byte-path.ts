// File names are bytes; strings are nicer. A path is a string in which each byte that is not part of
// valid UTF-8 stands as a lone surrogate U+DC80 … U+DCFF (Python calls this `surrogateescape`), so
// that every name survives the way in and out, while maps, sorting and joining stay plain.

const invalidMarker = '\uFFFD';

/** The string for a name or path given as bytes. */
export function decodePath(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes(invalidMarker)) return text;
  let out = '';
  for (let at = 0; at < bytes.length; ) {
    const length = validSequenceLength(bytes, at);
    if (length === 0) {
      out += String.fromCharCode(0xdc00 + bytes[at]!);
      at += 1;
    } else {
      out += bytes.toString('utf8', at, at + length);
      at += length;
    }
  }
  return out;
}

/** What `fs` functions take for a path: the string itself, or its bytes where UTF-8 cannot say it. */
export function encodePath(path: string): string | Buffer {
  return path.isWellFormed() ? path : pathBytes(path);
}

/** The bytes of a path. */
export function pathBytes(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, 'utf8');
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at);
    const paired = code >= 0xdc00 && at > 0 && (path.charCodeAt(at - 1) & 0xfc00) === 0xd800;
    if (code < 0xdc80 || code > 0xdcff || paired) continue;
    parts.push(Buffer.from(path.slice(start, at), 'utf8'), Buffer.of(code - 0xdc00));
    start = at + 1;
  }
  parts.push(Buffer.from(path.slice(start), 'utf8'));
  return Buffer.concat(parts);
}

/** Length of the well-formed UTF-8 sequence at `at`, or 0 (RFC 3629: no overlong forms, no surrogates). */
function validSequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  return bytes.toString('utf8', at, at + length).includes(invalidMarker) && !isEncodedMarker(bytes, at)
    ? 0
    : length;
}

/** Whether the three bytes at `at` really are U+FFFD. */
function isEncodedMarker(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd;
}
