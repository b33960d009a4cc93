import fc from 'fast-check';
import { checkText, checkWord, texts } from './fuzzing.js';

describe('whatever stands in a Dockerfile', () => {
  it('is read, or refused with a place, in little time', () => {
    fc.assert(
      fc.property(texts, (text) => {
        // A hundred milliseconds alone on a machine; tests run beside each other.
        expect(checkText(text)).toBeLessThan(1000);
      }),
      { numRuns: 1500, endOnFailure: true },
    );
  });

  it('is expanded or refused', () => {
    fc.assert(fc.property(texts, checkWord), { numRuns: 1500, endOnFailure: true });
  });
});
