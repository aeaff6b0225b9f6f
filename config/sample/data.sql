-- 500 employees, 200 projects and 4,000 tasks, the same ones every time: no random() and no now().

-- Employee 1 leads the company, 2 to 13 lead a department each, the others report to one of them.
insert into employees (employee_id, first_name, last_name, email, phone, department, position,
                       hire_date, salary, manager_id, is_active, modified_date)
select n, first_name, last_name,
       lower(first_name || '.' || last_name || '.' || n || '@example.com'),
       case when n % 9 <> 0 then '+43 1 555 ' || lpad((n * 37 % 10000)::text, 4, '0') end,
       department,
       case when n = 1 then 'Chief Executive Officer'
            when n <= 13 then 'Head of ' || department
            else (array['Specialist', 'Senior Specialist', 'Analyst', 'Engineer', 'Consultant',
                        'Team Lead', 'Assistant'])[n % 7 + 1] end,
       date '2012-01-02' + n * 9 % 4700,
       case when n = 1 then 240000 when n <= 13 then 140000 else 42000 end + n * 7919 % 30000
         + n % 100 / 100.0,
       case when n = 1 then null when n <= 13 then 1 else n % 12 + 2 end,
       n % 23 <> 0 or n <= 13,
       timestamptz '2025-01-06 08:00+00' + n * interval '17 minutes 3.141592 seconds'
  from generate_series(1, 500) n,
       lateral (select
         (array['Anna', 'Bram', 'Chiara', 'Dóra', 'Emil', 'Fatima', 'Goran', 'Hana', 'Ivo',
                'Jürgen', 'Kei', 'Leïla', 'Maja', 'Noah', 'Olga', 'Pedro', 'Quinn', 'Renée',
                'Søren', 'Tomáš', 'Uma', 'Vera', 'Wiktor', 'Xenia', 'Yusuf', 'Zoë'])[n % 26 + 1]
           as first_name,
         (array['Novák', 'Silva', 'Müller', 'Rossi', 'Kowalski', 'Jansen', 'Okafor', 'Tanaka',
                'Dubois', 'Larsen', 'Haddad', 'Ivanova', 'O''Brien', 'García', 'Singh', 'Nagy',
                'Costa', 'Berg', 'Yılmaz'])[n * 7 % 19 + 1]
           as last_name,
         (array['Sales', 'Support', 'Finance', 'Engineering', 'Operations', 'Marketing', 'Legal',
                'People', 'Design', 'Research', 'Quality', 'IT'])[n % 12 + 1]
           as department) as person;

-- Managers are the heads of departments; the later ones have no budget yet.
insert into projects (project_id, project_name, description, start_date, end_date, budget, status,
                      project_manager_id, client_name, priority, modified_date)
select n,
       (array['Website', 'Warehouse', 'Mobile app', 'Data platform', 'Billing', 'Onboarding',
              'Customer portal', 'Migration', 'Audit', 'Newsletter'])[n % 10 + 1]
         || ' ' || (array['relaunch', 'upgrade', 'pilot', 'roll-out', 'review'])[n % 5 + 1]
         || ' ' || (2020 + n % 6),
       case when n % 4 <> 0 then 'Agreed with the client in meeting ' || n || E'.\nScope: '
         || repeat('as discussed, ', n % 5) || 'to be extended.' end,
       date '2023-01-09' + n * 5,
       case when n % 6 <> 0 then date '2023-01-09' + n * 5 + 90 + n % 7 * 30 end,
       case when n <= 190 then 15000 + n * 104729 % 900000 + n % 4 * 0.25 end,
       (array['planned', 'active', 'active', 'on hold', 'done'])[n % 5 + 1],
       n % 12 + 2,
       (array['Acme Ltd', 'Bäckerei Huber', 'Cantina Sociale', 'Delta Freight', 'Ébène SA',
              'Fjord Energi', 'Globex', 'Hotel Astoria'])[n % 8 + 1],
       (array['low', 'normal', 'normal', 'high', 'urgent'])[n * 3 % 5 + 1],
       timestamptz '2025-01-06 09:00+00' + n * interval '41 minutes 2.718281 seconds'
  from generate_series(1, 200) n;

-- Some tasks wait for somebody to take them; only finished ones have a date of completion.
insert into tasks (task_id, task_name, description, project_id, assigned_to_id, status, priority,
                   estimated_hours, actual_hours, start_date, due_date, created_by_id,
                   completed_date, modified_date)
select n,
       (array['Draft', 'Review', 'Build', 'Test', 'Document', 'Present', 'Fix'])[n % 7 + 1] || ' '
         || (array['the plan', 'the interface', 'the report', 'the import', 'the contract',
                   'the schedule', 'the numbers', 'the prototype', 'the checklist'])[n % 9 + 1],
       case when n % 3 = 0 then 'Step ' || n % 12 || ' of the project plan.' end,
       n % 200 + 1,
       case when n % 11 <> 0 then n * 13 % 487 + 14 end,
       status,
       (array['low', 'normal', 'high', 'normal', 'urgent', 'normal'])[n % 6 + 1],
       2 + n % 79 + 0.5 * (n % 2),
       case when status <> 'open' then 1 + n * 5 % 71 + 0.25 * (n % 4) end,
       start_date,
       start_date + 14 + n % 60,
       n % 13 + 1,
       case when status = 'done'
            then (start_date + 10 + n % 50) + time '15:30' at time zone 'UTC' end,
       timestamptz '2025-01-06 10:00+00' + n * interval '7 minutes 1.414213 seconds'
  from generate_series(1, 4000) n,
       lateral (select
         (array['open', 'in progress', 'done', 'done', 'blocked'])[n / 7 % 5 + 1] as status,
         date '2024-01-08' + n % 500 as start_date) as task;

-- The next rows come after these.
select setval(pg_get_serial_sequence('employees', 'employee_id'), max(employee_id)) from employees;
select setval(pg_get_serial_sequence('projects', 'project_id'), max(project_id)) from projects;
select setval(pg_get_serial_sequence('tasks', 'task_id'), max(task_id)) from tasks;

analyze employees, projects, tasks;
