/**
 * Kinds of objects on a target that tables of several pipelines may use: what a removed pipeline
 * made of them is given to one that stays, which goes on bringing it up to the source's.
 */

/** Nobody drops them, so any pipeline may have them. */
export const TYPE_KINDS: readonly string[] = ['type', 'domain'];

/** Replaced and dropped as the source has them, so only for a pipeline from that very source. */
export const KIN_KINDS: readonly string[] = ['function', 'procedure', 'sequence', 'collation'];
