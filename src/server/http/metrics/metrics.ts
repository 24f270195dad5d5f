import { gaugeOf, NO_NUMBERS, type Numbers, withChanged } from '../../rpc/numbers.ts';
import type { RegistryNumbers } from '../../rpc/registry.ts';
import { exposition, type Family } from './exposition.ts';
import { COUNTER_FAMILIES, type FamilyShape, GAUGE_FAMILIES } from './families.ts';

/** The label of the owners that have no numbers of their own. A subject may have this name: it is counted with them. */
export const OTHER_OWNERS = '~other';

const FAMILIES = [...COUNTER_FAMILIES, ...GAUGE_FAMILIES];

/** The body of `GET /metrics` [G1]. @param now ms since 1970 */
export const metricsText = ({ total, owners, others }: RegistryNumbers, now: number): string => {
  const named = owners.filter(({ owner }) => owner !== OTHER_OWNERS);
  const homonyms = owners.filter(({ owner }) => owner === OTHER_OWNERS);
  const rest = homonyms.reduce((sum, { numbers }) => withChanged(sum, NO_NUMBERS, numbers), others);
  const byOwner = [...named, { owner: OTHER_OWNERS, numbers: rest }];
  return exposition([
    ...FAMILIES.map((shape) => totalFamily(shape, total, now)),
    ownersFamily(gaugeOf(total, 'owners')),
    ...FAMILIES.map((shape) => ownerFamily(shape, byOwner, now)),
  ]);
};

const totalFamily = ({ name, help, type, samplesOf }: FamilyShape, total: Numbers, now: number): Family => ({
  name: `changebucket_${name}`,
  help,
  type,
  samples: samplesOf(total, now),
});

const ownersFamily = (value: number): Family => ({
  name: 'changebucket_owners',
  help: 'Owners that have applications.',
  type: 'gauge',
  samples: [{ labels: {}, value }],
});

const ownerFamily = (
  { name, help, type, samplesOf }: FamilyShape,
  owners: RegistryNumbers['owners'],
  now: number,
): Family => ({
  name: `changebucket_owner_${name}`,
  help: `${help} By owner.`,
  type,
  samples: owners.flatMap(({ owner, numbers }) =>
    samplesOf(numbers, now).map((sample) => ({ ...sample, labels: { owner, ...sample.labels } })),
  ),
});
