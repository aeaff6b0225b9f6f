/** The reference of the apply: each change a parameterised statement, in the source's transactions. */
import { Request, TYPES } from 'tedious';
import type { Connection } from 'tedious';
import { measureHere } from '../measured.js';
import { applyJob } from './apply-job.js';
import type { RowChange } from './changes.js';
import { changesOf, MARK } from './changes.js';
import { connectBare } from './driver.js';

const UPDATE = 'UPDATE dbo.items SET n = @n, price = @price, at = @at WHERE id = @id';
const DELETE = 'DELETE FROM dbo.items WHERE id = @id';
const INSERT = `INSERT INTO dbo.items (id, n, code, price, note, at, live, guid)
VALUES (@id, @n, @code, @price, @note, @at, @live, @guid)`;
const PRICE = { precision: 12, scale: 2 };
const AT = { scale: 3 };

measureHere(async (given) => {
  const job = applyJob.parse(given);
  const connection = await connectBare(job.server, job.targetDb);
  return async () => {
    for (let n = 0; n < job.transactions; n += 1) {
      await asked((done) => connection.beginTransaction(done));
      for (const change of changesOf(n, job.transactions)) await send(connection, change);
      await asked((done) => connection.commitTransaction(done));
    }
    connection.close();
  };
});

async function send(connection: Connection, change: RowChange): Promise<void> {
  await asked((done) => connection.execSql(requestOf(change, done)));
}

type Done = (error?: Error | null) => void;

function requestOf(change: RowChange, done: Done): Request {
  if (change.op === 'd') {
    const request = new Request(DELETE, done);
    request.addParameter('id', TYPES.BigInt, change.id);
    return request;
  }
  if (change.op === 'u') {
    const request = new Request(UPDATE, done);
    request.addParameter('id', TYPES.BigInt, change.id);
    request.addParameter('n', TYPES.Int, MARK);
    request.addParameter('price', TYPES.Decimal, change.price, PRICE);
    request.addParameter('at', TYPES.DateTime2, change.at, AT);
    return request;
  }
  const { id, n, code, price, note, at, live, guid } = change.row;
  const request = new Request(INSERT, done);
  request.addParameter('id', TYPES.BigInt, id);
  request.addParameter('n', TYPES.Int, n);
  request.addParameter('code', TYPES.VarChar, code);
  request.addParameter('price', TYPES.Decimal, price, PRICE);
  request.addParameter('note', TYPES.NVarChar, note);
  request.addParameter('at', TYPES.DateTime2, at, AT);
  request.addParameter('live', TYPES.Bit, live);
  request.addParameter('guid', TYPES.UniqueIdentifier, guid);
  return request;
}

async function asked(ask: (done: Done) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    ask((error) => (error ? reject(error) : resolve()));
  });
}
