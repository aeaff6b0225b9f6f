INSERT INTO [User] (id, username, email) VALUES (1, 'alice', 'alice@example.com');
