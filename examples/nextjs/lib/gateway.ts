import { createGateway, type Gateway } from "whatsapp-gateway";

let gateway: Gateway | undefined;

/** The gateway, by the app's key: for server code alone. */
export function getGateway(): Gateway {
  gateway ??= createGateway({
    url: process.env.GATEWAY_API_URL ?? "http://127.0.0.1:3001",
    apiKey: process.env.GATEWAY_API_KEY,
  });
  return gateway;
}
