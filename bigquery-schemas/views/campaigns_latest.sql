-- One row per campaign that is there: the newest version of the document, however often and in whatever order versions
-- arrived. One whose newest version is its deletion has none.
SELECT * EXCEPT (deleted_at)
FROM `${dataset}.campaigns`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY campaign_id
  ORDER BY source_updated_at DESC, synced_at DESC
) = 1 AND deleted_at IS NULL
