/**
 * For a session that alters what others use: a lock for longer would keep the target's readers and
 * the lane waiting. A batch of its own, because SET ends with the sp_executesql that it is in
 * (test/conformance/sqlserver/locks: "SET inside sp_executesql ends with it"); the reset of the
 * session ends it.
 */
export const SHORT_LOCK = 'SET LOCK_TIMEOUT 3000';
