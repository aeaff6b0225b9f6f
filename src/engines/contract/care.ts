/** How busy a source is, so that copies can give way. */
export interface SourceCare {
  /**
   * The one number that the configured query returns; null when it returns none. Read only.
   *
   * @throws SluiceError CONFIG_INVALID when it returns something else; SERVER_BUSY when it takes
   * longer than a statement on the source may
   */
  load(query: string): Promise<number | null>;
  /**
   * How far the slowest of the source's own replicas is behind, in milliseconds; null where there
   * are none or the login may not see them.
   */
  replicationLagMs(): Promise<number | null>;
}
