-- Made by "npm run pipeline -- privacy record" from functions/pipelines/influencers.ts; a change here is undone there.
-- Rows without pseudonyms, ids and exact times, and only where 5 persons or more share category, country, language.
SELECT category, country, language, status, description_length
FROM (
  SELECT channel_id,
    category,
    country,
    language,
    status,
    description_length
  FROM `${dataset}.influencers_latest`
)
WHERE TRUE
QUALIFY COUNT(DISTINCT channel_id) OVER (PARTITION BY category, country, language) >= 5
