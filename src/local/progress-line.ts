const QUIET_MS = 10_000;

/**
 * A writer for the progress of a long step. A terminal shows each line in the place of the one
 * before it; a log gets every new step, and of a step that goes on one line in ten seconds. Two
 * lines belong to one step when they are equal up to their first colon.
 */
export function progressLine(stream: {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}): (line: string) => void {
  let step = '';
  let saidAt = 0;
  return (line) => {
    const [nextStep = ''] = line.split(':', 1);
    const goesOn = nextStep === step;
    if (stream.isTTY === true) {
      // Up one line and clear it: the cursor always rests on the line below.
      stream.write(`${goesOn ? '\u001b[1A\u001b[2K' : ''}${line}\n`);
    } else if (!goesOn || Date.now() - saidAt >= QUIET_MS) {
      stream.write(`${line}\n`);
      saidAt = Date.now();
    }
    step = nextStep;
  };
}
