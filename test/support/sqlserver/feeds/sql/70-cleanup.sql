-- sp_cdc_cleanup_change_table: rows before the mark go, and the instance begins there.
CREATE FUNCTION feed.clean_instance(place integer, instance text, mark bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  i feed.instances;
BEGIN
  SELECT * INTO i FROM feed.instances AS each WHERE each.db = place AND lower(each.name) = lower(instance);
  IF NOT FOUND THEN
    PERFORM ss.fail(22964, format('Could not clean up the change table for capture instance ''%s''.', instance));
  END IF;
  IF mark IS NOT NULL THEN
    IF NOT EXISTS (SELECT FROM feed.mapping AS m WHERE m.db = place AND m.lsn = mark) THEN
      PERFORM ss.fail(22964, 'LSN specified as the low water mark is not in the table cdc.lsn_time_mapping.');
    END IF;
    IF mark < i.start_lsn THEN
      PERFORM ss.fail(22957, 'LSN is outside the time line of the capture instance.');
    END IF;
    UPDATE feed.instances AS each SET start_lsn = mark WHERE each.object_id = i.object_id;
    EXECUTE format('DELETE FROM d%s.t%s WHERE c1 < $1', place, i.object_id) USING mark;
  END IF;
  DELETE FROM feed.mapping AS m WHERE m.db = place
    AND m.lsn < (SELECT min(each.start_lsn) FROM feed.instances AS each WHERE each.db = place);
END $$;

CREATE FUNCTION feed.max_lsn(place integer) RETURNS bytea LANGUAGE sql STABLE AS
$$ SELECT max(m.lsn) FROM feed.mapping AS m WHERE m.db = place $$;

-- All zeros for an instance that is not there.
CREATE FUNCTION feed.min_lsn(place integer, instance text) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT i.start_lsn FROM feed.instances AS i WHERE i.db = place AND lower(i.name) = lower(rtrim(instance))
    AND ms.may(place, i.object_id, 'SELECT')), '\x00000000000000000000') $$;

CREATE FUNCTION feed.time_of_lsn(place integer, mark bytea) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT m.ended FROM feed.mapping AS m WHERE m.db = place AND m.lsn = mark $$;
