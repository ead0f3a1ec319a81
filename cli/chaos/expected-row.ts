// What the row of a completed session must be, read from the document as Firestore's REST API shows it. It shares no
// code with the functions, so that a mistake there is not made here again.

export type Cell = string | number | boolean | null | readonly string[];
export type ExpectedRow = Readonly<Record<string, Cell>>;

/** A value of a document in the JSON of the REST API, e.g. `{"stringValue": "x"}`. */
export type Fields = Readonly<Record<string, FieldValue>>;
export interface FieldValue {
  readonly stringValue?: string;
  readonly integerValue?: string;
  readonly doubleValue?: number | string;
  readonly timestampValue?: string;
  readonly booleanValue?: boolean;
  readonly mapValue?: { readonly fields?: Fields };
  readonly arrayValue?: { readonly values?: readonly FieldValue[] };
}

/** Column by column, where its cell comes from. */
const SOURCES: Readonly<Record<string, string>> = {
  exercise_type: 'exerciseType',
  start_time: 'startTime',
  end_time: 'endTime',
  duration: 'duration',
  status: 'status',
  rep_count: 'repCount',
  set_count: 'setCount',
  overall_score: 'formFeedback.overallScore',
  good_frames: 'formFeedback.goodFrames',
  warning_frames: 'formFeedback.warningFrames',
  error_frames: 'formFeedback.errorFrames',
  warnings: 'formFeedback.warnings',
  camera_position: 'cameraSettings.position',
  camera_resolution: 'cameraSettings.resolution',
  camera_fps: 'cameraSettings.fps',
  total_frames: 'sessionMetadata.totalFrames',
  processed_frames: 'sessionMetadata.processedFrames',
  average_fps: 'sessionMetadata.averageFps',
  frame_drop_count: 'sessionMetadata.frameDropCount',
  average_confidence: 'sessionMetadata.averageConfidence',
  average_inference_time: 'sessionMetadata.mediapipePerformance.averageInferenceTime',
  max_inference_time: 'sessionMetadata.mediapipePerformance.maxInferenceTime',
  min_inference_time: 'sessionMetadata.mediapipePerformance.minInferenceTime',
  platform: 'sessionMetadata.deviceInfo.platform',
  os_version: 'sessionMetadata.deviceInfo.osVersion',
  device_model: 'sessionMetadata.deviceInfo.deviceModel',
  device_memory: 'sessionMetadata.deviceInfo.deviceMemory',
  created_at: 'createdAt',
};

/** Without the columns that say who, which version, under which key and when: `check` holds those itself. */
export function expectedRow(fields: Fields): ExpectedRow {
  return Object.fromEntries(
    Object.entries(SOURCES).map(([column, source]) => {
      const cell = cellOf(valueAt(fields, source.split('.')));
      return [column, column === 'warnings' ? (cell ?? []) : cell];
    }),
  );
}

/** The first column in which a row differs from what it must be; absent is NULL. */
export function difference(row: Readonly<Record<string, Cell>>, expected: ExpectedRow): string | undefined {
  return Object.keys(expected).find((column) => !isSame(row[column] ?? null, expected[column] ?? null));
}

/** RFC 3339 in UTC with six digits, whatever the precision that it is written in. */
export function toMicros(time: string): string {
  const [, seconds = '', fraction = ''] = /^(.{19})(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

function valueAt(fields: Fields | undefined, path: readonly string[]): FieldValue | undefined {
  const [name = '', ...rest] = path;
  const value = fields?.[name];
  return rest.length === 0 ? value : valueAt(value?.mapValue?.fields, rest);
}

function cellOf(value: FieldValue | undefined): Cell {
  if (value?.stringValue !== undefined) return value.stringValue;
  if (value?.integerValue !== undefined) return Number(value.integerValue);
  if (value?.doubleValue !== undefined) return Number(value.doubleValue);
  if (value?.timestampValue !== undefined) return toMicros(value.timestampValue);
  if (value?.arrayValue) return (value.arrayValue.values ?? []).map((item) => item.stringValue ?? '');
  return null;
}

function isSame(a: Cell, b: Cell): boolean {
  return typeof a === 'object' && typeof b === 'object' && a !== null && b !== null
    ? a.length === b.length && a.every((item, i) => item === b[i])
    : Object.is(a, b);
}
