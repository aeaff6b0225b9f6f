/**
 * A copy of which nothing moves for so long is given up. As long as other statements may take by
 * default; a large copy takes longer, but moves.
 */
export const STALLED_MS = 300_000;
