/**
 * Photographs the Temporal Web UI of a pipeline for the README:
 *
 *   npm run demo -- --keep            in another terminal; it prints the address of the Web UI
 *   node tools/screenshot-web-ui.mjs http://127.0.0.1:<port> [docs/images]
 *
 * Needs a Chromium (Debian: apt-get install chromium; elsewhere CHROMIUM names it). It is spoken to
 * over its debugging pipe, so nothing has to be installed for Node.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const WIDTH = 1560;
const DEADLINE_MS = 60_000;
const COLUMNS = [
  { label: 'Status' },
  { label: 'Workflow ID' },
  { label: 'Type' },
  { label: 'SluiceTable' },
  { label: 'SluicePhase' },
  { label: 'SluiceEpoch' },
];

/** One page of a Chromium that is started for it. */
class Browser {
  #next = 1;
  #waiting = new Map();
  #session;

  static async start() {
    const browser = new Browser();
    browser.profile = await mkdtemp(join(tmpdir(), 'sluice-chromium-'));
    browser.child = spawn(
      process.env.CHROMIUM ?? 'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--no-first-run',
        '--hide-scrollbars',
        '--remote-debugging-pipe',
        `--user-data-dir=${browser.profile}`,
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    browser.child.once('error', (error) => {
      throw new Error(`No Chromium could be started: ${error.message}`);
    });
    browser.#listen();
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionId;
    return browser;
  }

  send(method, params = {}) {
    const id = this.#next++;
    const message = { id, method, params, ...(this.#session && { sessionId: this.#session }) };
    this.child.stdio[3].write(`${JSON.stringify(message)}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** The value of an expression in the page. */
  async evaluate(expression) {
    const { result } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    return result.value;
  }

  async open(url, isShown) {
    await this.send('Page.navigate', { url });
    await this.until(isShown);
    // Fonts and the last requests.
    await delay(1_500);
  }

  async until(expression) {
    for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline; await delay(200)) {
      if (await this.evaluate(`Boolean(${expression})`)) return;
    }
    throw new Error(`The page never came so far: ${expression}`);
  }

  async photograph(path, height) {
    const metrics = { width: WIDTH, height, deviceScaleFactor: 1, mobile: false };
    await this.send('Emulation.setDeviceMetricsOverride', metrics);
    await delay(800);
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    await writeFile(path, Buffer.from(data, 'base64'));
    console.log(path);
  }

  async close() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill();
    await ended;
    await rm(this.profile, { recursive: true, force: true });
  }

  #listen() {
    let text = '';
    this.child.stdio[4].on('data', (chunk) => {
      const parts = (text + chunk).split('\0');
      text = parts.pop();
      for (const part of parts) {
        const { id, result, error } = JSON.parse(part);
        const waiting = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (error) waiting?.reject(new Error(error.message));
        else waiting?.resolve(result);
      }
    });
  }
}

const [base, folder = 'docs/images'] = process.argv.slice(2);
if (base === undefined) throw new Error('Say where the Web UI is: http://127.0.0.1:<port>');
await mkdir(folder, { recursive: true });
const browser = await Browser.start();
try {
  const metrics = { width: WIDTH, height: 900, deviceScaleFactor: 1, mobile: false };
  await browser.send('Emulation.setDeviceMetricsOverride', metrics);
  const list = `${base}/namespaces/default/workflows`;
  const rows = `document.querySelectorAll('tbody a[href*="sluice"]').length > 3`;
  await browser.open(list, rows);
  const columns = JSON.stringify({ default: COLUMNS });
  await browser.evaluate(
    `localStorage.setItem('namespace-workflow-table-columns', ${JSON.stringify(columns)})`,
  );
  await browser.open(list, rows);
  await browser.photograph(join(folder, 'temporal-web-ui.png'), 760);
  const events = await browser.evaluate(
    `[...document.querySelectorAll('tbody a')].find((a) => a.innerText.endsWith('events/full/1')).href`,
  );
  await browser.open(events, `document.body.innerText.includes('copyChunks')`);
  await browser.photograph(join(folder, 'temporal-web-ui-full-sync.png'), 1_060);
} finally {
  await browser.close();
}
