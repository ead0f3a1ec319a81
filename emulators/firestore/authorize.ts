// What a call may do, by its Authorization header. Servers send the owner's token, and no rules concern them.
import type { Access } from './rules/access.ts';
import { accessOf } from './rules/access.ts';
import { parseCaller } from './rules/caller.ts';
import type { Service } from './service.ts';

/** Throws PERMISSION_DENIED when the header makes no sense. */
export function authorize(service: Service, authorization: string | undefined): Access {
  return accessOf(parseCaller(authorization), service.rules);
}
