const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

/** Colours for a terminal; the text as it is for a log. */
export function paintFor(colour: boolean): Paint {
  const one =
    (code: number) =>
    (text: string): string =>
      colour ? `\u001b[${String(code)}m${text}\u001b[0m` : text;
  return {
    bold: one(CODES.bold),
    dim: one(CODES.dim),
    red: one(CODES.red),
    green: one(CODES.green),
    yellow: one(CODES.yellow),
    cyan: one(CODES.cyan),
  };
}
