import { pairCases } from './pair-cases.js';

pairCases({ source: 'postgres', target: 'postgres', feed: 'cdc' });
