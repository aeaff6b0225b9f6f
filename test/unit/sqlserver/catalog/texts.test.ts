import { describe, expect, it } from 'vitest';
import * as columns from '../../../../src/engines/sqlserver/catalog/sql/columns.js';
import * as constraints from '../../../../src/engines/sqlserver/catalog/sql/constraints.js';
import * as indexes from '../../../../src/engines/sqlserver/catalog/sql/indexes.js';
import * as objects from '../../../../src/engines/sqlserver/catalog/sql/objects.js';
import * as partitions from '../../../../src/engines/sqlserver/catalog/sql/partitions.js';
import * as properties from '../../../../src/engines/sqlserver/catalog/sql/properties.js';
import * as server from '../../../../src/engines/sqlserver/catalog/sql/server.js';
import * as tables from '../../../../src/engines/sqlserver/catalog/sql/tables.js';
import * as lag from '../../../../src/engines/sqlserver/care/sql/replication-lag.js';
import * as existing from '../../../../src/engines/sqlserver/define/sql/existing.js';
import * as exists from '../../../../src/engines/sqlserver/define/sql/exists.js';
import * as foreignKeys from '../../../../src/engines/sqlserver/define/sql/foreign-keys.js';
import * as owned from '../../../../src/engines/sqlserver/define/sql/owned.js';
import * as sequences from '../../../../src/engines/sqlserver/define/sql/sequences.js';
import * as basics from '../../../../src/engines/sqlserver/preflight/sql/basics.js';
import * as state from '../../../../src/engines/sqlserver/preflight/sql/state.js';
import { recordTsql } from '../../../support/sqlserver/record.js';

const MODULES: readonly object[] = [
  ...[columns, constraints, indexes, objects, partitions, properties, server, tables, lag],
  ...[existing, exists, foreignKeys, owned, sequences, basics, state],
];

describe('the catalogue queries', () => {
  it("are kept for Microsoft's grammar, each a whole statement", () => {
    const texts = MODULES.flatMap((module) => Object.values(module)).filter(
      (text): text is string => typeof text === 'string',
    );
    expect(texts.length).toBeGreaterThan(30);
    for (const text of texts) {
      expect(text.trim()).toMatch(/^(SELECT|INSERT|UPDATE|DELETE)\b/);
      recordTsql(text);
    }
  });
});
