import type { components } from "./schema.js";

export type Problem = components["schemas"]["Problem"];

/** The API refused or failed: `code` is for programs, `message` for people, `errors` names each wrong field. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly status: number;
  readonly code: string;
  readonly errors: NonNullable<Problem["errors"]>;
  /** Finds the request in the gateway's logs. */
  readonly requestId: string | undefined;

  constructor(status: number, problem: unknown) {
    const known = (typeof problem === "object" && problem ? problem : {}) as Partial<Problem>;
    super(known.detail ?? `The gateway answered ${status}.`);
    this.status = status;
    this.code = known.code ?? "unknown";
    this.errors = known.errors ?? [];
    this.requestId = known.requestId;
  }
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer; throws GatewayError where there are none. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new GatewayError(response.status, error);
  return data as T;
}
