"""What the catalogue is asked, each question once for all objects. ``$1`` are the relations that are read, by their numbers.

Definitions come without the names of schemas that the search path has, so that one schema reads like another.
"""

from __future__ import annotations

#: what only later versions have, and what stands for it before
SINCE = {
    "nulls_not_distinct": (15, "i.indnullsnotdistinct", "false"),
    "deleted": (
        15,
        "(SELECT string_agg(quote_ident(a.attname), ', ') FROM unnest(k.confdelsetcols) AS s"
        " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = s)",
        "NULL::text",
    ),
    "enforced": (18, "k.conenforced", "true"),
    "not_null": (
        18,
        "(SELECT ARRAY[n.conname::text, CASE WHEN NOT n.convalidated THEN 'not valid'"
        " WHEN n.connoinherit THEN 'no inherit' ELSE '' END]"
        " FROM pg_constraint n WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum])",
        "NULL::text[]",
    ),
}


def fitting(sql: str, version: int) -> str:
    """A question as a major version takes it."""
    for name, (since, now, then) in SINCE.items():
        sql = sql.replace(f"{{{name}}}", now if version >= since else then)
    return sql


#: relations of schema $1, all or those of the names $2, and the views that need them, whatever their schema
RELATIONS = """
WITH RECURSIVE chosen (oid) AS (
  SELECT c.oid FROM pg_class c WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND ($2::text[] IS NULL OR c.relname = ANY ($2))
  UNION
  SELECT r.ev_class FROM chosen JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = chosen.oid
  AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite r ON r.oid = d.objid
  JOIN pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm')
)
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text, c.reloptions,
       ARRAY(SELECT 'toast.' || option FROM pg_class t, unnest(t.reloptions) AS option WHERE t.oid = c.reltoastrelid),
       (SELECT m.amname::text FROM pg_am m WHERE m.oid = c.relam), c.relrowsecurity, c.relforcerowsecurity,
       c.relreplident::text,
       (SELECT ic.relname::text FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisreplident),
       pg_get_partkeydef(c.oid), c.relispartition, pg_get_expr(c.relpartbound, c.oid, true),
       ARRAY(SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = c.oid ORDER BY h.inhseqno),
       (SELECT s.spcname::text FROM pg_tablespace s WHERE s.oid = c.reltablespace), c.reloftype <> 0,
       obj_description(c.oid, 'pg_class'),
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END, c.reltype,
       pg_get_userbyid(c.relowner)::text, pg_get_userbyid(c.relowner) = current_user, c.relacl::text[]
FROM chosen JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname NOT LIKE 'dataflow\\_%' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
"""
#: some builds of the server keep a number of their own among a column's options, which nobody can set and their pg_dump leaves out
COLUMNS = """
SELECT a.attrelid, a.attnum, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid, true), d.oid, a.attidentity::text, a.attgenerated::text,
       CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN a.attcollation::regcollation::text END,
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END, a.attcompression::text,
       coalesce(a.attstattarget, -1)::int,
       ARRAY(SELECT o FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg\\_attver=%'), a.attislocal, a.attinhcount::int,
       col_description(a.attrelid, a.attnum), a.attacl::text[], {not_null}
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
"""
CONSTRAINTS = """
SELECT k.oid, k.conrelid, k.conname::text, k.contype::text, pg_get_constraintdef(k.oid, true),
       k.conkey, pg_get_expr(k.conbin, k.conrelid, true), rn.nspname::text, r.relname::text,
       CASE WHEN k.contype = 'f' THEN ARRAY(
         SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY o (attnum, place)
         JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = o.attnum ORDER BY o.place) END,
       k.confdeltype::text, k.confupdtype::text, k.confmatchtype::text, k.condeferrable, k.condeferred,
       k.convalidated, {enforced}, k.connoinherit, k.conislocal,
       k.conparentid <> 0,
       {deleted},
       k.conindid, obj_description(k.oid, 'pg_constraint')
FROM pg_constraint k LEFT JOIN pg_class r ON r.oid = k.confrelid LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE k.conrelid = ANY ($1::oid[]) AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND (k.contype <> 'f' OR k.conparentid = 0)
"""
INDEXES = """
SELECT i.indexrelid, i.indrelid, c.relname::text, i.indisunique, m.amname::text, i.indisvalid,
       pg_get_expr(i.indpred, i.indrelid, true), pg_get_indexdef(i.indexrelid, 0, true), c.reloptions,
       i.indisclustered, {nulls_not_distinct},
       obj_description(i.indexrelid, 'pg_class'), i.indnkeyatts::int,
       i.indkey::int2[],
       (SELECT p.relname::text FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent WHERE h.inhrelid = i.indexrelid),
       (SELECT s.spcname::text FROM pg_tablespace s WHERE s.oid = c.reltablespace)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
WHERE i.indrelid = ANY ($1::oid[])
"""
TRIGGERS = """
SELECT t.oid, t.tgrelid, t.tgname::text, pg_get_triggerdef(t.oid, true), t.tgenabled::text,
       obj_description(t.oid, 'pg_trigger')
FROM pg_trigger t WHERE t.tgrelid = ANY ($1::oid[]) AND NOT t.tgisinternal AND t.tgparentid = 0
"""
#: those that make views with them, so that what a view needs is known
RULES = """
SELECT r.oid, r.ev_class, r.rulename::text, CASE WHEN r.rulename <> '_RETURN' THEN pg_get_ruledef(r.oid, true) END,
       r.ev_enabled::text, obj_description(r.oid, 'pg_rewrite')
FROM pg_rewrite r WHERE r.ev_class = ANY ($1::oid[])
"""
POLICIES = """
SELECT p.oid, p.polrelid, p.polname::text, p.polpermissive, p.polcmd::text,
       ARRAY(SELECT CASE WHEN role = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END
             FROM unnest(p.polroles) AS role ORDER BY 1),
       pg_get_expr(p.polqual, p.polrelid, true), pg_get_expr(p.polwithcheck, p.polrelid, true),
       obj_description(p.oid, 'pg_policy')
FROM pg_policy p WHERE p.polrelid = ANY ($1::oid[])
"""
#: of the schema $1, all or those that belong to columns of $2: counters of identity columns are no objects of their own
SEQUENCES = """
SELECT c.oid, c.relname::text, c.relpersistence::text, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,
       s.seqmin, s.seqmax, s.seqcache, s.seqcycle, d.deptype::text, d.refobjid, d.refobjsubid,
       obj_description(c.oid, 'pg_class'), pg_get_userbyid(c.relowner)::text,
       pg_get_userbyid(c.relowner) = current_user, c.relacl::text[]
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
AND d.refclassid = 'pg_class'::regclass
WHERE c.relnamespace = to_regnamespace($1) AND ($2::oid[] IS NULL OR d.refobjid = ANY ($2::oid[]))
AND c.relname NOT LIKE 'dataflow\\_%'
AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
"""
TYPES = """
SELECT t.oid, t.typname::text, t.typtype::text, t.typarray,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
       ARRAY(SELECT format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                    CASE WHEN a.attcollation NOT IN (0, b.typcollation) THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END)
             FROM pg_attribute a JOIN pg_type b ON b.oid = a.atttypid
             WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       (SELECT concat_ws(', ', 'subtype = ' || format_type(r.rngsubtype, NULL),
          CASE WHEN NOT o.opcdefault THEN 'subtype_opclass = ' || quote_ident(o.opcname) END,
          CASE WHEN r.rngcollation NOT IN (0, st.typcollation) THEN 'collation = ' || r.rngcollation::regcollation END,
          CASE WHEN r.rngcanonical <> 0 THEN 'canonical = ' || r.rngcanonical END,
          CASE WHEN r.rngsubdiff <> 0 THEN 'subtype_diff = ' || r.rngsubdiff END,
          'multirange_type_name = ' || format_type(r.rngmultitypid, NULL))
        FROM pg_range r JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_type st ON st.oid = r.rngsubtype
        WHERE r.rngtypid = t.oid),
       format_type(t.typbasetype, t.typtypmod),
       CASE WHEN t.typtype = 'd' AND t.typcollation NOT IN (0, bt.typcollation) THEN t.typcollation::regcollation::text END,
       CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END, t.typnotnull,
       ARRAY(SELECT k.conname::text FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname),
       ARRAY(SELECT pg_get_constraintdef(k.oid, true) FROM pg_constraint k
             WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname),
       obj_description(t.oid, 'pg_type'), pg_get_userbyid(t.typowner)::text,
       pg_get_userbyid(t.typowner) = current_user, t.typacl::text[], t.typrelid
FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_type bt ON bt.oid = t.typbasetype
WHERE t.typnamespace = to_regnamespace($1) AND (t.typrelid = 0 OR c.relkind = 'c') AND t.typtype IN ('b', 'c', 'd', 'e', 'r')
AND NOT (t.typtype = 'b' AND t.typelem <> 0 AND t.typlen = -1)
AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid AND x.deptype = 'e')
"""
ROUTINES = """
SELECT p.oid, p.proname::text, p.prokind::text, pg_get_function_identity_arguments(p.oid),
       CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, pg_get_function_result(p.oid),
       CASE WHEN p.prokind = 'a' THEN (
         SELECT CASE WHEN a.aggkind = 'n' AND a.aggmtransfn = 0 AND a.aggsortop = 0 AND NOT a.aggfinalextra
                AND a.aggserialfn = 0 AND a.aggtransspace = 0 THEN concat_ws(', ', 'SFUNC = ' || a.aggtransfn, 'STYPE = ' || format_type(a.aggtranstype, NULL),
                CASE WHEN a.aggfinalfn <> 0 THEN 'FINALFUNC = ' || a.aggfinalfn END,
                CASE WHEN a.aggcombinefn <> 0 THEN 'COMBINEFUNC = ' || a.aggcombinefn END,
                'INITCOND = ' || quote_literal(a.agginitval), CASE p.proparallel WHEN 's' THEN 'PARALLEL = safe' WHEN 'r' THEN 'PARALLEL = restricted' END) END
         FROM pg_aggregate a WHERE a.aggfnoid = p.oid) END,
       format('%I.%I', n.nspname, p.proname), format('%I', p.proname), obj_description(p.oid, 'pg_proc'),
       pg_get_userbyid(p.proowner)::text, pg_get_userbyid(p.proowner) = current_user, p.proacl::text[]
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.pronamespace = to_regnamespace($1)
AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype IN ('e', 'i'))
"""
STATISTICS = """
SELECT s.oid, s.stxname::text, s.stxrelid, pg_get_statisticsobjdef(s.oid), format('%I.%I', n.nspname, s.stxname),
       format('%I', s.stxname), coalesce(s.stxstattarget, -1)::int, obj_description(s.oid, 'pg_statistic_ext')
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = ANY ($1::oid[])
"""
EXTENSIONS = """
SELECT e.oid, e.extname::text, CASE WHEN n.oid <> to_regnamespace($1) THEN n.nspname::text END, e.extversion
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'
"""
#: what can be told of, and not made anew
OTHERS = """
SELECT 'pg_collation', oid, 'collation', collname::text FROM pg_collation WHERE collnamespace = to_regnamespace($1)
UNION ALL SELECT 'pg_operator', oid, 'operator', oid::regoperator::text FROM pg_operator WHERE oprnamespace = to_regnamespace($1)
UNION ALL SELECT 'pg_opclass', oid, 'operator', 'class ' || opcname FROM pg_opclass WHERE opcnamespace = to_regnamespace($1)
UNION ALL SELECT 'pg_opfamily', oid, 'operator', 'family ' || opfname FROM pg_opfamily WHERE opfnamespace = to_regnamespace($1)
UNION ALL SELECT 'pg_conversion', oid, 'collation', 'conversion ' || conname FROM pg_conversion WHERE connamespace = to_regnamespace($1)
UNION ALL SELECT 'pg_ts_config', oid, 'text_search', 'configuration ' || cfgname FROM pg_ts_config WHERE cfgnamespace = to_regnamespace($1)
UNION ALL SELECT 'pg_ts_dict', oid, 'text_search', 'dictionary ' || dictname FROM pg_ts_dict WHERE dictnamespace = to_regnamespace($1)
UNION ALL SELECT 'pg_ts_parser', oid, 'text_search', 'parser ' || prsname FROM pg_ts_parser WHERE prsnamespace = to_regnamespace($1)
UNION ALL SELECT 'pg_ts_template', oid, 'text_search', 'template ' || tmplname FROM pg_ts_template WHERE tmplnamespace = to_regnamespace($1)
"""
MEMBERS = "SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND objid >= 16384"
#: the numbers of the catalogues themselves, which are the same in every database
CATALOGUES = {
    1247: "pg_type", 1255: "pg_proc", 1259: "pg_class", 2604: "pg_attrdef", 2606: "pg_constraint", 2607: "pg_conversion",
    2616: "pg_opclass", 2617: "pg_operator", 2618: "pg_rewrite", 2620: "pg_trigger", 2753: "pg_opfamily", 3079: "pg_extension",
    3256: "pg_policy", 3381: "pg_statistic_ext", 3456: "pg_collation", 3600: "pg_ts_dict", 3601: "pg_ts_parser",
    3602: "pg_ts_config", 3764: "pg_ts_template",
}  # fmt: skip
DEPENDENCIES = """
SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid
FROM pg_depend d WHERE d.objid = ANY ($1::oid[]) AND d.refobjid >= 16384 AND d.deptype IN ('n', 'a', 'P')
"""
