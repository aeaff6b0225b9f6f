/** datetimeoffset: `2026-01-02 03:04:05.1234567 +02:00` outside, UTC plus offset inside. */
const MINUTE = 60_000;
const SHAPE = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{7}) ?([+-])(\d\d):(\d\d)$/;

export function storeInstant(text: string): string {
  return moved(text, -1, '');
}

export function showInstant(stored: string): string {
  return moved(stored, 1, ' ');
}

function moved(text: string, direction: 1 | -1, separator: string): string {
  const parts = SHAPE.exec(text);
  if (parts === null) throw new Error(`not an instant: ${text}`);
  const [, whole = '', fraction = '', sign = '+', hours = '0', minutes = '0'] = parts;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const shifted = new Date(Date.parse(`${whole.replace(' ', 'T')}Z`) + direction * offset * MINUTE);
  const shown = shifted.toISOString().slice(0, 19).replace('T', ' ');
  return `${shown}${fraction}${separator}${sign}${hours}:${minutes}`;
}
