import type { SluiceClient } from '../../client.js';
import { SEARCH_ATTRIBUTES } from '../../client/search-attributes.js';
import { TASK_QUEUES } from '../../core/ids.js';
import type { Finding } from '../../engines/contract/schema.js';
import type { CliContext } from '../context.js';
import { findingOf } from './finding.js';

/** Whether the service answers, workers ask it for work, and the Web UI can filter. */
export async function inspectTemporal(cli: CliContext): Promise<Finding[]> {
  try {
    return await cli.useClient(async (client) => [
      {
        severity: 'ok',
        code: 'temporal.reachable',
        subject: 'Temporal',
        message: `Temporal answers at ${client.settings.address}.`,
      },
      ...(await workers(client)),
      ...(await searchAttributes(client)),
    ]);
  } catch (thrown) {
    return [findingOf(thrown, 'Temporal')];
  }
}

async function workers(client: SluiceClient): Promise<Finding[]> {
  const counted = await Promise.all(
    Object.entries(TASK_QUEUES).map(async ([role, queue]) => {
      return { role, count: await client.countPollers(queue) };
    }),
  );
  const missing = counted.filter(({ count }) => count === 0).map(({ role }) => role);
  if (missing.length === 0) {
    return [
      {
        severity: 'ok',
        code: 'temporal.workers',
        subject: 'worker',
        message: 'A worker asks for work of every role.',
      },
    ];
  }
  return [
    {
      severity: 'warning',
      code: 'WORKER_MISSING',
      subject: 'worker',
      message: `No worker asks for work of the role ${missing.join(', ')}.`,
      remedy: `Start one with sluice worker --roles ${missing.join(',')}.`,
    },
  ];
}

async function searchAttributes(client: SluiceClient): Promise<Finding[]> {
  const unregistered = await client.missingSearchAttributes();
  if (unregistered?.length === 0) return [];
  const names = unregistered ?? Object.keys(SEARCH_ATTRIBUTES);
  const flags = Object.entries(SEARCH_ATTRIBUTES)
    .filter(([name]) => names.includes(name))
    .map(([name, type]) => `--name ${name} --type ${type}`);
  const finding = { severity: 'info', code: 'temporal.search-attributes' } as const;
  const subject = 'search attributes';
  const create = `temporal operator search-attribute create ${flags.join(' ')}`;
  if (unregistered === null) {
    const message =
      'This login may not see which search attributes are registered; a worker whose login may not either works without them.';
    return [{ ...finding, subject, message, remedy: `Where they are missing, run: ${create}` }];
  }
  const message = `Not registered: ${names.join(', ')}; a worker registers them at its start if it may, and works without them if not.`;
  return [{ ...finding, subject, message, remedy: `Then run: ${create}` }];
}
