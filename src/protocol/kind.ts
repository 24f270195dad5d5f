/** The header by which a push over HTTP names the kind that it is meant for [L2]. In frames it is the member `kind`. */
export const KIND_HEADER = 'Changebucket-Kind';
