/** What `init` proposes for the tables of a source, with its reasons; pure. */
import { formatTableName } from '../../config/table-name.js';
import type { FeedKind } from '../../core/feed-kind.js';
import { chooseMode } from '../../core/table-mode.js';
import type { TableModel } from '../../engines/contract/schema.js';

export interface TableProposal {
  readonly table: string;
  readonly included: boolean;
  readonly mode: string;
  readonly key: readonly string[] | null;
  readonly reason: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface Proposal {
  readonly tables: readonly TableProposal[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Settings of single tables: what the defaults would not choose by themselves. */
  readonly settings: Readonly<Record<string, { readonly mode: 'full' }>>;
}

export function propose(models: readonly TableModel[], feeds: readonly FeedKind[]): Proposal {
  const tables = models.map((model) => proposeTable(model, feeds));
  const followed = models.filter((_, i) => tables[i]?.included === true);
  const schemas = [...new Set(followed.map((model) => model.name.schema))].sort();
  const include = schemas.map((schema) => {
    const name = formatTableName({ schema, table: 'x' });
    return `${name.slice(0, -1)}*`;
  });
  const left = models.filter(
    (model, i) => tables[i]?.included === false && schemas.includes(model.name.schema),
  );
  const full = tables.filter((table) => table.included && table.mode === 'full');
  return {
    tables,
    include,
    exclude: left.map((model) => formatTableName(model.name)),
    settings: Object.fromEntries(full.map((table) => [table.table, { mode: 'full' as const }])),
  };
}

function proposeTable(model: TableModel, feeds: readonly FeedKind[]): TableProposal {
  const obstacle = model.findings.find((finding) => finding.severity === 'error');
  const choice = chooseMode('auto', model, { feeds, watermarkColumn: undefined });
  return {
    table: formatTableName(model.name),
    included: obstacle === undefined,
    mode: obstacle === undefined ? choice.mode : '-',
    key: model.key,
    reason: obstacle === undefined ? choice.reason : obstacle.message,
    rows: Math.max(0, model.rowsEstimated),
    bytes: Math.max(0, model.bytesEstimated),
  };
}
