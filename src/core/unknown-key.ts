/** Thrown when a change does not say which row it means. */
export class UnknownKey extends Error {
  override readonly name = 'UnknownKey';
}
