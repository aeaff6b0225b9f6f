import type { z } from 'zod';
import type { FeedKind } from '../core/feed-kind.js';

/** What a URL says in the words of a connection's keys; absent means that the URL is silent. */
export interface UrlKeys {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  readonly applicationName?: string;
  /** Milliseconds. */
  readonly connectTimeout?: number;
  readonly tls?: {
    readonly mode?: 'disable' | 'prefer' | 'require' | 'verifyCa' | 'verifyFull';
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
  };
  /** The engine's own keys (a socket folder, for instance). */
  readonly own?: Readonly<Record<string, unknown>>;
}

/** What becomes of tables that the source offers by itself: see EngineConfig.discover. */
export type Discover = 'paused' | 'enabled' | 'off';

/**
 * An engine's part of the config schema, exported by its folder. The shared keys are the same
 * everywhere; these are added to them, strictly, for connections of that engine and for the sources
 * and targets that use such a connection.
 */
export interface EngineConfig {
  /** As people write it, for headings. */
  readonly title: string;
  readonly defaultPort: number;
  /** Without the colon. */
  readonly urlSchemes: readonly string[];
  readonly connection: z.core.$ZodLooseShape;
  readonly source: z.core.$ZodLooseShape;
  readonly target: z.core.$ZodLooseShape;
  /** Own target keys that name a thing on the source which only one target may use. */
  readonly exclusiveTargetKeys: readonly string[];
  /** Own connection keys that hold a secret or a URL with one: only references are accepted there. */
  readonly secretKeys: readonly string[];
  /** Whether the source's keys allow Sluice to make on it what a feed of this kind needs. */
  mayCreateFeed(kind: FeedKind, source: Readonly<Record<string, unknown>>): boolean;
  /**
   * What the source's keys want to become of tables that their owners have made ready to be followed
   * and that no pattern includes. Default: off, nobody looks for them.
   */
  discover?(source: Readonly<Record<string, unknown>>): Discover;
  /** Keys of a source under which nothing is followed that no pattern includes. Default: none. */
  readonly undiscovered?: Readonly<Record<string, unknown>>;
  /** Whether its feeds can be read table by table (`consistency: table`). Default: no. */
  readonly tableConsistency?: boolean;
  /** Whether a database of it can hold control tables. Default: no. */
  readonly controlTables?: boolean;
  /** Reads a URL with its references resolved. Throws a TypeError when it is none. */
  readUrl(url: string): UrlKeys;
}

/** Engine name, as `engine:` in a connection says it, to that engine's part. */
export type EngineConfigs = Readonly<Record<string, EngineConfig>>;
