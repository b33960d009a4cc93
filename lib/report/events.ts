// What happens during a build, as data: the progress display, the JSON log and the report read these.

/** A named span of work that is not an instruction. */
export type PhaseName = 'parse' | 'scan' | 'diff' | 'layer' | 'layout' | 'restore' | 'cache';

export type BuildEvent =
  | { type: 'instruction-started'; line: number; text: string }
  /** `cached` where it was not executed, because the layer that it is part of was there. */
  | { type: 'instruction-finished'; line: number; text: string; milliseconds: number; cached?: true }
  /** A layer was looked for in the cache. */
  | {
      type: 'cache-looked-up';
      /** Of the first instruction that goes into the layer. */
      line: number;
      /** The Dockerfile and the layer of it. */
      place: string;
      hit: boolean;
      /** Absent where the layer can have none. */
      key?: string;
      /** Why it was not found. */
      reason?: string;
      milliseconds: number;
    }
  /** Bytes that a RUN wrote, as they came. */
  | { type: 'output'; stream: 'stdout' | 'stderr'; chunk: Uint8Array }
  | { type: 'phase-finished'; phase: PhaseName; milliseconds: number; files?: number; bytes?: number };

export type OnEvent = (event: BuildEvent) => void;
