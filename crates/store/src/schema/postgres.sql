WITH member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
relation AS (
    SELECT c.*, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)'
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
)
SELECT 'schema ' || nspname, '' FROM pg_namespace n
WHERE n.oid >= 16384 AND nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_namespace'::regclass AND m.objid = n.oid)
UNION ALL
-- Settings of storage and of the vacuum change nothing of what is read.
SELECT CASE c.relkind WHEN 'r' THEN 'table ' WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' ELSE 'relation ' || c.relkind::text || ' ' END || c.name,
    concat_ws(' ', c.relpersistence::text, 'rls ' || c.relrowsecurity::text, 'forced ' || c.relforcerowsecurity::text,
        'partition ' || c.relispartition::text, a.amname,
        (SELECT string_agg(option, ' ' ORDER BY option) FROM unnest(c.reloptions) AS option WHERE option !~ '^(autovacuum_|toast\.|fillfactor|parallel_workers)'),
        (SELECT 'inherits ' || string_agg(i.inhparent::regclass::text, ' ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
        (SELECT concat_ws(' ', s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcycle) FROM pg_sequence s WHERE s.seqrelid = c.oid))
FROM relation c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.relkind NOT IN ('i', 'I')
UNION ALL
SELECT 'column ' || c.name || '.' || a.attname,
    concat_ws(' ', row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'not null' END, CASE WHEN l.collname <> 'default' THEN 'collate ' || l.collname END,
        'identity ' || nullif(a.attidentity::text, ''), 'generated ' || nullif(a.attgenerated::text, ''),
        'default ' || pg_get_expr(d.adbin, d.adrelid))
FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relkind NOT IN ('i', 'I', 'S')
UNION ALL
-- That columns are not NULL stands with the columns.
SELECT 'constraint ' || c.name || '.' || k.conname,
    concat_ws(' ', pg_get_constraintdef(k.oid), 'valid ' || k.convalidated::text, 'deferrable ' || k.condeferrable::text)
FROM relation c JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT 'index ' || c.name,
    concat_ws(' ', pg_get_indexdef(i.indexrelid), 'valid ' || i.indisvalid::text, 'ready ' || i.indisready::text, 'live ' || i.indislive::text,
        'immediate ' || i.indimmediate::text)
FROM relation c JOIN pg_index i ON i.indexrelid = c.oid
UNION ALL
-- Of those that keep foreign keys, any that does not fire.
SELECT 'trigger ' || c.name || '.' || t.tgname, concat_ws(' ', pg_get_triggerdef(t.oid), 'enabled ' || t.tgenabled::text)
FROM relation c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal OR t.tgenabled <> 'O'
UNION ALL
-- What a view shows is a rule.
SELECT 'rule ' || c.name || '.' || r.rulename, concat_ws(' ', pg_get_ruledef(r.oid), 'enabled ' || r.ev_enabled::text)
FROM relation c JOIN pg_rewrite r ON r.ev_class = c.oid
UNION ALL
SELECT 'policy ' || c.name || '.' || p.polname, concat_ws(' ', p.polcmd::text, p.polpermissive::text, p.polroles::text,
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM relation c JOIN pg_policy p ON p.polrelid = c.oid
UNION ALL
SELECT 'function ' || p.oid::regprocedure::text, p.prosrc FROM pg_proc p
WHERE p.oid >= 16384 AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
UNION ALL
SELECT 'event trigger ' || e.evtname, concat_ws(' ', e.evtevent, e.evtenabled::text, e.evtfoid::regprocedure::text)
FROM pg_event_trigger e
UNION ALL
SELECT o.kind || ' ' || o.name, '' FROM (
    SELECT 'operator' AS kind, oid::regoperator::text AS name, oid, 'pg_operator'::regclass AS class FROM pg_operator
    UNION ALL SELECT 'cast', castsource::regtype::text || ' to ' || casttarget::regtype::text, oid, 'pg_cast'::regclass FROM pg_cast
    UNION ALL SELECT 'type', oid::regtype::text, oid, 'pg_type'::regclass FROM pg_type WHERE typtype IN ('b', 'd', 'e', 'r') AND typelem = 0
    UNION ALL SELECT 'operator class', opcname::text, oid, 'pg_opclass'::regclass FROM pg_opclass
    UNION ALL SELECT 'collation', collname::text, oid, 'pg_collation'::regclass FROM pg_collation
    UNION ALL SELECT 'conversion', conname::text, oid, 'pg_conversion'::regclass FROM pg_conversion
    UNION ALL SELECT 'language', lanname::text, oid, 'pg_language'::regclass FROM pg_language
) AS o WHERE o.oid >= 16384 AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = o.class AND m.objid = o.oid)
UNION ALL
SELECT 'setting ' || name, current_setting(name)
FROM unnest(ARRAY['search_path', 'session_replication_role', 'row_security']) AS name
UNION ALL
SELECT 'migration ' || version, description || ' ' || encode(checksum, 'hex') || ' ' || success::text FROM public._sqlx_migrations
