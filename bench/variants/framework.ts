// A function that does nothing: what the functions framework alone costs, which no implementation can save.
export const session_onComplete = (): void => undefined;
