import { checkHistories } from './check.js';
import { whyMissing } from '../../support/postgres-versions.js';
import { ALTERATIONS } from './history.js';
import { PostgresEnd } from './postgres/end.js';
import { ZOO } from './postgres/zoo.js';

checkHistories({ seed: 300, histories: 3, steps: 250 }, (seed) => {
  const version = seed % 2 === 0 ? '14' : '18';
  return {
    feed: 'cdc',
    catalogueEveryMs: 200,
    zoo: ZOO,
    blows: ['session'],
    delays: [],
    consistency: ['transaction'],
    alterations: ALTERATIONS,
    prepares: true,
    openSource: async () => PostgresEnd.open(version),
    openTarget: async () => PostgresEnd.open(version),
    missing: whyMissing(version),
  };
});
