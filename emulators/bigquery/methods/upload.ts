// Uploads of files for load jobs: in one request (multipart), or begun and continued (resumable).
import type { HttpReply, HttpRequest } from '../../shared/http.ts';
import type { Context, Method } from '../context.ts';
import { ApiError, invalid, notFound } from '../errors.ts';
import { isRecord, jsonBody, projectOf, recordOf } from '../request.ts';
import type { Body } from '../request.ts';
import { jobResource } from '../resources.ts';
import { runJob } from '../run-job.ts';

const path = '/upload/projects/{project}/jobs';

async function run(context: Context, projectId: string, job: Body, media: Buffer): Promise<HttpReply> {
  const finished = await runJob(context, {
    projectId,
    reference: recordOf(job['jobReference']),
    configuration: recordOf(job['configuration']),
    media,
  });
  return { body: jobResource(finished, context.origin()) };
}

/** The JSON and the bytes of a `multipart/related` body. */
function splitMultipart(request: HttpRequest): { readonly job: Body; readonly media: Buffer } {
  const type = request.headers['content-type'] ?? '';
  const match = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
  if (!match) throw invalid('Multipart upload without a boundary');
  const boundary = Buffer.from(`--${match[1] ?? match[2]}`);
  const parts: Buffer[] = [];
  let at = request.body.indexOf(boundary);
  while (at >= 0) {
    const start = at + boundary.length;
    const next = request.body.indexOf(boundary, start);
    if (next < 0) break;
    const part = request.body.subarray(start, next);
    const head = part.indexOf('\r\n\r\n');
    parts.push(part.subarray(head + 4, part.length - 2));
    at = next;
  }
  const [metadata, media] = parts;
  if (!metadata || !media) throw invalid('Multipart upload must have two parts');
  let job: unknown;
  try {
    job = JSON.parse(metadata.toString('utf8'));
  } catch (cause) {
    throw new ApiError(400, 'parseError', 'Parse Error', undefined, cause);
  }
  if (!isRecord(job)) throw invalid('The first part of a multipart upload must be a JSON object');
  return { job, media };
}

export const upload: Method = {
  name: 'jobs.insert',
  verb: 'POST',
  path,
  async handle(context, request) {
    const projectId = projectOf(request);
    switch (request.query.get('uploadType') ?? '') {
      case 'multipart': {
        const { job, media } = splitMultipart(request);
        return run(context, projectId, job, media);
      }
      case 'resumable': {
        const id = context.uploads.begin(projectId, jsonBody(request));
        const location = `${context.origin()}/upload/bigquery/v2/projects/${projectId}/jobs?uploadType=resumable&upload_id=${id}`;
        return { headers: { location, 'x-guploader-uploadid': id } };
      }
      default:
        throw invalid(`Invalid upload type: ${request.query.get('uploadType') ?? ''}`);
    }
  },
};

export const uploadResume: Method = {
  name: 'jobs.insert',
  verb: 'PUT',
  path,
  async handle(context, request) {
    const id = request.query.get('upload_id') ?? '';
    const begun = context.uploads.find(id);
    if (!begun) throw notFound(`Upload ${id}`);
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers['content-range'] ?? '');
    const received = () => begun.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (request.body.length > 0) begun.chunks.push(request.body);
    const total = range?.[3];
    if (range && (total === '*' || received() < Number(total)))
      return { status: 308, headers: received() > 0 ? { range: `bytes=0-${received() - 1}` } : {} };
    context.uploads.end(id);
    return run(context, begun.projectId, begun.job, Buffer.concat(begun.chunks));
  },
};
