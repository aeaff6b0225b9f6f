import { checkHistories } from './check.js';
import { PostgresEnd } from './postgres/end.js';
import { fromSqlServer, withSqlServer } from './sqlserver/place.js';
import { ACROSS, BY_ANOTHER_KEY } from './sqlserver/zoo.js';

const source = withSqlServer('source');

checkHistories({ seed: 1, histories: 1, steps: 60 }, (seed) => {
  const feed = seed % 2 === 0 ? 'cdc' : 'changeTracking';
  return {
    ...fromSqlServer(feed, source),
    zoo: feed === 'cdc' ? [...ACROSS, BY_ANOTHER_KEY] : ACROSS,
    openTarget: async () => PostgresEnd.open('18'),
  };
});
