// The long fuzz run, for `npm run fuzz`: 100,000 texts, for some minutes.
import fc from 'fast-check';
import { checkText, checkWord, texts } from './fuzzing.js';

/** Milliseconds of processor time that no text of up to 64 KiB may take to parse. */
const LIMIT = 100;

it('100,000 texts are read or refused with a place, each in little time', () => {
  let slowest = { milliseconds: 0, text: '' };
  const check = (text: string) => {
    // What is slow once may have been compiled or collected meanwhile; what is slow three times is slow.
    let milliseconds = checkText(text);
    for (let again = 0; again < 2 && milliseconds >= LIMIT; again++)
      milliseconds = Math.min(milliseconds, checkText(text));
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, text };
    expect(milliseconds).toBeLessThan(LIMIT);
    checkWord(text);
  };
  fc.assert(fc.property(texts, check), { numRuns: 100_000, endOnFailure: true });
  const { milliseconds, text } = slowest;
  process.stdout.write(
    `slowest parse: ${milliseconds.toFixed(1)} ms for ${text.length} characters, ${JSON.stringify(text.slice(0, 80))}…\n`,
  );
}, 3_600_000);
