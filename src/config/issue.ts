/** One thing wrong (or doubtful) in a config, told so that it can be put right without a manual. */
export interface ConfigIssue {
  readonly file: string;
  /** From 1; 0 when the whole file is meant. */
  readonly line: number;
  readonly column: number;
  /** `pipelines.shop.batch.rows`; empty for the whole file. */
  readonly path: string;
  /** What is wrong and what to write instead. Never the value of a secret. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

export type Path = readonly (string | number)[];

/** What a check finds before it is known where in which file that stands. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly severity?: 'error' | 'warning';
}

/** Names with dots or quotes are put in brackets, so that a path reads back unambiguously. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `['${step}']`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** `sluice.yaml:12:5 pipelines.shop.batch.rows is …`: editors and terminals make a link of it. */
export function formatIssue(issue: ConfigIssue): string {
  const place = issue.line === 0 ? issue.file : `${issue.file}:${issue.line}:${issue.column}`;
  const subject = issue.path === '' ? 'the config' : issue.path;
  const warning = issue.severity === 'warning' ? 'warning: ' : '';
  return `${place} ${warning}${subject} ${issue.message}.`;
}
