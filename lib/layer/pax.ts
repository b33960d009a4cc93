// PAX records: what a ustar header has no room for, as `length key=value\n`, in bytes throughout.
// POSIX.1-2001 pax, "pax Extended Header".

/** Records sorted by key, so that the same records always make the same bytes. */
export function encodePax(records: ReadonlyMap<string, Buffer | string>): Buffer {
  let text = '';
  for (const key of [...records.keys()].sort()) {
    const body = ` ${byteString(key)}=${byteString(records.get(key)!)}\n`;
    text += recordLength(body.length) + body;
  }
  return Buffer.from(text, 'latin1');
}

/**
 * The records of a PAX header's body; a later one of the same key wins.
 * @throws Error where the body is not made of records
 */
export function decodePax(body: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(body.toString('latin1', at, space));
    const end = at + length;
    const equals = body.indexOf(0x3d, space);
    if (
      !Number.isInteger(length) ||
      end > body.length ||
      body[end - 1] !== 0x0a ||
      !(equals < end) ||
      equals < 0
    )
      throw new Error('a PAX header is malformed');
    records.set(body.toString('utf8', space + 1, equals), body.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** Nanoseconds as the decimal number of seconds that PAX wants. */
export function encodePaxTime(nanoseconds: bigint): string {
  const absolute = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const seconds = absolute / 1_000_000_000n;
  const rest = Number(absolute - seconds * 1_000_000_000n);
  const sign = nanoseconds < 0n ? '-' : '';
  if (rest === 0) return `${sign}${seconds}`;
  // Of the digits behind the point, zeros at the end are left out.
  return `${sign}${seconds}.${String(1_000_000_000 + rest)
    .slice(1)
    .replace(/0+$/, '')}`;
}

/** The inverse of `encodePaxTime`; digits beyond nanoseconds are dropped. Undefined: not a time. */
export function decodePaxTime(text: string): bigint | undefined {
  const parts = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (parts === null) return undefined;
  const fraction = (parts[3] ?? '').slice(0, 9).padEnd(9, '0');
  const absolute = BigInt(parts[2]!) * 1_000_000_000n + BigInt(fraction);
  return parts[1] === '-' ? -absolute : absolute;
}

/** Bytes as a string of one Latin-1 character each, which is put together faster than buffers are. */
function byteString(value: Buffer | string): string {
  if (typeof value !== 'string') return value.toString('latin1');
  return /^[\0-\x7f]*$/.test(value) ? value : Buffer.from(value).toString('latin1');
}

/** A record's length counts the digits of the length itself. */
function recordLength(bodyLength: number): number {
  let length = bodyLength;
  while (length !== bodyLength + String(length).length) length = bodyLength + String(length).length;
  return length;
}
