/** What Temporal's own histories say about a run: the only clock that sees everything. */
import { Client, Connection } from '@temporalio/client';

export interface Step {
  readonly activity: string;
  /** Milliseconds since the epoch. */
  readonly scheduled: number;
  readonly completed: number;
}

export class Histories {
  private constructor(
    private readonly connection: Connection,
    private readonly client: Client,
  ) {}

  static async open(address: string): Promise<Histories> {
    const connection = await Connection.connect({ address });
    return new Histories(connection, new Client({ connection }));
  }

  /** Activities that have completed, in the order of their schedule. */
  async steps(workflowId: string): Promise<Step[]> {
    const { events } = await this.client.workflow.getHandle(workflowId).fetchHistory();
    const begun = new Map<string, { activity: string; scheduled: number }>();
    const steps: Step[] = [];
    for (const event of events ?? []) {
      const scheduled = event.activityTaskScheduledEventAttributes;
      if (scheduled) {
        const activity = scheduled.activityType?.name ?? '';
        begun.set(String(event.eventId), { activity, scheduled: timeOf(event.eventTime) });
      }
      const completed = event.activityTaskCompletedEventAttributes;
      const began = completed ? begun.get(String(completed.scheduledEventId)) : undefined;
      if (began !== undefined) steps.push({ ...began, completed: timeOf(event.eventTime) });
    }
    return steps;
  }

  /** Events of every workflow whose id begins with `prefix`, running or not, by workflow id. */
  async countEvents(prefix: string): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for await (const one of this.client.workflow.list()) {
      if (!one.workflowId.startsWith(prefix)) continue;
      const described = await this.client.workflow.getHandle(one.workflowId, one.runId).describe();
      const known = counts.get(one.workflowId) ?? 0;
      counts.set(one.workflowId, known + described.historyLength);
    }
    return counts;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

interface Timestamp {
  readonly seconds?: { toString(): string } | null;
  readonly nanos?: number | null;
}

function timeOf(time: Timestamp | null | undefined): number {
  return Number(time?.seconds?.toString() ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}
