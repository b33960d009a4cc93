// Gives back what `launch.c` kept from the loader and from Node.js: a builder that we become must find the
// environment that the platform gave.
const kept = 'EXTENDER_KEPT_';

for (const [name, value] of Object.entries(process.env)) {
  if (!name.startsWith(kept)) continue;
  delete process.env[name];
  process.env[name.slice(kept.length)] = value;
}
