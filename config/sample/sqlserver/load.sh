#!/bin/bash
# Loads the sample company into $SQLSERVER_HOST as sa; the password is in $SQLCMDPASSWORD. Does nothing
# where it is there already.
set -euo pipefail
cd "$(dirname "$0")"

# -I: an index with a filter needs QUOTED_IDENTIFIER, which sqlcmd leaves off (error 1934).
sqlcmd() {
  /opt/mssql-tools18/bin/sqlcmd -C -b -I -l 10 -S "${SQLSERVER_HOST:-localhost}" -U sa "$@"
}

number() {
  sqlcmd -h -1 -W -d "$1" -Q "SET NOCOUNT ON; SELECT COUNT(*) FROM $2"
}

if [ "$(number master "sys.databases WHERE name = N'company'")" != 0 ]; then
  # The last thing that the scripts switch on.
  if [ "$(number company sys.change_tracking_tables)" != 0 ]; then
    echo 'The sample company is there already.'
    exit 0
  fi
  echo 'The database company is there, but not all of the sample is. Drop it (DROP DATABASE company) and start again.' >&2
  exit 1
fi
# The capture job of CDC is a job of the Agent, which comes a little later than its server.
for _ in {1..30}; do
  if [ "$(number master "sys.dm_exec_sessions WHERE program_name LIKE N'SQLAgent%'")" != 0 ]; then break; fi
  sleep 2
done
for script in database schema data feeds; do
  sqlcmd -i "${script}.sql"
done
echo 'The sample company is loaded.'
