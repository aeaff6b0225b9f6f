import { pairCases } from './pair-cases.js';

pairCases({ source: 'sqlserver', target: 'sqlserver', feed: 'cdc', leastRights: true });
