/** Plain workerd has no mail; the Agents SDK asks for its module all the same. */
export class EmailMessage {}
