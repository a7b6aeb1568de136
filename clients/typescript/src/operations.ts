import { unwrap } from "./errors.js";
import type { components } from "./schema.js";

type Operation = components["schemas"]["OperationBody"];

/** WhatsApp was asked for something that is not done yet, or of which nobody knows (`operation.status` is `unknown`). */
export class OperationPending extends Error {
  override readonly name = "OperationPending";
  /** By its `id` it is read later: `GET /sessions/{session_id}/operations/{operation_id}`. */
  readonly operation: Operation;

  constructor(operation: Operation) {
    super(operation.errorDetail ?? "It is done when the session is connected, within two minutes, or not at all.");
    this.operation = operation;
  }
}

/** What an answer has of something that was asked of WhatsApp; throws GatewayError, and OperationPending where it is not done. */
export async function done<T>(answer: Parameters<typeof unwrap<T>>[0]): Promise<Exclude<T, Operation>> {
  const data = await unwrap(answer);
  if (isOperation(data)) throw new OperationPending(data);
  return data as Exclude<T, Operation>;
}

function isOperation(data: unknown): data is Operation {
  return typeof data === "object" && data !== null && "operation" in data;
}
