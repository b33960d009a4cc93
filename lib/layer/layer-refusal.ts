// What no layer can tell: the root filesystem holds it all the same, so it is whoever made it who must change that.
const code = 'ERR_LAYER_REFUSED';

/** An error for something in the root filesystem that cannot go into a layer; the code outlives the way between threads. */
export function layerRefusal(message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Whether it was for what the root filesystem holds that a layer was not written. */
export function isLayerRefusal(error: unknown): error is Error {
  return (error as NodeJS.ErrnoException | undefined)?.code === code;
}
