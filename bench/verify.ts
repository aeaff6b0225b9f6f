/**
 * Whole-table verification of two equal tables against the statement that a person would type:
 * count and hash sum of the rows' texts, on one side and then on the other.
 */
import { PostgresSource } from '../src/engines/postgres/source.js';
import { PostgresTarget } from '../src/engines/postgres/target.js';
import type { DigestRequest } from '../src/engines/contract/verify.js';
import { compareSides, type VerificationSide } from '../src/core/verification.js';
import { BIG_TABLE, makeBigTable } from './support/big-table.js';
import { addressOf, connectionTo } from './support/connection.js';
import type { BenchOptions } from './support/options.js';
import { psqlRun } from './support/psql.js';
import type { BenchResult } from './support/result.js';
import { runSql } from './support/sql.js';
import { SOURCE_DATABASE, Stage, untilStreaming, type Pipeline } from './support/stage.js';
import { spread, timed } from './support/statistics.js';

const SAME_ENGINE_TARGET = 0.8;
const CANONICAL_TARGET = 1.8;
const REFERENCE = `select count(*), sum(hashtextextended(t::text, 0)) from ${BIG_TABLE} t`;

interface Sample {
  readonly reference: number;
  readonly ours: number;
}

export async function run(options: BenchOptions): Promise<BenchResult[]> {
  const stage = await Stage.open();
  try {
    options.say(`making ${options.rows.toLocaleString('en')} rows and their replica`);
    await makeBigTable(stage.sourceUrl, options.rows);
    const pipeline = await stage.startPipeline([
      `tables: { include: ["public.${BIG_TABLE}"] }`,
      // What is measured is the verification by hand: the one by interval would disturb it.
      'defaults: { verification: { rows: 0 } }',
    ]);
    try {
      await untilStreaming(pipeline, 1);
      await runSql(pipeline.targetUrl, `vacuum analyze ${BIG_TABLE}`);
      return await compare(stage, pipeline, options);
    } finally {
      await pipeline.close();
    }
  } finally {
    await stage.close();
  }
}

async function compare(
  stage: Stage,
  pipeline: Pipeline,
  options: BenchOptions,
): Promise<BenchResult[]> {
  const native: Sample[] = [];
  const canonical: Sample[] = [];
  await reference(stage, pipeline); // reads both into memory, for all alike
  for (let round = 1; round <= options.rounds; round += 1) {
    const first = await reference(stage, pipeline);
    const byWorkflow = await timed(() => throughTemporal(stage, pipeline));
    const second = await reference(stage, pipeline);
    const byText = await timed(() => byCanonicalText(stage, pipeline));
    const third = await reference(stage, pipeline);
    native.push({ ours: byWorkflow, reference: (first + second) / 2 });
    canonical.push({ ours: byText, reference: (second + third) / 2 });
    options.say(
      `round ${String(round)}: reference ${second.toFixed(1)} s, same engine ` +
        `${byWorkflow.toFixed(1)} s, canonical text ${byText.toFixed(1)} s`,
    );
  }
  return [
    result('verify, same engine: share of the time of two hash sums', native, SAME_ENGINE_TARGET),
    result('verify, canonical text: share of the same', canonical, CANONICAL_TARGET),
  ];
}

async function reference(stage: Stage, pipeline: Pipeline): Promise<number> {
  return timed(async () => {
    await psqlRun(stage.sourceUrl, REFERENCE);
    await psqlRun(pipeline.targetUrl, REFERENCE);
  });
}

/** As `sluice verify --full` does it: a workflow, a worker, the result written down. */
async function throughTemporal(stage: Stage, pipeline: Pipeline): Promise<void> {
  const { result } = await stage.client.startVerification({
    pipeline: pipeline.name,
    scope: 'full',
  });
  const summary = (await result()) as { passed?: number };
  if (summary.passed !== 1) throw new Error('The verification did not pass.');
}

/** No configuration asks two servers of one kind for it, so the comparison is called here. */
async function byCanonicalText(stage: Stage, pipeline: Pipeline): Promise<void> {
  const options = { applicationName: 'sluice bench' };
  const source = new PostgresSource(
    connectionTo(addressOf(stage.source), SOURCE_DATABASE),
    options,
  );
  const target = new PostgresTarget(connectionTo(addressOf(stage.target), pipeline.name), {
    ...options,
    peer: () => Promise.resolve(source),
  });
  try {
    const [model] = await source.listTables([{ schema: 'public', table: BIG_TABLE }]);
    const request: DigestRequest = {
      table: { schema: 'public', table: BIG_TABLE },
      columns: model?.columns.map((column) => column.name) ?? [],
      key: model?.key ?? [],
      form: 'canonical',
      lastRows: null,
    };
    const limits = { maxDifferences: 1000, maxRowsRead: 2000 };
    const found = await compareSides(side(source, request), side(target, request), limits);
    if (found.differences.length > 0) throw new Error('The two sides differ.');
  } finally {
    await source.close();
    await target.close();
  }
}

function side(
  { verify }: Pick<PostgresSource, 'verify'>,
  request: DigestRequest,
): VerificationSide {
  return {
    digest: () => verify.digest(request),
    parts: (prefixes, digits) => verify.digestPartsBelow(request, prefixes, 16 ** digits),
    rowsOfParts: (prefixes) => verify.rowsOfParts(request, prefixes),
  };
}

function result(name: string, samples: readonly Sample[], target: number): BenchResult {
  const { min, median, max } = spread(samples.map((sample) => sample.ours / sample.reference));
  return {
    name,
    ratio: median,
    target,
    unit: 'seconds',
    lowerIsBetter: true,
    details: {
      min,
      max,
      seconds: spread(samples.map((sample) => sample.ours)).median,
      referenceSeconds: spread(samples.map((sample) => sample.reference)).median,
    },
  };
}
