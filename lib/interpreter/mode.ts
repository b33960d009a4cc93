// The mode that `--chmod` asks for: octal, or symbolic as in chmod(1) with a umask of 0.
// Octal becomes the mode; symbolic changes the source's.

const permissionBits = 0o7777;
const setUserID = 0o4000;
const setGroupID = 0o2000;
const sticky = 0o1000;

/** What a `--chmod` does to the mode of one file or directory. */
export interface ModeChange {
  /** Set where the flag was octal: directories made on the way to the destination take it, too. */
  absolute?: number;
  /** The permission bits for something that has the bits `mode`. */
  apply(mode: number, isDirectory: boolean): number;
}

/**
 * Parses the value of `--chmod`.
 * @throws Error where it is neither octal up to 7777 nor symbolic.
 */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= permissionBits) {
    const absolute = Number.parseInt(text, 8);
    return { absolute, apply: () => absolute };
  }
  const clauses = /^[0-9]/.test(text) ? undefined : text.split(',').map(parseClause);
  if (clauses === undefined || clauses.includes(undefined)) {
    throw new Error(
      `--chmod=${text} cannot be used: give an octal mode from 0 to 7777, such as 755, ` +
        'or a symbolic one, such as u=rwX,go=rX.',
    );
  }
  const operations = clauses.flatMap((clause) => clause!);
  return {
    apply: (mode, isDirectory) =>
      operations.reduce((bits, operation) => operation(bits, mode, isDirectory), mode & permissionBits),
  };
}

type Operation = (bits: number, original: number, isDirectory: boolean) => number;

const who: Record<string, number> = { u: setUserID | 0o700, g: setGroupID | 0o070, o: 0o007, a: 0o6777 };

/** One clause, `[ugoa]*([+-=][rwxXstugo]*)+`, as the operations it stands for. */
function parseClause(clause: string): Operation[] | undefined {
  const parts = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
  if (parts === null) return undefined;
  const named = [...parts[1]!].reduce((bits, letter) => bits | who[letter]!, 0);
  const affected = named === 0 ? 0o6777 : named;
  const setIDsCount = named === 0 || (named & ~0o007) !== 0;
  return [...parts[2]!.matchAll(/([-+=])([rwxXstugo]*)/g)].map(
    ([, operator, letters]) =>
      (bits, original, isDirectory) => {
        let wanted = 0;
        let reach = affected;
        for (const letter of letters!) {
          if (letter === 't') {
            if (!setIDsCount) continue;
            reach |= sticky;
            wanted |= sticky;
          } else if (letter === 's') wanted |= setIDsCount ? setUserID | setGroupID : 0;
          else wanted |= bitsOf(letter, bits, operator === '-' || isDirectory || (original & 0o111) !== 0);
        }
        wanted &= reach;
        if (operator === '+') return bits | wanted;
        if (operator === '-') return bits & ~wanted;
        return (bits & ~reach) | wanted;
      },
  );
}

/** The bits for all three classes that a letter means; `u`, `g`, `o` copy that class' present bits. */
function bitsOf(letter: string, bits: number, executable: boolean): number {
  switch (letter) {
    case 'r':
      return 0o444;
    case 'w':
      return 0o222;
    case 'x':
      return 0o111;
    case 'X':
      return executable ? 0o111 : 0;
    case 'u':
      return ((bits >> 6) & 7) * 0o111;
    case 'g':
      return ((bits >> 3) & 7) * 0o111;
    default:
      return (bits & 7) * 0o111;
  }
}
