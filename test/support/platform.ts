/** On Windows a signal ends a process at once: it can neither answer it nor be stopped for a while. */
export const hasSignals = process.platform !== 'win32';

/** For the title of a test that is skipped without them. */
export const NEEDS_SIGNALS = hasSignals ? '' : ' (needs signals, which Windows does not have)';
