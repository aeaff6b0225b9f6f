/** What every benchmark is told. */
export interface BenchOptions {
  /** Rows of the large table; 2,000,000 are about 410 MB. */
  readonly rows: number;
  /** Each round measures the reference and Sluice one after the other. */
  readonly rounds: number;
  /** One line for the person who waits. */
  readonly say: (line: string) => void;
}
