import { BUILT_IN } from './bundle-worker.ts';

/**
 * The configuration of wrangler that a Worker with Changebucket needs: its module and the two classes. `name` is the name
 * of the Worker, `main` the path of its module; default: this package's own Worker.
 */
export const wranglerConfig = ({ name = 'changebucket', main = BUILT_IN }: { name?: string; main?: string }) => ({
  name,
  main,
  compatibility_date: '2026-10-01',
  compatibility_flags: ['no_web_socket_compression'],
  keep_names: false,
  durable_objects: {
    bindings: [
      { name: 'APPLICATION', class_name: 'Application' },
      { name: 'DIRECTORY', class_name: 'Directory' },
    ],
  },
  migrations: [{ tag: 'v1', new_sqlite_classes: ['Application', 'Directory'] }],
  // Every line that the code logs, and none for each invocation: those cost more than the polls that they tell of.
  observability: { enabled: true, head_sampling_rate: 1, logs: { enabled: true, invocation_logs: false } },
});
