-- Insert test data to verify incremental sync
INSERT INTO dbo.Employees (FirstName, LastName, Email, Department) 
VALUES ('Test', 'User', 'test@company.com', 'IT');
