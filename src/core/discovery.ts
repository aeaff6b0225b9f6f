/** Whose word it is that a discovered table waits. */
export const DISCOVERY = 'discovery';
