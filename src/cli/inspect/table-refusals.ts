/** Tables that a worker would leave out for their settings or their place: said before a start. */
import { formatTableName } from '../../config/table-name.js';
import { SluiceError } from '../../core/errors.js';
import { sameTable, type TableName } from '../../core/names.js';
import type { Finding } from '../../engines/contract/schema.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import { specOf } from '../../session/reconcile.js';
import { judgeTables } from '../../session/refused-tables.js';
import type { Place, TableRow, TableSpec } from '../../state/store.js';
import { findingOf } from './finding.js';
import type { InspectedTable } from './inspection.js';

export interface StateOfTarget {
  readonly known: readonly TableRow[];
  /** Tables of this target database that belong to others. */
  readonly taken: readonly Place[];
}

export type Refusals = (source: TableName) => readonly Finding[];

/** By the table of the source; empty for those that would be taken. */
export function tableRefusals(
  { session, name, tables }: Inspected,
  { known, taken }: StateOfTarget,
): Refusals {
  const specs = tables.map((table) => specOf(session, name, table.model, false));
  const rowOf = ({ source }: TableSpec) => known.find((row) => sameTable(row.source, source));
  const found = judgeTables(specs, rowOf).refused.map(({ spec, error }) => [spec, error] as const);
  const owned = specs.flatMap((spec) => {
    const place = taken.find((one) => sameTable(one.table, spec.targetTable));
    return place === undefined ? [] : [[spec, ownedBy(place, name)] as const];
  });
  const all = [...found, ...owned].map(([spec, error]) => ({
    source: spec.source,
    finding: findingOf(error, formatTableName(spec.source)),
  }));
  return (source) =>
    all.filter((one) => sameTable(one.source, source)).map(({ finding }) => finding);
}

interface Inspected {
  readonly session: PipelineSession;
  readonly name: string;
  readonly tables: readonly InspectedTable[];
}

function ownedBy({ pipeline, table }: Place, target: string): SluiceError {
  const place = formatTableName(table);
  return new SluiceError(
    'TARGET_OWNED',
    `The table ${place} of the target ${target} belongs to the pipeline ${pipeline} already.`,
    { remedy: 'Give the table another target: in its settings, or take it out of one of the two.' },
  );
}
