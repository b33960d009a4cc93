// The long fuzz run, for `npm run fuzz`: 100,000 texts, for a quarter of an hour or so.
import fc from 'fast-check';
import { checkText, checkWord, texts } from './fuzzing.js';

it('100,000 texts are read or refused with a place', () => {
  let slowest = 0;
  const check = (text: string) => {
    slowest = Math.max(slowest, checkText(text));
    checkWord(text);
  };
  fc.assert(fc.property(texts, check), { numRuns: 100_000, endOnFailure: true });
  process.stdout.write(`slowest parse: ${slowest.toFixed(1)} ms\n`);
}, 3_600_000);
