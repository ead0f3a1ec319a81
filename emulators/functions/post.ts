// Posts without a body, for schedules. 0 stands for no answer.

export async function post(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  try {
    const response = await fetch(url, { method: 'POST', headers });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
