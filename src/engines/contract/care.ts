/** How busy a source is, so that copies can give way. */
export interface SourceCare {
  /** The one number that the configured query returns; null when it returns none. Read only. */
  load(query: string): Promise<number | null>;
  /**
   * How far the slowest of the source's own replicas is behind, in milliseconds; null where there
   * are none or the login may not see them.
   */
  replicationLagMs(): Promise<number | null>;
}
