ALTER VIEW dbo.Names AS SELECT id, username, email FROM dbo.[User];
GO
CREATE VIEW dbo.Mails AS SELECT email FROM dbo.[User];
GO
ALTER FUNCTION dbo.Doubled (@n int) RETURNS int AS BEGIN RETURN @n * 3 END;
GO
DROP PROCEDURE dbo.CountUsers;
GO
DROP FUNCTION dbo.Listed;
GO
