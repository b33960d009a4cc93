// koffi in the portable folder: its native part alone, from where the bundle has it. The package's own search for
// it goes through folders of the image.
import { createRequire } from 'node:module';

export default createRequire(import.meta.url)('../../lib/koffi.node');
