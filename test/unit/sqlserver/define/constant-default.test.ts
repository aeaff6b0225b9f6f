import { describe, expect, it } from 'vitest';
import { isConstant } from '../../../../src/engines/sqlserver/define/constant-default.js';

describe('a default that is the same for every row', () => {
  it.each(['((0))', '(-1.5)', "(N'a''b')", "('')", '(NULL)', '(0x0F)', '((1e3))', null])(
    'is %s',
    (text) => {
      expect(isConstant(text)).toBe(true);
    },
  );

  it.each(['(getdate())', '(newid())', '(NEXT VALUE FOR [dbo].[s])', "('a'+'b')", '([dbo].[f]())'])(
    'is not %s',
    (text) => {
      expect(isConstant(text)).toBe(false);
    },
  );
});
