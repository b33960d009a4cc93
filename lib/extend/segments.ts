// Where layers end: the steps of a Dockerfile, in runs that make one layer each.
import type { Step } from '../interpreter/interpret.js';

export type Layering = 'extension' | 'instruction';

export interface Segment {
  steps: Step[];
  /** False from the first use of `build_id` on, which differs in every build: such steps run every time. */
  reusable: boolean;
}

/** What comes before the first use of `build_id` can be reused, so a layer ends there. */
export function segmentsOf(steps: readonly Step[], layering: Layering): Segment[] {
  const segments: Segment[] = [];
  let segment: Segment = { steps: [], reusable: true };
  const end = (reusable: boolean) => {
    if (segment.steps.length > 0) segments.push(segment);
    segment = { steps: [], reusable };
  };
  for (const step of steps) {
    if (segment.reusable && usesBuildId(step)) end(false);
    segment.steps.push(step);
    if (layering === 'instruction' && step.changesFiles) end(segment.reusable);
  }
  end(true);
  return segments;
}

/** Whether a step may depend on `build_id`. A RUN sees every declared arg. */
function usesBuildId({ instruction, variablesUsed, environment }: Step): boolean {
  return variablesUsed.has('build_id') || (instruction.keyword === 'RUN' && environment.has('build_id'));
}
