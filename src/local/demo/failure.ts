/** A step of the demo that did not come out as it should; its message is one sentence. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}
