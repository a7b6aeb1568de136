import { unwrap, type Session } from "whatsapp-gateway";
import { getGateway } from "./gateway";
import { currentUserProfileId } from "./user";

/** The session of whoever is signed in; undefined before the first `connect`. */
export async function findSession(): Promise<Session | undefined> {
  const userProfileId = await currentUserProfileId();
  const query = { userProfileId, limit: 1 };
  const { sessions } = await unwrap(getGateway().GET("/sessions", { params: { query } }));
  return sessions[0];
}

/** The path parameters of that session. An app key reaches every user's: ids never come from a page. */
export async function ownSession() {
  const session = await findSession();
  if (!session) throw new Error("No WhatsApp number is linked yet.");
  return { session_id: session.id };
}
