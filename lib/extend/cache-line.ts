// What the log says of the cache: one line a Dockerfile, before anything of it is executed that is not in there.
import type { Logger } from '../report/logger.js';

export interface CacheLine {
  /** @param missed why a layer is not in the cache; undefined where it is. */
  lookedUp(missed: string | undefined): void;
  /** To be called once all layers are made. */
  end(): void;
}

/** @param name the Dockerfile's. */
export function openCacheLine(name: string, logger: Logger): CacheLine {
  let hits = 0;
  let told = false;
  const count = () => `${hits} layer${hits === 1 ? '' : 's'}`;
  return {
    lookedUp: (missed) => {
      if (missed === undefined) hits++;
      else if (!told) {
        told = true;
        logger.info(`Cache miss for ${name}${hits > 0 ? ` after ${count()}` : ''}: ${missed}.`);
      }
    },
    end: () => {
      if (!told && hits > 0) logger.info(`Cache hit for ${name}: ${count()}, nothing was executed.`);
    },
  };
}
