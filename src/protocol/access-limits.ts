/** Acts of operators that are kept [A11]: some 30 MB, years of a busy deployment. */
export const AUDIT_ACTS_MAX = 100_000;
/** Rows of counted reads: three readers of numbers fill one each hour, and a script that looks at applications many. */
export const AUDIT_READS_MAX = 20_000;
/** Lines of an audit log in one answer: 30 KB. */
export const AUDIT_PAGE_MAX = 100;
/** Owners in one answer: some 10 KB. */
export const OWNERS_PAGE_MAX = 100;
