import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';
import './provided.js';
import { waitFor } from './wait-for.js';

/** A search attribute's type by its name, as temporal.api.enums.v1.IndexedValueType numbers them. */
const ATTRIBUTE_TYPES = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
} as const;

export type AttributeType = keyof typeof ATTRIBUTE_TYPES;

export interface TestTemporal {
  readonly address: string;
  readonly namespace: string;
  readonly client: Client;
  /** For a Worker; one per test file. */
  readonly nativeConnection: NativeConnection;
  /** Closes the connections; the namespace dies with the server of the test run. */
  close(): Promise<void>;
}

/** Address of the Temporal service that the whole test run shares; never stop it. */
export function sharedTemporalAddress(): string {
  return inject('temporal').address;
}

/** A namespace of its own on the shared service, so that test files never see each other's ids. */
export async function openTemporal(
  label: string,
  options: { readonly searchAttributes?: Readonly<Record<string, AttributeType>> } = {},
): Promise<TestTemporal> {
  const address = sharedTemporalAddress();
  const slug = label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const namespace = `t-${slug.slice(0, 40)}-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const client = new Client({ connection, namespace });
  // The server's caches learn of a new namespace a moment later.
  await waitFor(`namespace ${namespace} can be used`, async () => {
    await client.workflow.count();
    return true;
  });
  const attributes = Object.entries(options.searchAttributes ?? {});
  if (attributes.length > 0) {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        attributes.map(([name, type]) => [name, ATTRIBUTE_TYPES[type]]),
      ),
    });
  }
  const nativeConnection = await NativeConnection.connect({ address });
  return {
    address,
    namespace,
    client,
    nativeConnection,
    close: async () => {
      await nativeConnection.close();
      await connection.close();
    },
  };
}
