// Questions to the service. A refusal is an error with the service's own words (RFC 9457 where it sends them).

export class Refusal extends Error {
  constructor(status, problem) {
    super([problem.title, problem.detail ?? problem.error].filter(Boolean).join(": ") || `the service answered ${status}`);
    this.status = status;
    this.code = problem.code;
    this.forcible = problem.forcible === true;
  }
}

export async function get(path) {
  return (await ask(path)).json();
}

export async function getText(path) {
  return (await ask(path)).text();
}

export async function post(path, body) {
  await ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

// Null for what this service does not have.
export async function getIfThere(path, read = get) {
  try {
    return await read(path);
  } catch (refusal) {
    if (refusal.status === 404) return null;
    throw refusal;
  }
}

async function ask(path, request) {
  const answer = await fetch(`/api/v1/${path}`, { cache: "no-store", ...request });
  if (answer.ok) return answer;
  const isJson = /json/.test(answer.headers.get("Content-Type") ?? "");
  throw new Refusal(answer.status, isJson ? await answer.json().catch(() => ({})) : { detail: (await answer.text()).trim().slice(0, 300) });
}
