import { pairCases } from './pair-cases.js';

pairCases({ source: 'postgres', target: 'sqlserver', feed: 'cdc' });
