// The examples for platforms: each is what its system's schema asks for, hangs together, and gives no phase more than
// it needs.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

interface Step {
  name: string;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  workspaces?: { name: string }[];
  securityContext?: {
    runAsUser: number;
    allowPrivilegeEscalation: boolean;
    capabilities: { drop: string[]; add?: string[] };
    privileged?: boolean;
  };
}
interface Task {
  metadata: { name: string };
  spec: {
    params: { name: string; default?: string }[];
    workspaces: { name: string }[];
    results?: { name: string }[];
    steps: Step[];
  };
}
interface PipelineTask {
  name: string;
  taskRef: { name: string };
  params: { name: string; value: string }[];
  workspaces: { name: string; workspace: string }[];
}

const text = (path: string) => readFileSync(resolve('deploy', path), 'utf8');
const read = <Type>(path: string): Type => parse(text(path)) as Type;
const schema = (name: string) => JSON.parse(readFileSync(resolve('spec/deploy/schemas', name), 'utf8'));

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
for (const name of ['kubernetes.json', 'tekton.json', 'gitlab.json']) ajv.addSchema(schema(name));

function problems(reference: string, value: unknown): string[] {
  const validate = ajv.getSchema(reference)!;
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  );
}

const pod = read<{ spec: { volumes: { name: string }[]; initContainers: Step[]; containers: Step[] } }>(
  'kubernetes/pod.yaml',
);
const containers = [...pod.spec.initContainers, ...pod.spec.containers];
const tasks = ['prepare', 'extend', 'export'].map((name) => read<Task>(`tekton/${name}.yaml`));
const pipeline = read<{ spec: { tasks: PipelineTask[] } }>('tekton/pipeline.yaml');
const allSteps = [...containers, ...tasks.flatMap(({ spec }) => spec.steps)];

describe('schemas', () => {
  it.each([
    ['kubernetes.json#/$defs/Pod', 'kubernetes/pod.yaml'],
    ['tekton.json#/$defs/Task', 'tekton/prepare.yaml'],
    ['tekton.json#/$defs/Task', 'tekton/extend.yaml'],
    ['tekton.json#/$defs/Task', 'tekton/export.yaml'],
    ['tekton.json#/$defs/Pipeline', 'tekton/pipeline.yaml'],
    ['gitlab.json', 'gitlab/.gitlab-ci.yml'],
  ])('%s: %s', (reference, path) => {
    expect(problems(reference, read(path))).toEqual([]);
  });

  it('refuse a field that does not exist', () => {
    const broken = structuredClone(pod);
    Object.assign(broken.spec.containers[0]!, { comand: ['/cnb/lifecycle/exporter'] });
    expect(problems('kubernetes.json#/$defs/Pod', broken)).toEqual([
      '/spec/containers/0 must NOT have additional properties {"additionalProperty":"comand"}',
    ]);
  });

  it('sh reads the script', () => {
    execFileSync('sh', ['-n', resolve('deploy/docker/build.sh')]);
  });
});

describe('what hangs together', () => {
  it('mounts only volumes that the pod has', () => {
    const volumes = pod.spec.volumes.map(({ name }) => name);
    const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
    expect([...new Set(mounted)].sort()).toEqual(volumes.sort());
  });

  it.each(pipeline.spec.tasks)(
    'the pipeline gives $name what its task asks for',
    ({ taskRef, params, workspaces }) => {
      const { spec } = tasks.find(({ metadata }) => metadata.name === taskRef.name)!;
      const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort();
      expect(names(params)).toEqual(names(spec.params.filter((param) => param.default === undefined)));
      expect(names(workspaces)).toEqual(names(spec.workspaces));
    },
  );

  it('results are used that the task has', () => {
    const used = [...text('tekton/pipeline.yaml').matchAll(/tasks\.prepare\.results\.([\w-]+)/g)].map(
      ([, name]) => name,
    );
    expect(used.sort()).toEqual(tasks[0]!.spec.results!.map(({ name }) => name).sort());
  });
});

describe('least privilege', () => {
  it.each(allSteps)(
    '$name has no capability that Docker would not give, and none unless it extends',
    (step) => {
      const { capabilities, allowPrivilegeEscalation, runAsUser } = step.securityContext!;
      const extendsImage = /^extend/.test(step.name);
      expect({ drop: capabilities.drop, allowPrivilegeEscalation, runAsUser }).toEqual({
        drop: ['ALL'],
        allowPrivilegeEscalation: false,
        runAsUser: extendsImage ? 0 : 1000,
      });
      expect(capabilities.add !== undefined).toBe(extendsImage);
      expect(capabilities.add ?? []).not.toContain('SYS_ADMIN');
    },
  );

  it('hands credentials to the phases that talk to the registry alone', () => {
    const has = ({ volumeMounts = [], workspaces = [] }: Step) =>
      [...volumeMounts, ...workspaces].some(({ name }) => name === 'registry-credentials');
    const names = allSteps.filter(has).map(({ name }) => name);
    expect([...new Set(names)].sort()).toEqual(['analyze', 'export', 'restore']);
  });

  it('names the same capabilities everywhere', () => {
    const script = text('docker/build.sh')
      .match(/for capability in (.*); do/)![1]!
      .split(' ');
    for (const { name, securityContext } of allSteps) {
      const { add } = securityContext!.capabilities;
      if (add) expect({ name, add }).toEqual({ name, add: script });
    }
  });
});
