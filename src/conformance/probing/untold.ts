/** What the change `break` throws: nobody may hear of it [E2]. */
export const UNTOLD = 'conformance-secret-4711';
