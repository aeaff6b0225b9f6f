/**
 * The conditions by which a catalogue query is about some tables only. Both parameters are texts:
 * @ids `,12,34,` and @names `/[dbo].[orders]/`, each NULL for all. Names are compared as the
 * database compares names, so the caller still has to look whether it is the very name.
 */
export function wantedIds(column: string): string {
  return `(@ids IS NULL OR CHARINDEX(N',' + CONVERT(nvarchar(11), ${column}) + N',', @ids) > 0)`;
}

export const WANTED_NAMES = `(@names IS NULL OR
        CHARINDEX(N'/' + QUOTENAME(s.name) + N'.' + QUOTENAME(t.name) + N'/', @names) > 0)`;
