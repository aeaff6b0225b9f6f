import { pairCases } from './pair-cases.js';

pairCases({ source: 'sqlserver', target: 'postgres', feed: 'changeTracking', leastRights: true });
