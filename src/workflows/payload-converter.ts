/**
 * How workflows read what they are sent. Anybody may send a message in any encoding
 * (`temporal workflow signal --input-meta encoding=…`); where the default converter throws, the
 * workflow's task would fail and be tried for ever. Here it becomes a text, which every reader of
 * an input refuses with a message.
 */
import {
  DefaultPayloadConverter,
  type ConverterHint,
  type Payload,
  type SerializationContext,
} from '@temporalio/common';

export const UNREADABLE = 'an input that cannot be read';

class TolerantConverter extends DefaultPayloadConverter {
  override fromPayload<T>(
    payload: Payload,
    context?: SerializationContext,
    hint?: ConverterHint<T>,
  ): T {
    try {
      return super.fromPayload<T>(payload, context, hint);
    } catch {
      return UNREADABLE as T;
    }
  }
}

export const payloadConverter = new TolerantConverter();
