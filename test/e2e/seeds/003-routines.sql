CREATE VIEW dbo.Names AS SELECT id, username FROM dbo.[User];
GO
CREATE PROCEDURE dbo.CountUsers AS SELECT COUNT(*) AS n FROM dbo.[User];
GO
CREATE FUNCTION dbo.Doubled (@n int) RETURNS int AS BEGIN RETURN @n * 2 END;
GO
CREATE FUNCTION dbo.Named (@id bigint) RETURNS TABLE AS RETURN SELECT username FROM dbo.[User] WHERE id = @id;
GO
CREATE FUNCTION dbo.Listed () RETURNS @found TABLE (id bigint NOT NULL) AS
BEGIN
  INSERT INTO @found (id) SELECT id FROM dbo.[User];
  RETURN;
END;
GO
CREATE TRIGGER dbo.Ignored ON dbo.[User] AFTER INSERT AS SET NOCOUNT ON;
GO
