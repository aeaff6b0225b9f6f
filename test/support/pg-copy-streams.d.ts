/** The part of pg-copy-streams 7 that Sluice uses; the package has no types of its own. */
declare module 'pg-copy-streams' {
  import type { Readable, ReadableOptions, Writable, WritableOptions } from 'node:stream';
  import type { Connection, Submittable } from 'pg';

  /** COPY … FROM STDIN; `finish` comes when the server has answered, `rowCount` is set by then. */
  export interface CopyFromStream extends Writable, Submittable {
    readonly rowCount: number | null;
    submit(connection: Connection): void;
  }

  /** COPY … TO STDOUT. */
  export interface CopyToStream extends Readable, Submittable {
    readonly rowCount: number | null;
    submit(connection: Connection): void;
  }

  export function from(text: string, options?: WritableOptions): CopyFromStream;
  export function to(text: string, options?: ReadableOptions): CopyToStream;
}
