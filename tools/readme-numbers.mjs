// Writes the figures of bench/results into the README, between its two markers.
// Run: npm run bench, then node tools/readme-numbers.mjs    --check: says whether they are there
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const folder = new URL('bench/results/', root);
const readme = new URL('README.md', root);
const MARKS = /(<!-- numbers: begin[^>]*-->\n)[\s\S]*?(<!-- numbers: end -->)/;

const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const rows = files.sort().flatMap((name) => {
  const read = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  const results = Array.isArray(read) ? read : read.results;
  return results.map(line);
});
const head = [
  '| figure | measured | range | goal | | Sluice | reference |',
  '| --- | --- | --- | --- | --- | --- | --- |',
];
const text = readFileSync(readme, 'utf8');
if (!MARKS.test(text)) throw new Error('README.md has lost its markers for the figures.');
const wanted = text.replace(
  MARKS,
  (_, begin, end) => `${begin}${[...head, ...rows].join('\n')}\n${end}`,
);
if (!process.argv.includes('--check')) writeFileSync(readme, wanted);
else if (text !== wanted) throw new Error('README.md has other figures than bench/results.');

function line({ name, ratio, target, unit, lowerIsBetter = false, details = {} }) {
  const met = lowerIsBetter ? ratio <= target : ratio >= target;
  const low = details.min ?? details.lowestRatio;
  const high = details.max ?? details.highestRatio;
  const range = low === undefined ? '' : `${amount(low)} to ${amount(high)}`;
  const goal = `${lowerIsBetter ? '≤' : '≥'} ${amount(target)}`;
  const ours = inUnit(details.ours ?? details.seconds, unit);
  const reference = inUnit(details.native ?? details.referenceSeconds, unit);
  const verdict = met ? 'met' : 'missed';
  const cells = [name.replaceAll('|', '\\|'), amount(ratio), range, goal, verdict, ours, reference];
  return `| ${cells.join(' | ')} |`;
}

function inUnit(value, unit) {
  return value === undefined ? '' : `${amount(value)} ${unit === 'ms' ? 'ms' : 's'}`;
}

function amount(value) {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
