-- Made by "npm run pipeline -- privacy record" from functions/pipelines/sessions.ts; a change here is undone there.
-- Rows without pseudonyms, ids and exact times, and only where 5 persons or more share platform, os_version, device_model, start_time.
SELECT platform, os_version, device_model, start_time, exercise_type, duration, rep_count, set_count, overall_score, good_frames, warning_frames, error_frames, warnings
FROM (
  SELECT user_id_hash,
    platform,
    REGEXP_EXTRACT(os_version, r'^v?(\d{1,4})(?:\.[\w.-]*)?$') AS os_version,
    device_model,
    TIMESTAMP_TRUNC(start_time, HOUR) AS start_time,
    exercise_type,
    duration,
    rep_count,
    set_count,
    overall_score,
    good_frames,
    warning_frames,
    error_frames,
    warnings
  FROM `${dataset}.sessions_latest`
)
WHERE TRUE
QUALIFY COUNT(DISTINCT user_id_hash) OVER (PARTITION BY platform, os_version, device_model, start_time) >= 5
