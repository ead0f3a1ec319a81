// A month on the bill, as the year has it on average.
export const DAYS_PER_MONTH = 365.25 / 12;
export const SECONDS_PER_MONTH = DAYS_PER_MONTH * 86_400;
