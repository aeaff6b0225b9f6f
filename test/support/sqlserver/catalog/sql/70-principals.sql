-- Needed by test/conformance/sqlserver/catalogue-meaning: "are granted by class 1 and their number".
CREATE VIEW sys.database_principals AS
  SELECT p.db, p.name::ms.sysname AS name, p.id AS principal_id, p.type::ms.char_1 AS type,
    (CASE p.type WHEN 'R' THEN 'DATABASE_ROLE' ELSE 'SQL_USER' END)::ms.nvarchar_60 AS type_desc,
    p.default_schema::ms.sysname AS default_schema_name, p.fixed::integer::ms.bit AS is_fixed_role,
    convert_to(coalesce(p.login, p.name), 'UTF8')::ms.varbinary_85 AS sid
  FROM ms.principals AS p;

CREATE VIEW sys.database_role_members AS
  SELECT m.db, m.role AS role_principal_id, m.member AS member_principal_id FROM ms.role_members AS m;

CREATE VIEW sys.database_permissions AS
  SELECT p.db, p.class::ms.tinyint AS class, p.major_id, p.minor_id, g.id AS grantee_principal_id,
    1 AS grantor_principal_id, p.permission::ms.nvarchar_128 AS permission_name, p.state::ms.char_1 AS state
  FROM ms.permissions AS p JOIN ms.principals AS g ON g.db = p.db AND g.name = p.grantee;

CREATE VIEW sys.server_principals AS
  SELECT d.id AS db, l.name::ms.sysname AS name, (row_number() OVER (PARTITION BY d.id ORDER BY l.name))::integer AS principal_id,
    'S'::ms.char_1 AS type, 'SQL_LOGIN'::ms.nvarchar_60 AS type_desc, convert_to(l.name, 'UTF8')::ms.varbinary_85 AS sid,
    0::ms.bit AS is_disabled, l.database::ms.sysname AS default_database_name
  FROM ms.logins AS l CROSS JOIN ms.databases AS d;
