/** Update locks to the end of the transaction: others may read, but not make objects meanwhile. */
export const READ_OWNED = `
SELECT o.kind AS kind, o.object AS [object], o.definition AS definition,
       o.pipeline AS pipeline, o.target AS [target]
  FROM sluice.owned AS o WITH (UPDLOCK, HOLDLOCK)
 WHERE o.side = N'target'`;

export const ADD_OWNED = `
INSERT INTO sluice.owned (side, kind, object, pipeline, target, definition)
VALUES (N'target', @kind, @object, @pipeline, @target, @definition)`;

export const CHANGE_OWNED = `
UPDATE sluice.owned
   SET definition = @definition
 WHERE side = N'target' AND kind = @kind AND object = @object`;

export const REMOVE_OWNED = `
DELETE FROM sluice.owned
 WHERE side = N'target' AND kind = @kind AND object = @object`;
