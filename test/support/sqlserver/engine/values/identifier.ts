/**
 * A uniqueidentifier is kept as a uuid whose bytes stand in the order in which SQL Server compares
 * them: the last six first, then the pairs before them, each group of the text from right to left.
 */
export function storeIdentifier(text: string): string {
  const [a = '', b = '', c = '', d = '', e = ''] = text.toLowerCase().split('-');
  return e + d + reversed(c) + reversed(b) + reversed(a);
}

export function showIdentifier(stored: string): string {
  const hex = stored.replaceAll('-', '');
  const a = reversed(hex.slice(24, 32));
  const b = reversed(hex.slice(20, 24));
  const c = reversed(hex.slice(16, 20));
  return `${a}-${b}-${c}-${hex.slice(12, 16)}-${hex.slice(0, 12)}`;
}

function reversed(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().join('');
}
