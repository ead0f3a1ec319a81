-- One row per session: the newest version of the document, however often and in whatever order versions arrived.
SELECT *
FROM `${dataset}.sessions`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY user_id_hash, session_id
  ORDER BY source_updated_at DESC, synced_at DESC
) = 1
