// GoogleSQL as BigQuery speaks it, for the analyzer: the external product, and those features of the language that
// BigQuery's reference documents. What is left out here is refused, though the analyzer knows it (lambdas, protos, …).
//
// What the analyzer cannot know of BigQuery: it does not tell REQUIRED columns from NULLABLE ones, names of tables in
// capitals from others, nor partitions, so a missing value or a filter that BigQuery wants is found by no one but the
// emulator; and it reads one statement at a time, no scripts.

const FEATURES = [
  'ANALYTIC_FUNCTIONS',
  'TABLESAMPLE',
  'DML_UPDATE_WITH_JOIN',
  'TEMPLATE_FUNCTIONS',
  'NAMED_ARGUMENTS',
  'NUMERIC_TYPE',
  'BIGNUMERIC_TYPE',
  'PARAMETERIZED_TYPES',
  'JSON_TYPE',
  'JSON_ARRAY_FUNCTIONS',
  'JSON_VALUE_EXTRACTION_FUNCTIONS',
  'JSON_LAX_VALUE_EXTRACTION_FUNCTIONS',
  'JSON_CONSTRUCTOR_FUNCTIONS',
  'JSON_MUTATOR_FUNCTIONS',
  'INTERVAL_TYPE',
  'GEOGRAPHY',
  'RANGE_TYPE',
  'GROUP_BY_ROLLUP',
  'ROUND_WITH_ROUNDING_MODE',
  'CBRT_FUNCTIONS',
  'CREATE_TABLE_PARTITION_BY',
  'CREATE_TABLE_CLUSTER_BY',
  'CREATE_TABLE_NOT_NULL',
  'CREATE_TABLE_FIELD_ANNOTATIONS',
  'CREATE_TABLE_AS_SELECT_COLUMN_LIST',
  'ALTER_COLUMN_SET_DATA_TYPE',
  'ALTER_TABLE_RENAME_COLUMN',
  'V_1_1_SELECT_STAR_EXCEPT_REPLACE',
  'V_1_1_WITH_ON_SUBQUERY',
  'V_1_1_ORDER_BY_IN_AGGREGATE',
  'V_1_1_LIMIT_IN_AGGREGATE',
  'V_1_1_HAVING_IN_AGGREGATE',
  'V_1_1_NULL_HANDLING_MODIFIER_IN_ANALYTIC',
  'V_1_1_NULL_HANDLING_MODIFIER_IN_AGGREGATE',
  'V_1_1_FOR_SYSTEM_TIME_AS_OF',
  'V_1_1_CAST_DIFFERENT_ARRAY_TYPES',
  'V_1_2_CIVIL_TIME',
  'V_1_2_SAFE_FUNCTION_CALL',
  'V_1_2_GROUP_BY_STRUCT',
  'V_1_2_GROUP_BY_ARRAY',
  'V_1_2_WEEK_WITH_WEEKDAY',
  'V_1_3_OMIT_INSERT_COLUMN_LIST',
  'V_1_3_NULLS_FIRST_LAST_IN_ORDER_BY',
  'V_1_3_ALLOW_DASHES_IN_TABLE_NAME',
  'V_1_3_CONCAT_MIXED_TYPES',
  'V_1_3_WITH_RECURSIVE',
  'V_1_3_DECIMAL_ALIAS',
  'V_1_3_ALLOW_REGEXP_EXTRACT_OPTIONALS',
  'V_1_3_DATE_TIME_CONSTRUCTORS',
  'V_1_3_DATE_ARITHMETICS',
  'V_1_3_EXTENDED_DATE_TIME_SIGNATURES',
  'V_1_3_ADDITIONAL_STRING_FUNCTIONS',
  'V_1_3_PIVOT',
  'V_1_3_UNPIVOT',
  'V_1_3_QUALIFY',
  'V_1_3_IS_DISTINCT',
  'V_1_3_FORMAT_IN_CAST',
  'V_1_3_COLUMN_DEFAULT_VALUE',
  'V_1_3_LIKE_ANY_SOME_ALL',
  'V_1_4_WITH_EXPRESSION',
  'V_1_4_BARE_ARRAY_ACCESS',
];

const STATEMENTS = [
  'QUERY',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'TRUNCATE',
  'CREATE_TABLE',
  'CREATE_TABLE_AS_SELECT',
  'CREATE_VIEW',
  'ALTER_TABLE',
  'DROP',
];

export const LANGUAGE = {
  productMode: 'PRODUCT_EXTERNAL',
  nameResolutionMode: 'NAME_RESOLUTION_DEFAULT',
  enabledLanguageFeatures: FEATURES.map((name) => `FEATURE_${name}`),
  supportedStatementKinds: STATEMENTS.map((name) => `RESOLVED_${name}_STMT`),
  reservedKeywords: ['QUALIFY'],
};

const ANY_ORDERED = { kind: 'ARG_TYPE_ANY_2', options: { mustSupportOrdering: true } };

/** Aggregates that BigQuery has and this version of the analyzer has not. */
export const FUNCTIONS = ['max_by', 'min_by'].map((name) => ({
  namePath: [name],
  group: 'BigQuery',
  mode: 'AGGREGATE',
  signature: [
    { argument: [{ kind: 'ARG_TYPE_ANY_1' }, ANY_ORDERED], returnType: { kind: 'ARG_TYPE_ANY_1' } },
  ],
  options: { supportsOverClause: false, supportsHavingModifier: false },
}));
