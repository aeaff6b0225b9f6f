export const PARTITION_FUNCTIONS = `
SELECT f.function_id AS id,
       f.name AS name,
       f.boundary_value_on_right AS isRight,
       ty.name AS typeName,
       pp.max_length AS maxLength,
       pp.[precision] AS [precision],
       pp.scale AS scale,
       pp.collation_name AS [collation]
  FROM sys.partition_functions AS f
  JOIN sys.partition_parameters AS pp ON pp.function_id = f.function_id AND pp.parameter_id = 1
  JOIN sys.types AS ty ON ty.user_type_id = pp.system_type_id
 ORDER BY f.name`;

/**
 * A boundary as text that its type reads back without loss: the value is a sql_variant, so each
 * kind of type is converted with the style that keeps all of it.
 */
export const PARTITION_BOUNDARIES = `
SELECT v.function_id AS functionId,
       CASE WHEN ty.name IN (N'binary', N'varbinary')
              THEN CONVERT(nvarchar(4000), CONVERT(varbinary(2000), v.value), 1)
            WHEN ty.name IN (N'money', N'smallmoney')
              THEN CONVERT(nvarchar(4000), CONVERT(money, v.value), 2)
            WHEN ty.name IN (N'float', N'real')
              THEN CONVERT(nvarchar(4000), CONVERT(float, v.value), 3)
            WHEN ty.name IN (N'date', N'time', N'datetime', N'datetime2', N'smalldatetime', N'datetimeoffset')
              THEN CONVERT(nvarchar(4000), v.value, 126)
            ELSE CONVERT(nvarchar(4000), v.value)
       END AS value
  FROM sys.partition_range_values AS v
  JOIN sys.partition_parameters AS pp
    ON pp.function_id = v.function_id AND pp.parameter_id = v.parameter_id
  JOIN sys.types AS ty ON ty.user_type_id = pp.system_type_id
 ORDER BY v.function_id, v.boundary_id`;

/**
 * One row for each partition of each scheme, in order; the filegroup that is NEXT USED has none
 * (test/conformance/sqlserver/catalogue-meaning: "have one boundary less than their number").
 */
export const PARTITION_SCHEMES = `
SELECT ps.data_space_id AS id,
       ps.name AS name,
       ps.function_id AS functionId,
       fg.name AS filegroup
  FROM sys.partition_schemes AS ps
  JOIN sys.partition_functions AS f ON f.function_id = ps.function_id
  JOIN sys.destination_data_spaces AS d
    ON d.partition_scheme_id = ps.data_space_id AND d.destination_id <= f.fanout
  JOIN sys.data_spaces AS fg ON fg.data_space_id = d.data_space_id
 ORDER BY ps.name, d.destination_id`;

export const FILEGROUPS = `
SELECT fg.name AS name
  FROM sys.filegroups AS fg
 WHERE fg.type = 'FG'`;
