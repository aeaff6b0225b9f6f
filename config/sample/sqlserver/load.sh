#!/bin/bash
# Loads the sample company into $SQLSERVER_HOST as sa; the password is in $SQLCMDPASSWORD. Does nothing
# where it is there already.
set -euo pipefail
cd "$(dirname "$0")"

sqlcmd() {
  /opt/mssql-tools18/bin/sqlcmd -C -b -l 10 -S "${SQLSERVER_HOST:-localhost}" -U sa "$@"
}

loaded=$(sqlcmd -h -1 -W -Q "SET NOCOUNT ON; SELECT COUNT(*) FROM sys.databases WHERE name = N'company'")
if [ "${loaded}" != 0 ] &&
  [ "$(sqlcmd -h -1 -W -d company -Q "SET NOCOUNT ON; SELECT COUNT(*) FROM sys.change_tracking_tables")" != 0 ]; then
  echo 'The sample company is there already.'
  exit 0
fi
for script in database schema data feeds; do
  sqlcmd -i "${script}.sql"
done
echo 'The sample company is loaded.'
