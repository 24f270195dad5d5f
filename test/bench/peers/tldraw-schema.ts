import { type BaseRecord, createRecordType, type RecordId, StoreSchema } from '@tldraw/store';
import { itemName, itemNumber } from '../items.ts';

export interface Item extends BaseRecord<'item', RecordId<Item>> {
  title: string;
  text: string;
  value: number;
}

/** Without a validator, as the other systems: values are taken as they come. */
const itemType = createRecordType<Item>('item', { scope: 'document' });

/** Client and server each tell the other theirs: it has to be the same. */
export const schema: StoreSchema<Item> = StoreSchema.create<Item>({ item: itemType });

/** A record's id begins with the name of its type. */
export const recordId = (item: number): RecordId<Item> => itemType.createId(itemName(item));
export const recordNumber = (id: RecordId<Item>): number => itemNumber(itemType.parseId(id));
