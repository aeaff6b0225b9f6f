import type { Connection } from '@temporalio/client';

/** temporal.api.enums.v1.TaskQueueType */
const TASK_QUEUE_TYPES = { workflow: 1, activity: 2 } as const;

/** Workers that have asked this queue for work in the last minutes (the service keeps five). */
export async function countPollers(
  connection: Connection,
  namespace: string,
  taskQueue: string,
): Promise<number> {
  const ask = async (taskQueueType: number): Promise<readonly string[]> => {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType,
    });
    return (pollers ?? []).map((poller) => poller.identity ?? '');
  };
  const known = await Promise.all(Object.values(TASK_QUEUE_TYPES).map(ask));
  return new Set(known.flat()).size;
}
