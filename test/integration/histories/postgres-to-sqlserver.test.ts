import { checkHistories } from './check.js';
import { ALTERATIONS } from './history.js';
import { PostgresEnd } from './postgres/end.js';
import { ACROSS } from './postgres/zoo.js';
import { SqlServerEnd } from './sqlserver/end.js';
import { BLOWS, withSqlServer } from './sqlserver/place.js';

const target = withSqlServer('target');

checkHistories({ seed: 1, histories: 1, steps: 60 }, () => ({
  feed: 'cdc',
  catalogueEveryMs: 2_000,
  zoo: ACROSS,
  blows: BLOWS,
  delays: [],
  consistency: ['transaction'],
  alterations: ALTERATIONS,
  prepares: true,
  openSource: async () => PostgresEnd.open('18'),
  openTarget: async () => SqlServerEnd.open(target()),
}));
