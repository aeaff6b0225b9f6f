import type { Catalog } from '../engine/catalog-seam.js';
import { MsCatalog } from './catalog.js';
import { NO_FEEDS } from './feeds-seam.js';
import type { Feeds } from './feeds-seam.js';

export { setUpCatalog } from './set-up.js';

export function createCatalog(feeds: Feeds = NO_FEEDS): Catalog {
  return new MsCatalog(feeds);
}
