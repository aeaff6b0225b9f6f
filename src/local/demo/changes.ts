/** What the demo changes on the source, and how one sees on the target that it has arrived. */

export interface Change {
  readonly title: string;
  /** Run on the source, in one transaction. */
  readonly change: string;
  /** Asked on the target: how many of `parts` are there. */
  readonly arrived: string;
  readonly parts: number;
}

export const CHANGES: readonly Change[] = [
  {
    title: 'an employee is hired (insert)',
    change: `insert into employees (employee_id, first_name, last_name, email, department, salary,
                                    manager_id)
             values (501, 'Ada', 'Lovelace', 'ada@example.com', 'Research', 98765.43, 11)`,
    arrived: `select count(*) as n from employees where employee_id = 501 and salary = 98765.43`,
    parts: 1,
  },
  {
    title: 'a task is done (update)',
    change: `update tasks set status = 'done', actual_hours = 12.25, completed_date = now(),
                              modified_date = now()
              where task_id = 42`,
    arrived: `select count(*) as n from tasks
               where task_id = 42 and status = 'done' and actual_hours = 12.25`,
    parts: 1,
  },
  {
    title: 'a task is dropped (delete)',
    change: `delete from tasks where task_id = 43`,
    arrived: `select 1 - count(*) as n from tasks where task_id = 43`,
    parts: 1,
  },
  {
    title: 'a task gets a new number (primary key update)',
    change: `update tasks set task_id = 900044, modified_date = now() where task_id = 44`,
    arrived: `select count(*) - count(*) filter (where task_id = 44) as n from tasks
               where task_id in (44, 900044)`,
    parts: 1,
  },
  {
    title: 'a project starts (one transaction, three tables)',
    change: `insert into employees (employee_id, first_name, last_name, email, department)
             values (502, 'Grace', 'Hopper', 'grace@example.com', 'Engineering');
             insert into projects (project_id, project_name, status, project_manager_id)
             values (201, 'Compiler', 'active', 502);
             insert into tasks (task_id, task_name, project_id, assigned_to_id, created_by_id)
             values (4001, 'Write the first one', 201, 502, 501)`,
    arrived: `select (select count(*) from employees where employee_id = 502)
                   + (select count(*) from projects where project_id = 201)
                   + (select count(*) from tasks where task_id = 4001) as n`,
    parts: 3,
  },
  {
    title: 'employees get an office (added column)',
    change: `alter table employees add column office text;
             update employees set office = 'Vienna' where employee_id <= 13`,
    // Through JSON, because on the target the column does not exist until it has arrived.
    arrived: `select count(*) as n from employees e where to_jsonb(e) ->> 'office' = 'Vienna'`,
    parts: 13,
  },
];
