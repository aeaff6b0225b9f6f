/**
 * Who a new session is. A default of its role or database may have made it another one, and a login
 * trigger anything: DISCARD ALL would undo that, and nothing does it again.
 */
export const NEW_SESSION = `
SELECT session_user AS login,
       current_user AS role,
       EXISTS (SELECT FROM pg_event_trigger
                WHERE evtevent = 'login' AND evtenabled <> 'D') AS has_login_trigger`;

/** $1: what the server shows the session as from now on. */
export const NEXT_USER = `
SELECT session_user AS login,
       current_user AS role,
       set_config('application_name', $1, false)`;
