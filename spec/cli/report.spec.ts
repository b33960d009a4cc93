import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReport } from '../../lib/cli/report.js';

const silent = () => {};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-spec-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a report that could not be written in the end is refused at once', () => {
  expect(() => openReport(join(folder, 'missing/report.json'), silent)).toThrow(/not there, or not writable/);
  expect(() => openReport(folder, silent)).toThrow(/it is a folder/);
});

test('a report lists what was finished', () => {
  const file = join(folder, 'report.json');
  const report = openReport(file, silent);
  report.onEvent({ type: 'phase-finished', phase: 'scan', milliseconds: 3 });
  report.write({ milliseconds: 5, layers: [] });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    milliseconds: 5,
    phases: [{ phase: 'scan', milliseconds: 3 }],
  });
});
