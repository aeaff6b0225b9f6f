import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ControlStore } from '../../../../src/session/control-store.js';
import { readConfiguration } from '../../../../src/session/pipeline-session.js';
import { inFolder } from '../support.js';
import { FILE, MAPPING, mappingOf, SERVER } from './rows.js';

it('a configuration is made again when a file or a row changed, and only then', () =>
  inFolder({ 'sluice.yaml': FILE }, (cwd) => {
    const control = new ControlStore();
    const read = () => readConfiguration({ configPath: join(cwd, 'sluice.yaml'), control });
    const rows = { servers: [SERVER], mappings: [MAPPING] };
    control.keep(rows);
    const first = read();
    control.keep(structuredClone(rows));
    expect(read()).toEqual(first);
    expect(read().config).toBe(first.config);
    control.keep({ ...rows, mappings: [MAPPING, mappingOf(2, 'Orders')] });
    const second = read();
    expect(second.controlPipelines[0]?.mappings).toHaveLength(2);
    writeFileSync(join(cwd, 'sluice.yaml'), FILE.replace('${DEST_URL}', '${OTHER_URL}'));
    expect(read().config).not.toBe(second.config);
  }));
