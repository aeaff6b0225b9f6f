import { quoteLiteral } from '../../../sql/quote.js';

/** Properties of the database that say which feeds read its capture instances. */
export const READ_READERS = `
SELECT p.name AS name, CONVERT(nvarchar(4000), p.value) AS value
  FROM sys.extended_properties AS p
 WHERE p.class = 0
   AND p.name LIKE N'sluice cdc %'`;

/** @resource, @mode, @timeout in ms. Held until it is released, or the session ends. */
export const TAKE_LOCK = `
DECLARE @got int;
EXEC @got = sp_getapplock @Resource = @resource, @LockMode = @mode, @LockOwner = N'Session',
  @LockTimeout = @timeout;
SELECT @got AS got`;

export function releaseLockSql(resource: string): string {
  return `EXEC sp_releaseapplock @Resource = ${quoteLiteral(resource)}, @LockOwner = N'Session'`;
}

/** Fails where it is there (test/conformance/sqlserver/extended-properties: "is there once"). */
export function addPropertySql(name: string, value: string): string {
  return `EXEC sys.sp_addextendedproperty @name = ${quoteLiteral(name)}, @value = ${quoteLiteral(value)}`;
}

export function dropPropertySql(name: string): string {
  return `EXEC sys.sp_dropextendedproperty @name = ${quoteLiteral(name)}`;
}
