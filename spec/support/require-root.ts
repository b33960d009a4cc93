/** Runs once before all specs: without root most of them could only fail one by one. */
export default function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new Error(
    'The specs make device nodes, change owners and enter root filesystems: run them as root, as in `sudo npm test` or in a container.',
  );
}
