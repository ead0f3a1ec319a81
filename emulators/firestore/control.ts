// The endpoints under /emulator/v1 that firebase-tools and test suites use. They need no authorization.
import type { HttpReply, HttpRequest, Route } from '../shared/http.ts';
import { invalidArgument, StatusError } from './status.ts';
import type { Service } from './service.ts';

/** A registration as firebase-tools sends it: which function wants to hear of which documents. */
export interface TriggerRegistration {
  readonly project: string;
  /** `<region>-<name>-<generation>`; registering it again replaces it. */
  readonly key: string;
  readonly kind: 'eventarc' | 'v1';
  readonly definition: unknown;
}

export interface ControlContext {
  readonly service: Service;
  readonly onTrigger: (registration: TriggerRegistration) => void;
}

export function controlRoutes({ service, onTrigger }: ControlContext): readonly Route[] {
  const registerEventarc = (request: HttpRequest): HttpReply => {
    const key = request.query.get('eventarcTriggerId');
    if (!key) throw invalidArgument('The query parameter "eventarcTriggerId" is missing.');
    const definition = jsonOf(request);
    onTrigger({ project: request.params['project']!, key, kind: 'eventarc', definition });
    return { body: definition };
  };
  const registerV1 = (request: HttpRequest): HttpReply => {
    const { project, key } = request.params;
    onTrigger({ project: project!, key: key!, kind: 'v1', definition: jsonOf(request) });
    return { body: {} };
  };
  const clear = ({ params }: HttpRequest): HttpReply => {
    service.clear(`projects/${params['project']}/databases/${params['database']}`);
    return { body: {} };
  };
  return [
    { method: 'GET', path: '/', handle: () => ({ headers: { 'content-type': 'text/plain' }, body: 'Ok\n' }) },
    {
      method: 'DELETE',
      path: '/emulator/v1/projects/{project}/databases/{database}/documents',
      handle: clear,
    },
    ...['POST', 'PUT'].flatMap((method): Route[] => [
      { method, path: '/emulator/v1/projects/{project}/eventarcTrigger', handle: registerEventarc },
      { method, path: '/emulator/v1/projects/{project}/triggers/{key}', handle: registerV1 },
    ]),
    // Rules are accepted so that tools which send them can start, but they are not evaluated.
    {
      method: 'PUT',
      path: '/emulator/v1/projects/{project}:securityRules',
      handle: () => ({ body: { issues: [] } }),
    },
  ];
}

/** firebase-tools does not always say that its bodies are JSON. */
function jsonOf({ body }: HttpRequest): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new StatusError('INVALID_ARGUMENT', 'The body is not JSON.', { cause: error });
  }
}
