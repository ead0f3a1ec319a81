// How long ago something was, in one unit: `40 s`, `12 min`, `5 h`, `3 d`.
export function age(now: Date, then: Date): string {
  return duration((now.getTime() - then.getTime()) / 1000);
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7_200) return `${Math.round(whole / 60)} min`;
  if (whole < 172_800) return `${Math.round(whole / 3_600)} h`;
  return `${Math.round(whole / 86_400)} d`;
}
