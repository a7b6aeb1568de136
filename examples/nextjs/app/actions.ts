"use server";

import { unwrap, type AssistantSettings, type Message, type Status } from "whatsapp-gateway";
import { getGateway } from "../lib/gateway";
import { findSession, ownSession } from "../lib/sessions";
import { currentUserProfileId } from "../lib/user";

/** Begin to link a number; `status` has the QR code to show, as soon as there is one. */
export async function connect(): Promise<Status> {
  const gateway = getGateway();
  let session = await findSession();
  if (!session) {
    const userProfileId = await currentUserProfileId();
    session = await unwrap(gateway.POST("/sessions", { body: { sessionName: "WhatsApp", userProfileId } }));
  }
  const path = { session_id: session.id };
  return unwrap(gateway.POST("/sessions/{session_id}/connect", { params: { path } }));
}

/** The state of the connection: show `qrCode` (a data URL) while there is one, and ask again every second. */
export async function status(): Promise<Status> {
  return unwrap(getGateway().GET("/sessions/{session_id}/status", { params: { path: await ownSession() } }));
}

/** Send a text. `requestId` is made once where the button is pressed: with the same one it is sent once. */
export async function send(to: string, text: string, requestId: string) {
  const params = { path: await ownSession(), header: { "Idempotency-Key": requestId } };
  return unwrap(getGateway().POST("/sessions/{session_id}/messages", { params, body: { to, text } }));
}

/** A page of messages, newest first; `cursor` is `nextCursor` of the page before. */
export async function list(cursor?: string): Promise<{ messages: Message[]; nextCursor: string | null }> {
  const params = { path: await ownSession(), query: { cursor, limit: 20 } };
  return unwrap(getGateway().GET("/sessions/{session_id}/messages", { params }));
}

export async function readAssistant(): Promise<AssistantSettings> {
  return unwrap(getGateway().GET("/sessions/{session_id}/ai", { params: { path: await ownSession() } }));
}

/** Change what is named; the rest stays as it is. */
export async function changeAssistant(changes: { enabled?: boolean; systemPrompt?: string }): Promise<AssistantSettings> {
  const params = { path: await ownSession() };
  return unwrap(getGateway().PATCH("/sessions/{session_id}/ai", { params, body: changes }));
}
