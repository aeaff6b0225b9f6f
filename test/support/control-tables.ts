import type {
  ControlContent,
  ControlReport,
  ControlTables,
} from '../../src/engines/contract/control-tables.js';

/** Control tables in memory: a test writes their rows, and reads what was reported. */
export class FakeControlTables implements ControlTables {
  content: ControlContent = { servers: [], mappings: [] };
  readonly reports: { readonly pipeline: string; readonly report: ControlReport }[] = [];
  prepared = 0;
  /** Thrown by every call while it is set. */
  failure: Error | null = null;
  reported = { eventId: '0', verificationId: '0' };

  prepare(): Promise<void> {
    return this.#answer(() => {
      this.prepared += 1;
    });
  }

  script(): string {
    return 'create table source_servers';
  }

  read(): Promise<ControlContent> {
    return this.#answer(() => this.content);
  }

  reportedUpTo(): Promise<{ eventId: string; verificationId: string }> {
    return this.#answer(() => this.reported);
  }

  report(pipeline: string, report: ControlReport): Promise<void> {
    return this.#answer(() => {
      this.reports.push({ pipeline, report });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #answer<T>(work: () => T): Promise<T> {
    return this.failure === null ? Promise.resolve(work()) : Promise.reject(this.failure);
  }
}
