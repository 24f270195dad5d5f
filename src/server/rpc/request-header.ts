/** The header with the id of a request: of an answer that is no success, and of a handshake on its way to the object [G2]. */
export const REQUEST_HEADER = 'Changebucket-Request';
