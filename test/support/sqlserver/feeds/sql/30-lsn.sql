-- A log sequence number has ten bytes: file, block, slot. A transaction has 256 blocks of its own:
-- its rows stand in the first of them and its commit in the last.
CREATE FUNCTION feed.lsn_of(block bigint, slot bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT decode('0000002a' || lpad(to_hex(block), 8, '0') || lpad(to_hex(slot), 4, '0'), 'hex') $$;

CREATE FUNCTION feed.commit_lsn(version bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS
$$ SELECT feed.lsn_of(version * 256 + 255, 1) $$;

CREATE FUNCTION feed.row_lsn(version bigint, ordinal bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS
$$ SELECT feed.lsn_of(version * 256 + ordinal / 65536, ordinal % 65536) $$;

CREATE FUNCTION feed.version_of(lsn bytea) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT ('x' || substr(encode(lsn, 'hex'), 9, 8))::bit(32)::bigint / 256 $$;
