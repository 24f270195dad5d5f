import { REGISTRY_NAME } from '../../rpc/registry.ts';
import { EXPOSITION_TYPE } from '../metrics/exposition.ts';
import { metricsText } from '../metrics/metrics.ts';
import { callDirectory } from '../object/call-directory.ts';
import type { Ctx } from '../request/context.ts';
import { respond } from '../response/response.ts';

/** `GET /metrics` [G1]. Asks the registry alone: no application and no directory wakes. */
export const getMetrics = async (c: Ctx): Promise<Response> => {
  const numbers = await callDirectory(c, REGISTRY_NAME, (registry) => registry.numbers());
  return respond({ status: 200, body: metricsText(numbers, Date.now()), headers: { 'Content-Type': EXPOSITION_TYPE } });
};
