// What the documents of an OCI image layout must look like for us to read on: of the fields that we know, those that
// are there have the type that the specification says. Go programs write `null` for what is absent.
// https://github.com/opencontainers/image-spec/blob/main/config.md

/** Tells where a value does not fit, `''` for the value itself; undefined where it does. */
export type Shape = (value: unknown) => string | undefined;

const fits = (does: boolean) => (does ? undefined : '');
const text: Shape = (value) => fits(typeof value === 'string');
const number: Shape = (value) => fits(typeof value === 'number');
const boolean: Shape = (value) => fits(typeof value === 'boolean');

const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || value === null ? undefined : shape(value);

const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) ? firstMisfit(value.map((element, index) => [String(index), element, shape])) : '';

const mapOf =
  (shape: Shape): Shape =>
  (value) =>
    isObject(value) ? firstMisfit(Object.entries(value).map(([key, one]) => [key, one, shape])) : '';

const object =
  (fields: Record<string, Shape>): Shape =>
  (value) =>
    isObject(value)
      ? firstMisfit(Object.entries(fields).map(([key, shape]) => [key, value[key], shape]))
      : '';

const texts = optional(listOf(text));
const optionalText = optional(text);
const set = optional(mapOf(optional(object({}))));

const descriptor = object({
  mediaType: optionalText,
  digest: text,
  size: number,
  platform: optional(object({ os: optionalText, architecture: optionalText, variant: optionalText })),
});

export const versionShape: Shape = object({ imageLayoutVersion: text });
export const indexShape: Shape = object({ manifests: listOf(descriptor) });
export const manifestShape: Shape = object({ config: descriptor, layers: listOf(descriptor) });
export const configShape: Shape = object({
  os: optionalText,
  architecture: optionalText,
  variant: optionalText,
  created: optionalText,
  config: optional(
    object({
      User: optionalText,
      Env: texts,
      Cmd: texts,
      Entrypoint: texts,
      Shell: texts,
      OnBuild: texts,
      WorkingDir: optionalText,
      StopSignal: optionalText,
      Labels: optional(mapOf(text)),
      Volumes: set,
      ExposedPorts: set,
      Healthcheck: optional(object({ Test: texts })),
    }),
  ),
  rootfs: object({ diff_ids: listOf(text) }),
  history: optional(
    listOf(object({ created: optionalText, created_by: optionalText, empty_layer: optional(boolean) })),
  ),
});

function firstMisfit(fields: [key: string, value: unknown, shape: Shape][]): string | undefined {
  for (const [key, value, shape] of fields) {
    const misfit = shape(value);
    if (misfit !== undefined) return misfit === '' ? key : `${key}.${misfit}`;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
