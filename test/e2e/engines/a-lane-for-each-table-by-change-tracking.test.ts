import { laneCases } from './lane-cases.js';

laneCases({ target: 'sqlserver', feed: 'changeTracking' });
