import { checkHistories } from './check.js';
import { SqlServerEnd } from './sqlserver/end.js';
import { fromSqlServer, withSqlServer } from './sqlserver/place.js';

const source = withSqlServer('source');
const target = withSqlServer('target');

checkHistories({ seed: 1, histories: 1, steps: 60 }, () => ({
  ...fromSqlServer('changeTracking', source),
  openTarget: async () => SqlServerEnd.open(target()),
}));
