// An inspection as text: one tree a layer, with sizes and totals.
import { formatBytes } from '../report/units.js';
import type { EntryChange, InspectedLayer, InspectedNode, Inspection } from './inspect-layout.js';

export interface RenderOptions {
  /** With ANSI colours. */
  colour?: boolean;
  /** With box-drawing characters; else in ASCII. */
  unicode?: boolean;
  /** What is largest with all that is below it first, rather than by name. */
  largestFirst?: boolean;
}

const marks: Record<EntryChange, string> = {
  added: '+',
  changed: '~',
  written: '*',
  removed: '-',
  emptied: '!',
  kept: ' ',
};
const colours: Record<EntryChange, number> = {
  added: 32,
  changed: 33,
  written: 36,
  removed: 31,
  emptied: 31,
  kept: 2,
};
const boxes = { branch: '├── ', last: '└── ', through: '│   ', blank: '    ' };
const plain = { branch: '|-- ', last: '`-- ', through: '|   ', blank: '    ' };

/** The text, lines ended by newlines. */
export function renderInspection(inspection: Inspection, options: RenderOptions = {}): string {
  return inspection.layers
    .map((layer, index) => renderLayer(layer, index + 1, inspection.layers.length, options))
    .join('\n');
}

function renderLayer(layer: InspectedLayer, number: number, count: number, options: RenderOptions): string {
  const lines = [`Layer ${number} of ${count}  ${layer.digest}  ${formatBytes(layer.size)}`];
  if (layer.createdBy !== undefined) lines.push(`  ${printable(firstLine(layer.createdBy))}`);
  if (layer.root === undefined) lines.push('  not in this layout');
  else {
    renderChildren(layer.root, '', options, lines);
    const counts = (Object.keys(marks) as EntryChange[])
      .filter((change) => change !== 'kept' && layer.counts[change] > 0)
      .map((change) => paint(`${layer.counts[change]} ${change}`, change, options));
    lines.push([...counts, `${formatBytes(layer.root.total)} uncompressed`].join(', '));
  }
  return `${lines.join('\n')}\n`;
}

function renderChildren(node: InspectedNode, indent: string, options: RenderOptions, lines: string[]): void {
  const lineStyle = options.unicode ? boxes : plain;
  const children = options.largestFirst
    ? [...node.children].sort((one, other) => other.total - one.total)
    : node.children;
  for (const [index, child] of children.entries()) {
    const isLast = index === children.length - 1;
    const size = child.change === 'removed' ? '' : formatBytes(child.total);
    lines.push(
      `${size.padStart(9)} ${indent}${isLast ? lineStyle.last : lineStyle.branch}${paint(label(child), child.change, options)}`,
    );
    renderChildren(child, indent + (isLast ? lineStyle.blank : lineStyle.through), options, lines);
  }
}

function label({ name, change, type, target }: InspectedNode): string {
  const slash = type === 'directory' ? '/' : '';
  const pointer = target === undefined ? '' : ` ${type === 'link' ? '=' : '->'} ${printable(target)}`;
  return `${marks[change]} ${printable(name)}${slash}${pointer}`;
}

function paint(text: string, change: EntryChange, { colour }: RenderOptions): string {
  return colour ? `\u001b[${colours[change]}m${text}\u001b[0m` : text;
}

/** Names can hold anything: control characters must not reach a terminal, nor lone surrogates a stream. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]/gu, (character) => {
    const code = character.charCodeAt(0);
    return `\\x${(code >= 0xdc80 ? code - 0xdc00 : code).toString(16).padStart(2, '0')}`;
  });
}

function firstLine(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return rest.length > 0 ? `${first} …` : first;
}
