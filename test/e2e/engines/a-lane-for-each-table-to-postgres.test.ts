import { laneCases } from './lane-cases.js';

laneCases({ target: 'postgres', feed: 'cdc' });
