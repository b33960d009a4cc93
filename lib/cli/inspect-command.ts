// `dockerfile-extender inspect`.
import { inspectLayout } from '../layout/inspect-layout.js';
import { renderInspection } from '../layout/render-inspection.js';
import { exitCodes } from './exit-codes.js';
import { mayColour } from './output.js';
import type { CommandContext } from './run-command.js';

export async function inspectCommand(
  directory: string,
  { format, largest, color }: { format: 'text' | 'json'; largest?: boolean; color: boolean },
  { signal }: CommandContext,
): Promise<number> {
  const inspection = await inspectLayout({ directory, signal });
  const text =
    format === 'json'
      ? `${JSON.stringify(inspection, null, 2)}\n`
      : renderInspection(inspection, {
          colour: mayColour(process.stdout, color),
          unicode: Boolean(process.stdout.isTTY),
          largestFirst: Boolean(largest),
        });
  process.stdout.write(text);
  return exitCodes.done;
}
