// What the analyzer must refuse: mistakes that a statement of ours could have, and SQL that other databases take. A check
// that lets one of them pass has said nothing of the rest.
import type { Parameter } from './recorder.ts';

export interface WrongStatement {
  readonly mistake: string;
  readonly sql: string;
  readonly parameters?: readonly Parameter[];
  readonly says: RegExp;
}

const S = '`demo-local.analytics_production.sessions`';
const BRIDGE = 'analytics_production_restricted.pseudonym_bridge';
const parameter = (name: string, type: string): Parameter => ({ name, parameterType: { type } });

export const WRONG_STATEMENTS: readonly WrongStatement[] = [
  { mistake: 'an unknown column', sql: `SELECT session FROM ${S}`, says: /Unrecognized name: session/ },
  {
    mistake: 'a column that the view leaves out',
    sql: 'SELECT user_id_hash FROM analytics_production.sessions_published',
    says: /Unrecognized name: user_id_hash/,
  },
  {
    mistake: 'an unknown table',
    sql: 'SELECT 1 FROM analytics_production.session',
    says: /Table not found/,
  },
  { mistake: 'an unknown function', sql: `SELECT IFEMPTY(status, '') FROM ${S}`, says: /Function not found/ },
  {
    mistake: 'text compared with a number',
    sql: `SELECT 1 FROM ${S} WHERE session_id = 1`,
    says: /No matching signature for operator =/,
  },
  {
    mistake: 'a time compared with a number',
    sql: `SELECT 1 FROM ${S} WHERE source_updated_at >= @from`,
    parameters: [parameter('from', 'INT64')],
    says: /No matching signature for operator >=/,
  },
  {
    mistake: 'a date compared with a time',
    sql: `SELECT 1 FROM ${S} WHERE source_updated_at >= CURRENT_DATE()`,
    says: /No matching signature for operator >=/,
  },
  {
    mistake: 'a parameter that is not sent',
    sql: `SELECT 1 FROM ${S} WHERE session_id = @id`,
    says: /[Pp]arameter 'id' not found/,
  },
  {
    mistake: 'a list where one value is wanted',
    sql: `SELECT 1 FROM ${S} WHERE warnings = 'deep'`,
    says: /No matching signature for operator =/,
  },
  {
    mistake: 'a column that is not grouped',
    sql: `SELECT user_id_hash, COUNT(*) FROM ${S}`,
    says: /neither grouped nor aggregated/,
  },
  {
    mistake: 'an aggregate in WHERE',
    sql: `SELECT session_id FROM ${S} WHERE COUNT(*) > 1 GROUP BY session_id`,
    says: /Aggregate function COUNT\(\*\) not allowed in WHERE/,
  },
  {
    mistake: 'QUALIFY without an analytic function',
    sql: `SELECT session_id FROM ${S} WHERE TRUE QUALIFY rep_count = 1`,
    says: /QUALIFY clause/,
  },
  {
    mistake: 'a partition by floating point numbers',
    sql: `SELECT COUNT(*) OVER (PARTITION BY duration) FROM ${S}`,
    says: /Partitioning by expressions of type FLOAT64 is not allowed/,
  },
  {
    mistake: 'DISTINCT in a window with an order',
    sql: `SELECT COUNT(DISTINCT session_id) OVER (ORDER BY created_at) FROM ${S}`,
    says: /DISTINCT/,
  },
  {
    mistake: 'a reserved word as a name',
    sql: `SELECT COUNT(*) AS groups FROM ${S}`,
    says: /Unexpected keyword GROUPS/,
  },
  { mistake: 'a word of the language as a name', sql: `SELECT 1 AS end FROM ${S}`, says: /keyword END/ },
  {
    mistake: 'a condition that is missing',
    sql: `SELECT 1 FROM ${S} WHERE`,
    says: /Unexpected end of statement/,
  },
  {
    mistake: 'two columns of one name',
    sql: `SELECT session_id, status AS SESSION_ID FROM ${S}`,
    says: /Duplicate column name/,
  },
  {
    mistake: 'an ambiguous column',
    sql: `SELECT session_id FROM ${S} AS a JOIN ${S} AS b ON a.session_id = b.session_id`,
    says: /ambiguous/,
  },
  {
    mistake: 'a table that is used beside its alias',
    sql: 'SELECT sessions.status FROM analytics_production.sessions AS s',
    says: /Unrecognized name: sessions/,
  },
  {
    mistake: 'a union of different types',
    sql: `SELECT session_id FROM ${S} UNION ALL SELECT 1`,
    says: /incompatible types/,
  },
  { mistake: 'UNION without ALL or DISTINCT', sql: 'SELECT 1 UNION SELECT 2', says: /Syntax error/ },
  { mistake: 'DELETE without WHERE', sql: `DELETE FROM ${S}`, says: /must have a WHERE clause/ },
  {
    mistake: 'UPDATE with a value of another type',
    sql: `UPDATE ${S} SET pseudonym_key_version = '2' || status WHERE TRUE`,
    says: /cannot be assigned to pseudonym_key_version/,
  },
  {
    mistake: 'UPDATE of a column that is not there',
    sql: `UPDATE ${S} SET version = 2 WHERE TRUE`,
    says: /Unrecognized name: version/,
  },
  {
    mistake: 'INSERT with a value too few',
    sql: `INSERT INTO ${BRIDGE} (column_name, old_version) VALUES ('a')`,
    says: /wrong column count/,
  },
  {
    mistake: 'MERGE whose value is of another type',
    sql: `MERGE ${BRIDGE} AS bridge USING (SELECT 'a' AS old) AS made ON bridge.old_pseudonym = made.old
      WHEN NOT MATCHED THEN INSERT (old_version) VALUES (made.old)`,
    says: /cannot be inserted into column old_version/,
  },
  {
    mistake: 'a change of type that loses values',
    sql: `ALTER TABLE ${S} ALTER COLUMN rep_count SET DATA TYPE STRING`,
    says: /is assignable to the new type/,
  },
  { mistake: 'DuckDB’s cast', sql: `SELECT rep_count::STRING FROM ${S}`, says: /Syntax error/ },
  { mistake: 'DuckDB’s FROM first', sql: `FROM ${S}`, says: /Unexpected keyword FROM/ },
  { mistake: 'DuckDB’s EXCLUDE', sql: `SELECT * EXCLUDE (status) FROM ${S}`, says: /Syntax error/ },
  {
    mistake: 'a function of DuckDB',
    sql: `SELECT list_distinct(warnings) FROM ${S}`,
    says: /Function not found: list_distinct/,
  },
  {
    mistake: 'DuckDB’s lambda',
    sql: `SELECT ARRAY_FILTER(warnings, w -> w = 'deep') FROM ${S}`,
    says: /Lambda is not supported/,
  },
  {
    mistake: 'PostgreSQL’s DISTINCT ON',
    sql: `SELECT DISTINCT ON (session_id) status FROM ${S}`,
    says: /Unexpected keyword ON/,
  },
  {
    mistake: 'PostgreSQL’s ILIKE',
    sql: `SELECT 1 FROM ${S} WHERE status ILIKE 'c%'`,
    says: /Syntax error/,
  },
  {
    mistake: 'PostgreSQL’s FILTER of an aggregate',
    sql: `SELECT COUNT(*) FILTER (WHERE rep_count > 1) FROM ${S}`,
    says: /Syntax error/,
  },
  {
    mistake: 'PostgreSQL’s interval in quotes',
    sql: `SELECT created_at + INTERVAL '1 day' FROM ${S}`,
    says: /Unexpected keyword FROM/,
  },
];
