/**
 * Who may import whom (docs/architecture.md). Every rule here is about imports of values: a type
 * costs nothing at run time and is allowed everywhere, except that nothing may import in a circle.
 */
const SRC = '^src/';

/** A folder may import values only from itself and the listed folders. */
function only(folder, ...allowed) {
  return {
    name: `${folder}-imports-only-${allowed.join('-') || 'itself'}`,
    comment: `src/${folder} depends on ${allowed.map((name) => `src/${name}`).join(', ') || 'no other folder'}.`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: {
      path: SRC,
      pathNot: [folder, ...allowed].map((name) => `^src/${name}(/|\\.ts$|-)`),
      dependencyTypesNot: ['type-only'],
    },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('core'),
    only('workflows', 'core'),
    only('engines', 'core'),
    only('state', 'core'),
    only('transform', 'core'),
    only('config', 'core', 'engines', 'transform'),
    only('observability', 'core'),
    only('session', 'core', 'engines', 'state', 'config', 'transform'),
    only(
      'activities',
      'core',
      'session',
      'engines',
      'state',
      'config',
      'transform',
      'client',
      'observability',
    ),
    only(
      'cli',
      'core',
      'session',
      'engines',
      'state',
      'config',
      'client',
      'local',
      'observability',
      'worker',
    ),
    {
      name: 'only-the-client-talks-to-temporal',
      comment: 'src/client* is the only importer of @temporalio/client.',
      severity: 'error',
      from: { path: SRC, pathNot: '^src/client(/|\\.ts$|-)' },
      to: { path: '@temporalio/client', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-cli-loads-late',
      comment:
        'A command loads the Temporal client and a database driver only when it needs them: ' +
        'together they cost more than the rest of a short command.',
      severity: 'error',
      from: { path: ['^src/cli/', '^src/engines/[^/]+/engine\\.ts$'] },
      to: {
        path: [
          '^src/client\\.ts$',
          '^src/engines/[^/]+/(source|target|settings|define/create-database)\\.ts$',
        ],
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-the-worker-loads-activities',
      comment: 'Step functions that run without Temporal live outside of src/activities.',
      severity: 'error',
      from: { path: SRC, pathNot: ['^src/activities/', '^src/worker\\.ts$'] },
      to: { path: '^src/activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-tests',
      severity: 'error',
      from: { path: SRC },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-unlisted-packages',
      comment: 'What src needs at run time is a dependency, not a devDependency.',
      severity: 'error',
      from: { path: SRC },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-missing-files',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
