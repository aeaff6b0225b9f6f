-- The sample company: employees, projects and tasks with the references between them, and sales in
-- one partition for each month.
USE company;
GO
CREATE TABLE dbo.Employees (
  EmployeeID    int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_Employees PRIMARY KEY,
  FirstName     nvarchar(50)  NOT NULL,
  LastName      nvarchar(50)  NOT NULL,
  Email         nvarchar(120) NOT NULL CONSTRAINT UQ_Employees_Email UNIQUE,
  Phone         nvarchar(30)  NULL,
  Department    nvarchar(50)  NOT NULL,
  Position      nvarchar(80)  NULL,
  HireDate      date          NULL,
  Salary        decimal(12, 2) NULL CONSTRAINT CK_Employees_Salary CHECK (Salary >= 0),
  ManagerID     int           NULL CONSTRAINT FK_Employees_Manager REFERENCES dbo.Employees (EmployeeID),
  IsActive      bit           NOT NULL CONSTRAINT DF_Employees_IsActive DEFAULT (1),
  ModifiedDate  datetime2(7)  NOT NULL CONSTRAINT DF_Employees_Modified DEFAULT (SYSUTCDATETIME())
);
CREATE INDEX IX_Employees_Manager ON dbo.Employees (ManagerID);
CREATE INDEX IX_Employees_Modified ON dbo.Employees (ModifiedDate);
GO
CREATE TABLE dbo.Projects (
  ProjectID         int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_Projects PRIMARY KEY,
  ProjectName       nvarchar(120) NOT NULL,
  Description       nvarchar(max) NULL,
  StartDate         date NULL,
  EndDate           date NULL,
  Budget            money NULL,
  Status            nvarchar(20) NOT NULL CONSTRAINT DF_Projects_Status DEFAULT (N'planned'),
  ProjectManagerID  int NULL CONSTRAINT FK_Projects_Manager REFERENCES dbo.Employees (EmployeeID),
  ClientName        nvarchar(120) NULL,
  Priority          nvarchar(10) NOT NULL CONSTRAINT DF_Projects_Priority DEFAULT (N'normal'),
  ModifiedDate      datetime2(7) NOT NULL CONSTRAINT DF_Projects_Modified DEFAULT (SYSUTCDATETIME()),
  CONSTRAINT CK_Projects_Dates CHECK (EndDate >= StartDate)
);
CREATE INDEX IX_Projects_Modified ON dbo.Projects (ModifiedDate);
GO
CREATE TABLE dbo.Tasks (
  TaskID          int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_Tasks PRIMARY KEY,
  TaskName        nvarchar(160) NOT NULL,
  Description     nvarchar(max) NULL,
  ProjectID       int NOT NULL CONSTRAINT FK_Tasks_Project REFERENCES dbo.Projects (ProjectID),
  AssignedToID    int NULL CONSTRAINT FK_Tasks_Assigned REFERENCES dbo.Employees (EmployeeID),
  Status          nvarchar(20) NOT NULL CONSTRAINT DF_Tasks_Status DEFAULT (N'open'),
  Priority        nvarchar(10) NOT NULL CONSTRAINT DF_Tasks_Priority DEFAULT (N'normal'),
  EstimatedHours  decimal(7, 2) NULL,
  ActualHours     decimal(7, 2) NULL,
  StartDate       date NULL,
  DueDate         date NULL,
  CreatedByID     int NULL CONSTRAINT FK_Tasks_Creator REFERENCES dbo.Employees (EmployeeID),
  CompletedDate   datetime2(3) NULL,
  ModifiedDate    datetime2(7) NOT NULL CONSTRAINT DF_Tasks_Modified DEFAULT (SYSUTCDATETIME())
);
CREATE INDEX IX_Tasks_Project ON dbo.Tasks (ProjectID) INCLUDE (Status, Priority);
CREATE INDEX IX_Tasks_Open ON dbo.Tasks (DueDate) WHERE CompletedDate IS NULL;
GO
CREATE PARTITION FUNCTION pf_Sales (date) AS RANGE RIGHT
  FOR VALUES ('20260101', '20260201', '20260301', '20260401', '20260501', '20260601');
GO
CREATE PARTITION SCHEME ps_Sales AS PARTITION pf_Sales ALL TO ([PRIMARY]);
GO
CREATE TABLE dbo.Sales (
  SaleID      bigint IDENTITY(1, 1) NOT NULL,
  SoldOn      date NOT NULL,
  EmployeeID  int NOT NULL,
  Amount      decimal(19, 4) NOT NULL,
  Note        nvarchar(200) NULL,
  CONSTRAINT PK_Sales PRIMARY KEY CLUSTERED (SoldOn, SaleID) ON ps_Sales (SoldOn)
) ON ps_Sales (SoldOn);
GO
CREATE VIEW dbo.OpenTasks AS
SELECT t.TaskID, t.TaskName, p.ProjectName, e.LastName AS AssignedTo, t.DueDate
  FROM dbo.Tasks AS t
  JOIN dbo.Projects AS p ON p.ProjectID = t.ProjectID
  LEFT JOIN dbo.Employees AS e ON e.EmployeeID = t.AssignedToID
 WHERE t.CompletedDate IS NULL;
GO
