// Why the functions cannot be served, in words for the person who wrote them: no stack is needed to understand it.

export class StartError extends Error {}
